"""Changes of a ticket's status: made under the ticket's lock, as `models.transitions` allows, and published.

Locks are taken in one order: the ticket, its support session, its solver.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy
from sqlalchemy import func, update
from sqlmodel import col, select

import errors
import policy.solvers
import policy.tickets
from actions.queries import any_of
from auth.viewer import Viewer, ViewerKind
from database.compiled import Compiled
from database.transactions import Transaction
from errors.tickets import IllegalTicketTransition
from events.publisher import publish
from events.tickets import TicketChanged
from mails import tickets as ticket_mails
from models import ids, transitions
from models.sessions import Solver, SupportSession, SupportSessionStatus
from models.tickets import Ticket, TicketStatus
from models.transitions import Actor

NOW = func.clock_timestamp()
"""Not the start of the transaction, which may have waited for a lock: no session may end before it starts."""


@dataclass(frozen=True, slots=True)
class LockedTicket:
    """A ticket under lock, and what the acting customer is to it."""

    acts_as: frozenset[Actor]
    id: UUID
    status: TicketStatus
    customer_id: UUID | None
    solver_id: UUID | None
    visible: bool
    was_in_queue: bool
    acting_solver_id: UUID | None
    """The acting customer's id as a solver; None if they have never claimed a ticket."""


async def record_change(tx: Transaction, ticket_id: UUID, was: TicketStatus | None, status: TicketStatus) -> None:
    """Publish that a ticket was created or changed, and write the mails that follow from it."""
    await publish(tx, TicketChanged(ticket_id, was, status))
    await ticket_mails.notify(tx, ticket_id, was, status)


@cache
def _locking(viewer: ViewerKind) -> Compiled:
    """Build the SELECT of `lock_ticket`."""
    ticket = policy.tickets.ticket
    rows = sqlalchemy.select(
        ticket.id, ticket.status, ticket.customer_id, ticket.solver_id,
        policy.tickets.visible(viewer).label("visible"),
        policy.tickets.was_in_queue(viewer).label("was_in_queue"),
        policy.solvers.acting_solver().label("acting_solver_id"),
        *(is_actor.label(actor.name) for actor, is_actor in policy.tickets.actors(viewer).items()),
    ).where(ticket.id == sqlalchemy.bindparam("ticket", type_=sqlalchemy.Uuid()))  # fmt: skip
    return Compiled(rows.with_for_update(key_share=True, of=ticket.id))


async def lock_ticket(tx: Transaction, actor: Viewer, ticket_id: UUID) -> LockedTicket | None:
    """Lock a ticket against every other change of its status; None if it does not exist."""
    row = (await tx.exec(_locking(actor.kind), {"ticket": ticket_id, "viewer": actor.id})).first()
    if row is None:
        return None
    actors = policy.tickets.actors(actor.kind)
    acts_as = frozenset(one for one in actors if getattr(row, one.name))
    return LockedTicket(acts_as, *row[: -len(actors)])


async def lock_visible_ticket(tx: Transaction, actor: Viewer, ticket_id: UUID) -> LockedTicket:
    """Lock a ticket that exists for the acting customer, or raise NotFound."""
    ticket = await lock_ticket(tx, actor, ticket_id)
    if ticket is None or not ticket.visible:
        raise errors.NotFound("ticket", ids.encode("Ticket", ticket_id), "ticketId")
    return ticket


def check_transition(ticket: LockedTicket, verb: str) -> None:
    """Raise the user error for a verb that the acting customer cannot apply to the ticket in its present status."""
    if ticket.status in transitions.allowed_from(verb, ticket.acts_as):
        return
    possible = transitions.allowed_from(verb)
    if ticket.status not in possible or transitions.allowed_from(verb, ticket.acts_as):
        wanted = transitions.listed(transitions.allowed_from(verb, ticket.acts_as) or possible)
        to = transitions.transitions_of(verb)[0].to
        raise IllegalTicketTransition(ticket.status, to, wanted)
    who = transitions.listed(list(dict.fromkeys(one.by for one in transitions.transitions_of(verb))))
    raise errors.NotAllowed(f"Only {who} may do this.")


async def apply_transition(
    tx: Transaction, ticket: LockedTicket, verb: str, to: TicketStatus | None = None, **values: Any
) -> None:
    """Change the status as a verb does, and set columns; `to` chooses where a verb can lead to several statuses."""
    check_transition(ticket, verb)
    legal = [one.to for one in transitions.transitions_of(verb) if ticket.status in one.of and one.by in ticket.acts_as]
    to = legal[0] if to is None else to
    if to not in legal:
        message = f"{verb} does not lead from {ticket.status} to {to}"
        raise ValueError(message)
    await _set_status(tx, [ticket.id], to, **values)
    await record_change(tx, ticket.id, ticket.status, to)


async def _set_status(tx: Transaction, ticket_ids: list[UUID], to: TicketStatus, **values: Any) -> None:
    if to is TicketStatus.OPEN:
        values |= {"solver_id": None, "claimed_at": None}
    if to is TicketStatus.RESOLVED:
        values |= {"resolved_at": NOW}
    rows = update(Ticket).where(col(Ticket.id) == any_of(ticket_ids))
    await tx.exec(rows.values(status=to, updated_at=NOW, **values))


async def end_sessions(tx: Transaction, *ticket_ids: UUID) -> None:
    """Cancel the active sessions of tickets that are under lock."""
    active = (
        col(SupportSession.ticket_id) == any_of(ticket_ids),
        col(SupportSession.status) == SupportSessionStatus.ACTIVE,
    )
    await tx.exec(update(SupportSession).where(*active).values(status=SupportSessionStatus.CANCELLED, ended_at=NOW))


async def cancel_tickets_of(tx: Transaction, customer_id: UUID) -> None:
    """Cancel the unfinished tickets of a customer whose account is being deleted; finished ones stay as they are."""
    await _apply_to_all(tx, "customerDeleted", col(Ticket.customer_id) == customer_id)


async def reopen_tickets_of(tx: Transaction, customer_id: UUID) -> list[UUID]:
    """Put the tickets that a solver has claimed back into the queue, because they are no longer a solver; gives them."""
    solver = select(Solver.id).where(Solver.customer_id == customer_id).scalar_subquery()
    return await _apply_to_all(tx, "solverRemoved", col(Ticket.solver_id) == solver)


async def _apply_to_all(tx: Transaction, verb: str, which: Any) -> list[UUID]:
    """Lock tickets in the order of their ids, so that no two transactions wait for each other, and change them all."""
    (transition,) = transitions.transitions_of(verb)
    rows = select(Ticket.id, Ticket.status).where(which, col(Ticket.status).in_(transition.of))
    found = (await tx.exec(rows.order_by(col(Ticket.id)).with_for_update(key_share=True))).all()
    ticket_ids = [key for key, _ in found]
    if found:
        await end_sessions(tx, *ticket_ids)
        await _set_status(tx, ticket_ids, transition.to)
        for key, was in found:
            await record_change(tx, key, TicketStatus(was), transition.to)
    return ticket_ids
