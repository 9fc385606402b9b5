"""Who may see tickets and the contact data on them, and change them."""

from sqlalchemy import (
    ColumnElement,
    and_,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)  # fmt: skip

from auth.viewer import ViewerKind
from models.columns import alias, columns
from models.sessions import MAX_SESSIONS, SupportSession
from models.tickets import Ticket, TicketStatus
from models.transitions import Actor, allowed_from
from policy.follows import not_blocked
from policy.parameters import VIEWER
from policy.solvers import acting_solver

ticket = columns(Ticket)


def open_tickets(viewer: ViewerKind) -> ColumnElement[bool]:
    """Which tickets are in this viewer's queue? For solvers, those that are open, not their own, with no block between."""
    if viewer in {ViewerKind.ANONYMOUS, ViewerKind.CUSTOMER}:
        return false()
    # Written out, so that every plan of the statement can use the index of the open ones.
    waiting: ColumnElement[bool] = ticket.status == literal_column("'OPEN'")
    if viewer is ViewerKind.ADMIN:
        return waiting
    return and_(waiting, ticket.customer_id.is_distinct_from(VIEWER), not_blocked(ticket.customer_id))


def queue_contact(viewer: ViewerKind) -> ColumnElement[bool]:
    """Does this viewer get the contact data of what waits? No solver does: none of it is theirs or their own."""
    return true() if viewer is ViewerKind.ADMIN else false()


def was_in_queue(viewer: ViewerKind) -> ColumnElement[bool]:
    """Which tickets were in this viewer's queue while they were open? Contact data aside, they may learn what became of it."""
    if viewer is ViewerKind.SOLVER:
        return and_(ticket.customer_id.is_distinct_from(VIEWER), not_blocked(ticket.customer_id))
    return true() if viewer is ViewerKind.ADMIN else false()


def visible(viewer: ViewerKind) -> ColumnElement[bool]:
    """Which tickets exist for this viewer?

    Their own; for solvers the queue, those that they have or finished, and those on which they had a session.
    """
    if viewer is ViewerKind.ADMIN:
        return true()
    if viewer is ViewerKind.ANONYMOUS:
        return false()
    own: ColumnElement[bool] = ticket.customer_id == VIEWER
    if viewer is ViewerKind.CUSTOMER:
        return own
    work = alias(SupportSession)
    worked = exists(select(1).where(work.ticket_id == ticket.id, work.solver_id == acting_solver()))
    return or_(own, open_tickets(viewer), ticket.solver_id == acting_solver(), worked)


def contact(viewer: ViewerKind) -> ColumnElement[bool]:
    """Does this viewer get name, phone, e-mail and account of a ticket that exists for them?

    Its customer does, and a solver while the ticket is theirs: no longer once it is finished, or open again,
    and not where a block has come between.
    """
    if viewer is ViewerKind.ADMIN:
        return true()
    if viewer is ViewerKind.ANONYMOUS:
        return false()
    own: ColumnElement[bool] = ticket.customer_id == VIEWER
    if viewer is ViewerKind.CUSTOMER:
        return own
    at_work = or_(ticket.status == TicketStatus.CLAIMED, ticket.status == TicketStatus.IN_PROGRESS)
    return or_(own, and_(at_work, ticket.solver_id == acting_solver(), not_blocked(ticket.customer_id)))


def actors(viewer: ViewerKind) -> dict[Actor, ColumnElement[bool]]:
    """As whom can this viewer act on a ticket that exists for them? A clause for each actor of `models.transitions`.

    Any solver is one in whose queue the ticket was while it was open, and who did not submit it.
    """
    if viewer is ViewerKind.ANONYMOUS:
        return {}
    found: dict[Actor, ColumnElement[bool]] = {Actor.CUSTOMER: ticket.customer_id.is_not_distinct_from(VIEWER)}
    if viewer in {ViewerKind.SOLVER, ViewerKind.ADMIN}:
        found[Actor.ANY_SOLVER] = and_(ticket.customer_id.is_distinct_from(VIEWER), was_in_queue(viewer))
        found[Actor.HOLDER] = and_(
            ticket.solver_id.is_not(None), ticket.solver_id.is_not_distinct_from(acting_solver())
        )
    if viewer is ViewerKind.ADMIN:
        found[Actor.ADMIN] = true()
    return found


def can(verb: str, viewer: ViewerKind) -> ColumnElement[bool]:
    """To which tickets that exist for this viewer can they apply a verb of `models.transitions`? Never null."""
    statuses = {actor: allowed_from(verb, frozenset({actor})) for actor in Actor}
    ways = [
        and_(_has_status(statuses[actor]), is_actor) for actor, is_actor in actors(viewer).items() if statuses[actor]
    ]
    return or_(*ways) if ways else false()


def _has_status(statuses: list[TicketStatus]) -> ColumnElement[bool]:
    return or_(*(ticket.status == literal_column(f"'{status}'") for status in statuses))


def has_room_for_session() -> ColumnElement[bool]:
    """Which tickets do not have as many sessions as a ticket can have?"""
    work = alias(SupportSession)
    held = select(func.count(work.id)).where(work.ticket_id == ticket.id)
    return held.scalar_subquery() < literal_column(str(MAX_SESSIONS))
