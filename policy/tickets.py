"""Who may see tickets, and the contact data on them."""

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
from models.sessions import SupportSession
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


def can_claim(viewer: ViewerKind) -> ColumnElement[bool]:
    """Which tickets that exist for this viewer can they claim? Open ones, not their own, with no block between."""
    if viewer not in {ViewerKind.SOLVER, ViewerKind.ADMIN}:
        return false()
    return and_(
        _allows("claimTicket", Actor.ANY_SOLVER),
        ticket.customer_id.is_distinct_from(VIEWER),
        was_in_queue(viewer),
    )


def can_cancel(viewer: ViewerKind) -> ColumnElement[bool]:
    """Which tickets that exist for this viewer can they cancel? Never null."""
    if viewer is ViewerKind.ANONYMOUS:
        return false()
    acts_as = {Actor.CUSTOMER: ticket.customer_id == VIEWER}
    if viewer in {ViewerKind.SOLVER, ViewerKind.ADMIN}:
        acts_as[Actor.HOLDER] = ticket.solver_id == acting_solver()
    if viewer is ViewerKind.ADMIN:
        acts_as[Actor.ADMIN] = true()
    ways = (and_(_allows("cancelTicket", actor), clause) for actor, clause in acts_as.items())
    return func.coalesce(or_(*ways), false())


def _allows(verb: str, actor: Actor) -> ColumnElement[bool]:
    """Does the status of a ticket allow an actor this verb?"""
    return or_(*(ticket.status == status for status in allowed_from(verb, frozenset({actor}))))
