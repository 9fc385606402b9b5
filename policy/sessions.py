"""Who may see support sessions, end them and rate them."""

from sqlalchemy import (
    ColumnElement,
    and_,
    exists,
    false,
    literal_column,
    or_,
    select,
    true,
)  # fmt: skip

import policy.payments
from auth.viewer import ViewerKind
from models.columns import alias, columns
from models.payments import Payment
from models.sessions import SupportSession, SupportSessionRating, SupportSessionStatus
from models.tickets import Ticket
from models.transitions import SESSION_RULES, Actor
from policy.parameters import VIEWER
from policy.solvers import acting_solver

session = columns(SupportSession)


def visible(viewer: ViewerKind) -> ColumnElement[bool]:
    """Which sessions exist for this viewer? Those on their own tickets; for solvers also those that they held."""
    if viewer is ViewerKind.ADMIN:
        return true()
    if viewer is ViewerKind.ANONYMOUS:
        return false()
    return own() if viewer is ViewerKind.CUSTOMER else or_(own(), session.solver_id == acting_solver())


def own() -> ColumnElement[bool]:
    """Which sessions are about a ticket of the viewer?"""
    about = alias(Ticket)
    return exists(select(1).where(about.id == session.ticket_id, about.customer_id == VIEWER))


def actors(viewer: ViewerKind) -> dict[Actor, ColumnElement[bool]]:
    """As whom can this viewer act on a session that exists for them? Nobody is the customer of their own work."""
    if viewer is ViewerKind.ANONYMOUS:
        return {}
    held: ColumnElement[bool] = session.solver_id.is_not_distinct_from(acting_solver())
    found = {Actor.CUSTOMER: and_(own(), ~held)}
    if viewer in {ViewerKind.SOLVER, ViewerKind.ADMIN}:
        found[Actor.HOLDER] = held
    if viewer is ViewerKind.ADMIN:
        found[Actor.ADMIN] = true()
    return found


def can(verb: str, viewer: ViewerKind) -> ColumnElement[bool]:
    """To which sessions that exist for this viewer can they apply a verb of `models.transitions`? Never null."""
    status, by = SESSION_RULES[verb]
    ways = [is_actor for actor, is_actor in actors(viewer).items() if actor in by]
    return and_(session.status == literal_column(f"'{status}'"), or_(*ways)) if ways else false()


def is_rated() -> ColumnElement[bool]:
    """Which sessions were rated?"""
    known = alias(SupportSessionRating)
    return exists(select(1).where(known.session_id == session.id))


def can_pay(viewer: ViewerKind) -> ColumnElement[bool]:
    """Which sessions that exist for this viewer can they pay, if there is a price? Never null."""
    if viewer is ViewerKind.ANONYMOUS:
        return false()
    made = alias(Payment)
    is_settled = exists(select(1).where(made.session_id == session.id, policy.payments.is_settled(made)))
    return and_(own(), session.status != SupportSessionStatus.CANCELLED, ~is_settled)


def visible_of_ticket(viewer: ViewerKind) -> ColumnElement[bool]:
    """Which sessions on a ticket that the viewer has found exist for them?

    All for its customer, signed in or a guest with reference and phone; for a solver those of `sessions`.
    """
    return visible(viewer) if viewer is ViewerKind.SOLVER else true()
