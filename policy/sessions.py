"""Who may see support sessions."""

from sqlalchemy import (
    ColumnElement,
    exists,
    false,
    or_,
    select,
    true,
)  # fmt: skip

from auth.viewer import ViewerKind
from models.columns import alias, columns
from models.sessions import SupportSession
from models.tickets import Ticket
from policy.parameters import VIEWER
from policy.solvers import acting_solver

session = columns(SupportSession)


def visible(viewer: ViewerKind) -> ColumnElement[bool]:
    """Which sessions exist for this viewer? Those on their own tickets; for solvers also those that they held."""
    if viewer is ViewerKind.ADMIN:
        return true()
    if viewer is ViewerKind.ANONYMOUS:
        return false()
    about = alias(Ticket)
    own = exists(select(1).where(about.id == session.ticket_id, about.customer_id == VIEWER))
    return own if viewer is ViewerKind.CUSTOMER else or_(own, session.solver_id == acting_solver())


def visible_of_ticket(viewer: ViewerKind) -> ColumnElement[bool]:
    """Which sessions on a ticket that the viewer has found exist for them?

    All for its customer, signed in or a guest with reference and phone; for a solver those of `sessions`.
    """
    return visible(viewer) if viewer is ViewerKind.SOLVER else true()
