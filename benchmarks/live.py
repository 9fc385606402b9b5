"""How soon a change that one process commits is received by those who have subscribed at another.

The writer is this process; the subscribers are connected, over real sockets, to a server in a process of its own. The
clock runs from just before COMMIT is sent until the message is here.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import delete, func, insert, update
from sqlmodel import col
from websockets.asyncio.client import ClientConnection, connect

from benchmarks import cpu
from benchmarks.measure import OURS, python_servers
from benchmarks.processes import Process
from benchmarks.servers import stage
from database.engine import Database
from events.publisher import publish
from events.tickets import TicketChanged
from models import ids, sessions  # noqa: F401 - tickets refer to solvers
from models.customers import Customer, Role
from models.tickets import Ticket, TicketStatus

LIVE = "live"
SUBSCRIPTIONS = 1_000
ON_A_CONNECTION = 10
ALONE = 300
STEADY_SECONDS, STEADY_RATE = 5, 100
FANNED = 30
PATIENCE = 60.0
GOAL_MS = 50.0
CLERK_IDS = "user_benchmark_live_"
ROLES = (Role.ADMIN, Role.SOLVER)
"""Those of the listeners of the queue, in turn."""
LISTENERS = SUBSCRIPTIONS // ON_A_CONNECTION
"""Each is another customer, with a connection of their own."""
OWN = "subscription ($id: ID!) { ticketUpdated(ticketId: $id) { id status urgency updatedAt } }"
QUEUE = "subscription { ticketQueueChanged { id status urgency updatedAt } }"


class Used(NamedTuple):
    """Milliseconds of CPU for each event."""

    server: float
    database: float


@dataclass(slots=True)
class Live:
    """Milliseconds from COMMIT to message: of single events, of many in a second, and of one that all receive."""

    alone: list[float] = field(default_factory=list)
    steady: list[float] = field(default_factory=list)
    fanned: list[float] = field(default_factory=list)
    used: Used = field(default_factory=lambda: Used(0, 0))
    """By the server and its database for an event that all receive."""


def measured(url: str, environment: Mapping[str, str], collector: str) -> Live:
    """Measure on one server of ours."""
    with python_servers((OURS,), environment, collector) as servers:
        live = asyncio.run(_measured(url, servers[OURS], environment["BENCHMARK_ISSUER_KEY"]))
    print("Live events: done", flush=True)
    return live


async def _measured(url: str, server: Process, pem: str) -> Live:
    live, tokens = Live(), [stage.token(pem, f"{CLERK_IDS}{number}") for number in range(LISTENERS)]
    async with _rows(url) as (database, tickets):
        async with _subscribed(
            server, tokens[:1], [(OWN, {"id": ids.encode("Ticket", key)}) for key in tickets]
        ) as received:
            await _each_hears(database, tickets, received)
            for number in range(ALONE):
                live.alone += await _told(database, [tickets[number * 7 % len(tickets)]], received)
            live.steady = await _steadily(database, tickets, received)
        async with _subscribed(server, tokens, [(QUEUE, {})] * SUBSCRIPTIONS) as received:
            await _all_hear(database, tickets[0], received)
            used, before = server.cpu(), cpu.snapshot()
            for number in range(FANNED):
                live.fanned += await _told(database, [tickets[number]], received, times=SUBSCRIPTIONS)
            in_database = cpu.database_seconds(before, cpu.snapshot(), server.name, wal_writer=False)
            live.used = Used((server.cpu() - used) / FANNED * 1_000, in_database / FANNED * 1_000)
    return live


@asynccontextmanager
async def _rows(url: str) -> AsyncIterator[tuple[Database, list[UUID]]]:
    """Make listeners, the first of whom may receive of everything, and tickets; take them away in the end."""
    database = await Database.connect(url, size=5, statement=60, lock=5, wait=5)
    listeners = [
        Customer(clerk_id=f"{CLERK_IDS}{number}", username=f"benchmark_live_{number}", role=ROLES[number % len(ROLES)])
        for number in range(LISTENERS)
    ]
    tickets = [
        Ticket(reference=f"LIVE{number}", description="It hums.", name="Somebody", phone_number="+971501234567")
        for number in range(SUBSCRIPTIONS)
    ]
    try:
        async with database.transaction() as session:
            for rows in (listeners, tickets):
                values = [row.model_dump(exclude_none=True) for row in rows]
                await session.exec(insert(type(rows[0])).values(values))
        yield database, [ticket.id for ticket in tickets]
    finally:
        async with database.transaction() as session:
            await session.exec(delete(Ticket).where(col(Ticket.reference).startswith("LIVE")))
            await session.exec(delete(Customer).where(col(Customer.clerk_id).startswith(CLERK_IDS)))
        await database.close()


class Heard:
    """When whose messages came; `ticket` is the global id."""

    def __init__(self) -> None:
        self.at: dict[str, list[float]] = {}
        self._came = asyncio.Event()

    def receive(self, ticket: str) -> None:
        self.at.setdefault(ticket, []).append(time.perf_counter())
        self._came.set()

    async def until(self, tickets: list[str], times: int) -> None:
        """Wait until so many messages of each of the tickets have come."""
        async with asyncio.timeout(PATIENCE):
            while any(len(self.at.get(ticket, ())) < times for ticket in tickets):
                self._came.clear()
                await self._came.wait()


@asynccontextmanager
async def _subscribed(
    server: Process, tokens: list[str], operations: list[tuple[str, dict[str, str]]]
) -> AsyncIterator[Heard]:
    """Open the subscriptions, so many on a connection as it may have; each connection with the next one of the tokens."""
    received = Heard()
    async with AsyncExitStack() as stack:
        readers = []
        for first in range(0, len(operations), ON_A_CONNECTION):
            address = f"ws://127.0.0.1:{server.port}/graphql"
            wire = await stack.enter_async_context(
                connect(address, subprotocols=["graphql-transport-ws"], compression=None, proxy=None)  # type: ignore[list-item]
            )
            token = tokens[first // ON_A_CONNECTION % len(tokens)]
            await wire.send(orjson.dumps({"type": "connection_init", "payload": {"token": token}}).decode())
            await wire.recv()
            for number, (query, variables) in enumerate(operations[first : first + ON_A_CONNECTION]):
                payload = {"query": query, "variables": variables}
                await wire.send(orjson.dumps({"type": "subscribe", "id": str(number), "payload": payload}).decode())
            readers.append(asyncio.create_task(_read(wire, received)))
        try:
            yield received
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)


async def _read(wire: ClientConnection, received: Heard) -> None:
    async for text in wire:
        message = orjson.loads(text)
        if message["type"] != "next" or "errors" in message["payload"]:
            raise RuntimeError(f"The server said {text!r}")
        (row,) = message["payload"]["data"].values()
        received.receive(row["id"])


async def _commit(database: Database, key: UUID) -> float:
    """Change a ticket; gives the moment before COMMIT."""
    async with database.transaction() as session:
        await session.exec(update(Ticket).where(col(Ticket.id) == key).values(updated_at=func.now()))
        await publish(session, TicketChanged(key, TicketStatus.OPEN, TicketStatus.OPEN))
        return time.perf_counter()


async def _told(database: Database, tickets: list[UUID], received: Heard, times: int = 1) -> list[float]:
    """Change tickets, and give how long each message took."""
    names = [ids.encode("Ticket", key) for key in tickets]
    received.at.clear()
    begun = [await _commit(database, key) for key in tickets]
    await received.until(names, times)
    return [(at - since) * 1000 for name, since in zip(names, begun, strict=True) for at in received.at[name]]


async def _steadily(database: Database, tickets: list[UUID], received: Heard) -> list[float]:
    """Change tickets at a rate, whether or not the last one was received."""
    received.at.clear()
    start, committing = time.perf_counter(), []
    chosen = [tickets[number * 11 % len(tickets)] for number in range(STEADY_SECONDS * STEADY_RATE)]
    for number, key in enumerate(chosen):
        await asyncio.sleep(start + number / STEADY_RATE - time.perf_counter())
        committing.append(asyncio.create_task(_commit(database, key)))
    begun = await asyncio.gather(*committing)
    names = [ids.encode("Ticket", key) for key in chosen]
    await received.until(names, 1)
    return [(received.at[name][0] - since) * 1000 for name, since in zip(names, begun, strict=True)]


async def _each_hears(database: Database, tickets: list[UUID], received: Heard) -> None:
    """Wait until every subscription has begun, which nothing else tells; also a warming up."""
    for key in tickets:
        while not received.at.get(ids.encode("Ticket", key)):
            await _commit(database, key)
            await asyncio.sleep(0.005)


async def _all_hear(database: Database, key: UUID, received: Heard) -> None:
    """The same, where all receive of one ticket."""
    name = ids.encode("Ticket", key)
    while len(received.at.get(name, ())) < SUBSCRIPTIONS:
        received.at.clear()
        await _commit(database, key)
        await asyncio.sleep(3)


def table(live: Live) -> list[tuple[str, ...]]:
    """Give the rows of a table, the head first."""
    head = ("milliseconds from COMMIT to message", "events", "median", "p99", f"median of at most {GOAL_MS:.0f}")
    rows = [
        (f"one at a time, one of {SUBSCRIPTIONS:,} hears it", live.alone),
        (f"{STEADY_RATE} a second, one of {SUBSCRIPTIONS:,} hears each", live.steady),
        (f"one at a time, all {SUBSCRIPTIONS:,} receive it", live.fanned),
    ]
    return [head, *(_row(*row) for row in rows)]


def _row(name: str, took: list[float]) -> tuple[str, ...]:
    middle, slow = median(took), quantiles(took, n=100)[-1]
    mark = "✓" if middle <= GOAL_MS else "✗"
    return name, f"{len(took):,}", f"{middle:.1f}", f"{slow:.1f}", mark
