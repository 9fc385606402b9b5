"""Listeners of their own, and what they are given to receive."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

from database.engine import Database
from events.publisher import publish
from events.queues import EventQueue
from events.subscriber import APPLICATION_NAME, Listener
from events.tickets import TicketChanged
from models.tickets import TicketStatus
from tests.people import World
from tests.transport.wires import PATIENCE

OPEN = TicketStatus.OPEN


def event(key: UUID | None = None) -> TicketChanged:
    return TicketChanged(key or uuid4(), OPEN, TicketStatus.CLAIMED)


async def publish_events(world: World, *events: TicketChanged) -> None:
    async with world.database.transaction() as session:
        await publish(session, *events)


async def received(queue: EventQueue, seconds: float = PATIENCE) -> Any:
    async with asyncio.timeout(seconds):
        return await anext(queue)


async def publish_each(world: World, events: list[TicketChanged]) -> None:
    for one in events:
        await publish_events(world, one)


async def record(world: World, *events: TicketChanged) -> None:
    """Commit events without waking anybody."""
    for one in events:
        sql = "INSERT INTO event (kind, payload) VALUES ($1, $2)"
        await world.execute(sql, type(one).__name__, json.dumps(one.payload()))


async def terminate(world: World) -> None:
    """End the connections of all listeners."""
    sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()"
    await world.execute(sql, APPLICATION_NAME)


@asynccontextmanager
async def listener(url: str, database: Database, limit: int = 100, **options: Any) -> AsyncIterator[Listener]:
    made = Listener(url, database.connections, limit=limit, **options)
    made.start()
    try:
        yield made
    finally:
        await made.close()
