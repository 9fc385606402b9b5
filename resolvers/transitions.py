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
import events
import policy
from auth import Standing
from context import Context
from mails import outbox
from models import transitions
from models.customers import Role
from models.sessions import Session, SessionStatus, Solver
from models.tickets import Ticket, TicketStatus
from models.transitions import Party
from resolvers.writes import first

NOW = func.clock_timestamp()
"""Not the beginning of the transaction, which may have waited for a lock: so that no session ends before it starts."""


@dataclass(frozen=True, slots=True)
class Held:
    """A ticket under lock, and how the viewer stands to it."""

    parties: frozenset[Party]
    id: UUID
    status: TicketStatus
    customer_id: UUID | None
    solver_id: UUID | None
    seen: bool
    was_in_queue: bool
    acting: UUID | None
    """Which solver the viewer is, if they ever claimed a ticket."""


async def changed(session: AsyncSession, ticket_id: UUID, was: TicketStatus | None, status: TicketStatus) -> None:
    """Tell that a ticket was made or moved: all that follows from a change of status begins here."""
    await events.record(session, events.TicketChanged(ticket_id, was, status))
    await outbox.tell(session, ticket_id, was, status)


async def lock(context: Context, session: AsyncSession, key: UUID) -> Held | None:
    """Lock a ticket against whatever else would move it."""
    viewer, of = context.viewer, policy.ticket
    rows = sqlalchemy.select(
        of.id, of.status, of.customer_id, of.solver_id,
        policy.tickets(viewer.standing).label("seen"),
        policy.left_queue(viewer.standing).label("was_in_queue"),
        policy.acting_solver().label("acting"),
    ).where(of.id == key)  # fmt: skip
    row = await first(session, rows.with_for_update(key_share=True, of=of.id), viewer=viewer.id)
    if row is None:
        return None
    parties = {
        Party.CUSTOMER: row.customer_id is not None and row.customer_id == viewer.id,
        Party.ANY_SOLVER: viewer.reaches(Role.SOLVER),
        Party.HOLDER: viewer.reaches(Role.SOLVER) and row.solver_id is not None and row.solver_id == row.acting,
        Party.ADMIN: viewer.standing is Standing.ADMIN,
    }
    return Held(frozenset(party for party, true in parties.items() if true), *row)


def allow(held: Held, verb: str) -> None:
    """Refuse a verb that the viewer cannot do to the ticket where it stands."""
    if held.status in transitions.starts(verb, held.parties):
        return
    possible = transitions.starts(verb)
    if held.status not in possible or transitions.starts(verb, held.parties):
        wanted = transitions.listed(transitions.starts(verb, held.parties) or possible)
        to = transitions.moves(verb)[0].to
        raise errors.IllegalTransition("ticket", held.status, to, wanted)
    who = transitions.listed(list(dict.fromkeys(move.by for move in transitions.moves(verb))))
    raise errors.NotAllowed(f"Only {who} may do this.")


async def move(session: AsyncSession, held: Held, verb: str, to: TicketStatus | None = None, **values: Any) -> None:
    """Make the move of a verb, and set columns; `to` chooses where a verb can lead to more than one place."""
    allow(held, verb)
    legal = [one.to for one in transitions.moves(verb) if held.status in one.of and one.by in held.parties]
    to = legal[0] if to is None else to
    if to not in legal:
        message = f"{verb} does not lead from {held.status} to {to}"
        raise ValueError(message)
    await _set(session, [held.id], to, **values)
    await changed(session, held.id, held.status, to)


async def _set(session: AsyncSession, keys: list[UUID], to: TicketStatus, **values: Any) -> None:
    if to is TicketStatus.OPEN:
        values |= {"solver_id": None, "claimed_at": None}
    row = update(Ticket).where(col(Ticket.id).in_(keys))
    await session.exec(row.values(status=to, updated_at=NOW, **values))


async def end_sessions(session: AsyncSession, *keys: UUID) -> None:
    """Cancel the active sessions of tickets under lock."""
    active = col(Session.ticket_id).in_(keys), col(Session.status) == SessionStatus.ACTIVE
    await session.exec(update(Session).where(*active).values(status=SessionStatus.CANCELLED, ended_at=NOW))


async def customer_leaves(session: AsyncSession, customer: UUID) -> None:
    """Cancel whatever a customer waits for whose account goes; what is finished stays as it is."""
    await _leave(session, "customerLeaves", col(Ticket.customer_id) == customer)


async def solver_leaves(session: AsyncSession, customer: UUID) -> None:
    """Open again whatever somebody has who is a solver no more."""
    mine = select(Solver.id).where(Solver.customer_id == customer).scalar_subquery()
    await _leave(session, "solverLeaves", col(Ticket.solver_id) == mine)


async def _leave(session: AsyncSession, verb: str, whose: Any) -> None:
    """Lock in the order of ids, so that nobody waits in a circle, and move all."""
    (way,) = transitions.moves(verb)
    rows = select(Ticket.id, Ticket.status).where(whose, col(Ticket.status).in_(way.of)).order_by(col(Ticket.id))
    found = (await session.exec(rows.with_for_update(key_share=True))).all()
    if found:
        keys = [key for key, _ in found]
        await end_sessions(session, *keys)
        await _set(session, keys, way.to)
        for key, was in found:
            await changed(session, key, TicketStatus(was), way.to)
