"""What tests do with tickets: one in each status, and what a verb makes of it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from models import ids
from models.sessions import SupportSession, SupportSessionStatus
from models.tickets import Ticket, TicketStatus
from tests.people import Person, World

SESSIONS = {
    TicketStatus.OPEN: SupportSessionStatus.CANCELLED, TicketStatus.CLAIMED: SupportSessionStatus.CANCELLED,
    TicketStatus.IN_PROGRESS: SupportSessionStatus.ACTIVE, TicketStatus.RESOLVED: SupportSessionStatus.COMPLETED,
    TicketStatus.CANCELLED: SupportSessionStatus.CANCELLED,
}  # fmt: skip
"""How the last session ended of a ticket that stands so."""


@dataclass(frozen=True)
class Case:
    """A ticket with its customer, who has or had it, and a session of theirs."""

    ticket: Ticket
    session: SupportSession
    customer: Person
    holder: Person

    @property
    def id(self) -> str:
        return ids.encode("Ticket", self.ticket.id)

    @property
    def session_id(self) -> str:
        return ids.encode("SupportSession", self.session.id)

    def input(self, verb: str) -> dict[str, str]:
        """Give the least that a verb takes."""
        return {"sessionId": self.session_id} if verb in {"completeSession", "cancelSession"} else {"ticketId": self.id}


async def case(world: World, status: TicketStatus, customer: Person, holder: Person) -> Case:
    """Make a ticket that stands somewhere, with the session that goes with it."""
    held = {"claimed_by": holder} if status is not TicketStatus.OPEN else {}
    ticket = await world.ticket(customer, **held, status=status)
    session = await world.session(ticket, solver_id=await world.solver_key(holder), status=SESSIONS[status])
    return Case(ticket, session, customer, holder)


async def found(world: World, ticket: UUID) -> tuple[Any, ...]:
    """Look a ticket up past the graph: its status, and who has it since when."""
    row = await world.database.pool.fetchrow("SELECT status, solver_id, claimed_at FROM ticket WHERE id = $1", ticket)
    return tuple(row)


async def session_found(world: World, session: UUID) -> tuple[Any, ...]:
    """Look a session up past the graph."""
    row = await world.database.pool.fetchrow("SELECT status, ended_at, notes FROM session WHERE id = $1", session)
    return tuple(row)


async def solver_counts(world: World, person: Person) -> tuple[int, int, int]:
    """Give a solver's counters of ratings, stars and completed sessions, which must be exact."""
    sql = """SELECT ratings_count, stars_total, completed_sessions,
        (SELECT count(*) FROM session_rating r JOIN session s ON s.id = r.session_id WHERE s.solver_id = solver.id),
        (SELECT coalesce(sum(stars), 0) FROM session_rating r JOIN session s ON s.id = r.session_id WHERE s.solver_id = solver.id),
        (SELECT count(*) FROM session WHERE solver_id = solver.id AND status = 'COMPLETED')
        FROM solver WHERE customer_id = $1"""
    row = tuple(await world.database.pool.fetchrow(sql, person.key))
    assert row[:3] == row[3:]
    return row[0], row[1], row[2]


@asynccontextmanager
async def heard(database_url: str) -> AsyncIterator[list[dict[str, Any]]]:
    """Read what is published in the block; all of it is there once the block has ended."""
    said: list[dict[str, Any]] = []
    connection = await asyncpg.connect(database_url)
    try:
        last = await connection.fetchval("SELECT coalesce(max(id), 0) FROM event")
        yield said
        rows = await connection.fetch("SELECT kind, payload FROM event WHERE id > $1 ORDER BY id", last)
        said += ({"event": row["kind"], **json.loads(row["payload"])} for row in rows)
    finally:
        await connection.close()
