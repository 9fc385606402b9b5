"""Moves of tickets: under the ticket's lock, by the table of `models.transitions`, told to whoever listens.

Locks are taken in one order: the ticket, its session, then its solver.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy
from sqlalchemy import func, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

import errors
import policy.solvers
import policy.tickets
from auth.viewer import ViewerKind
from context import Context
from errors.tickets import IllegalTransition
from events.publisher import publish
from events.tickets import TicketChanged
from mails import outbox
from models import transitions
from models.customers import Role
from models.sessions import Session, SessionStatus, Solver
from models.tickets import Ticket, TicketStatus
from models.transitions import Actor
from resolvers.writes import fetch_first

NOW = func.clock_timestamp()
"""Not the beginning of the transaction, which may have waited for a lock: so that no session ends before it starts."""


@dataclass(frozen=True, slots=True)
class LockedTicket:
    """A ticket under lock, and how the viewer stands to it."""

    parties: frozenset[Actor]
    id: UUID
    status: TicketStatus
    customer_id: UUID | None
    solver_id: UUID | None
    seen: bool
    was_in_queue: bool
    acting: UUID | None
    """Which solver the viewer is, if they ever claimed a ticket."""


async def changed(tx: AsyncSession, ticket_id: UUID, was: TicketStatus | None, status: TicketStatus) -> None:
    """Tell that a ticket was made or moved: all that follows from a change of status begins here."""
    await publish(tx, TicketChanged(ticket_id, was, status))
    await outbox.notify(tx, ticket_id, was, status)


async def lock(context: Context, tx: AsyncSession, key: UUID) -> LockedTicket | None:
    """Lock a ticket against whatever else would move it."""
    viewer, of = context.viewer, policy.tickets.ticket
    rows = sqlalchemy.select(
        of.id, of.status, of.customer_id, of.solver_id,
        policy.tickets.visible(viewer.kind).label("seen"),
        policy.tickets.was_in_queue(viewer.kind).label("was_in_queue"),
        policy.solvers.acting_solver().label("acting"),
    ).where(of.id == key)  # fmt: skip
    row = await fetch_first(tx, rows.with_for_update(key_share=True, of=of.id), viewer=viewer.id)
    if row is None:
        return None
    parties = {
        Actor.CUSTOMER: row.customer_id is not None and row.customer_id == viewer.id,
        Actor.ANY_SOLVER: viewer.has_role(Role.SOLVER),
        Actor.HOLDER: viewer.has_role(Role.SOLVER) and row.solver_id is not None and row.solver_id == row.acting,
        Actor.ADMIN: viewer.kind is ViewerKind.ADMIN,
    }
    return LockedTicket(frozenset(party for party, true in parties.items() if true), *row)


def check_transition(held: LockedTicket, verb: str) -> None:
    """Refuse a verb that the viewer cannot do to the ticket where it stands."""
    if held.status in transitions.allowed_from(verb, held.parties):
        return
    possible = transitions.allowed_from(verb)
    if held.status not in possible or transitions.allowed_from(verb, held.parties):
        wanted = transitions.listed(transitions.allowed_from(verb, held.parties) or possible)
        to = transitions.transitions_of(verb)[0].to
        raise IllegalTransition("ticket", held.status, to, wanted)
    who = transitions.listed(list(dict.fromkeys(move.by for move in transitions.transitions_of(verb))))
    raise errors.NotAllowed(f"Only {who} may do this.")


async def apply_transition(
    tx: AsyncSession, held: LockedTicket, verb: str, to: TicketStatus | None = None, **values: Any
) -> None:
    """Make the move of a verb, and set columns; `to` chooses where a verb can lead to more than one place."""
    check_transition(held, verb)
    legal = [one.to for one in transitions.transitions_of(verb) if held.status in one.of and one.by in held.parties]
    to = legal[0] if to is None else to
    if to not in legal:
        message = f"{verb} does not lead from {held.status} to {to}"
        raise ValueError(message)
    await _set(tx, [held.id], to, **values)
    await changed(tx, held.id, held.status, to)


async def _set(tx: AsyncSession, keys: list[UUID], to: TicketStatus, **values: Any) -> None:
    if to is TicketStatus.OPEN:
        values |= {"solver_id": None, "claimed_at": None}
    row = update(Ticket).where(col(Ticket.id).in_(keys))
    await tx.exec(row.values(status=to, updated_at=NOW, **values))


async def end_sessions(tx: AsyncSession, *keys: UUID) -> None:
    """Cancel the active sessions of tickets under lock."""
    active = col(Session.ticket_id).in_(keys), col(Session.status) == SessionStatus.ACTIVE
    await tx.exec(update(Session).where(*active).values(status=SessionStatus.CANCELLED, ended_at=NOW))


async def on_customer_deleted(tx: AsyncSession, customer: UUID) -> None:
    """Cancel whatever a customer waits for whose account goes; what is finished stays as it is."""
    await _leave(tx, "customerLeaves", col(Ticket.customer_id) == customer)


async def reopen_tickets_of(tx: AsyncSession, customer: UUID) -> None:
    """Open again whatever somebody has who is a solver no more."""
    mine = select(Solver.id).where(Solver.customer_id == customer).scalar_subquery()
    await _leave(tx, "solverLeaves", col(Ticket.solver_id) == mine)


async def _leave(tx: AsyncSession, verb: str, whose: Any) -> None:
    """Lock in the order of ids, so that nobody waits in a circle, and move all."""
    (way,) = transitions.transitions_of(verb)
    rows = select(Ticket.id, Ticket.status).where(whose, col(Ticket.status).in_(way.of)).order_by(col(Ticket.id))
    found = (await tx.exec(rows.with_for_update(key_share=True))).all()
    if found:
        keys = [key for key, _ in found]
        await end_sessions(tx, *keys)
        await _set(tx, keys, way.to)
        for key, was in found:
            await changed(tx, key, TicketStatus(was), way.to)
