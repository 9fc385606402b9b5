"""Claiming, releasing and cancelling tickets."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from uuid_utils.compat import uuid7

import errors
import policy.solvers
import policy.tickets
from actions.queries import fetch_first
from actions.ticket_transitions import (
    NOW,
    LockedTicket,
    apply_transition,
    check_transition,
    end_sessions,
    lock_ticket,
    lock_visible_ticket,
)
from auth.viewer import Viewer
from database.transactions import Transaction
from errors.tickets import TicketAlreadyClaimed
from loaders.sessions import CARDS
from models import ids
from models.sessions import Solver
from models.tickets import Ticket, TicketStatus
from models.transitions import Actor, allowed_from


async def claim(tx: Transaction, actor: Viewer, ticket_id: UUID) -> None:
    """Assign an open ticket to the acting solver; of several who claim it at once, one gets it. Theirs stays theirs.

    A solver who is too late learns who was first if the ticket was in their queue. Any other ticket that they cannot
    see does not exist for them.
    """
    ticket = await lock_ticket(tx, actor, ticket_id)
    taken = ticket is not None and ticket.status in {TicketStatus.CLAIMED, TicketStatus.IN_PROGRESS}
    if ticket is None or not (ticket.visible or (taken and ticket.was_in_queue)):
        raise errors.NotFound("ticket", ids.encode("Ticket", ticket_id), "ticketId")
    if taken and Actor.HOLDER in ticket.acts_as:
        return
    if taken:
        raise await _already_claimed(tx, actor, ticket)
    if ticket.status is TicketStatus.OPEN and Actor.ANY_SOLVER not in ticket.acts_as:
        raise errors.NotAllowed("You cannot claim this ticket. Leave it to another solver.")
    check_transition(ticket, "claimTicket")
    solver_id = ticket.acting_solver_id or await _become_solver(tx, actor)
    await apply_transition(tx, ticket, "claimTicket", solver_id=solver_id, claimed_at=NOW)


async def _already_claimed(tx: Transaction, actor: Viewer, ticket: LockedTicket) -> TicketAlreadyClaimed:
    """Build the error that names who was first, as far as the acting solver may know, and when."""
    of = policy.tickets.ticket
    rows = CARDS.add_columns(of.claimed_at, policy.solvers.solver_cards(actor.kind).label("shown"))
    rows = rows.join(Ticket, of.solver_id == policy.solvers.solver.id).where(of.id == ticket.id)
    found = await fetch_first(tx, rows, viewer=actor.id)
    return TicketAlreadyClaimed(found.name if found.shown else "Another solver", found.id, found.claimed_at)


async def _become_solver(tx: Transaction, actor: Viewer) -> UUID:
    """Create the solver row of somebody who claims a ticket for the first time."""
    row = insert(Solver).values(id=uuid7(), customer_id=actor.id).on_conflict_do_nothing().returning(col(Solver.id))
    made: UUID | None = (await tx.exec(row)).scalar()
    return made or (await tx.exec(select(Solver.id).where(Solver.customer_id == actor.id))).one()


async def release(tx: Transaction, actor: Viewer, ticket_id: UUID) -> None:
    """Put a claimed ticket back into the queue and cancel its active session."""
    await _give_up(tx, actor, ticket_id, "releaseTicket")


async def cancel(tx: Transaction, actor: Viewer, ticket_id: UUID) -> None:
    """Cancel a ticket and its active session; for who may do that, one that is cancelled already stays so."""
    await _give_up(tx, actor, ticket_id, "cancelTicket")


async def _give_up(tx: Transaction, actor: Viewer, ticket_id: UUID, verb: str) -> None:
    ticket = await lock_visible_ticket(tx, actor, ticket_id)
    if verb == "cancelTicket" and ticket.status is TicketStatus.CANCELLED and allowed_from(verb, ticket.acts_as):
        return
    await apply_transition(tx, ticket, verb)
    if ticket.status is TicketStatus.IN_PROGRESS:
        await end_sessions(tx, ticket_id)
