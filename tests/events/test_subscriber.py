"""Hearing what other processes record: over a lost connection, a silent one, a pooler, and faster than somebody reads."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID, uuid4

import asyncpg
import pytest
from structlog.testing import capture_logs

from database.engine import Database
from events import subscriber
from events.publisher import CHANNEL, parse, publish
from events.subscriber import APPLICATION_NAME, RESYNC, EventQueue, Listener
from events.tickets import TicketChanged
from models.tickets import TicketStatus
from tests.people import World
from tests.transport.wires import PATIENCE, until

OPEN = TicketStatus.OPEN


def event(key: UUID | None = None) -> TicketChanged:
    return TicketChanged(key or uuid4(), OPEN, TicketStatus.CLAIMED)


async def publish_events(world: World, *events: TicketChanged) -> None:
    async with world.database.transaction() as session:
        await publish(session, *events)


async def received(queue: EventQueue, seconds: float = PATIENCE) -> Any:
    async with asyncio.timeout(seconds):
        return await anext(queue)


@asynccontextmanager
async def listener(url: str, database: Database, limit: int = 100, **options: Any) -> AsyncIterator[Listener]:
    made = Listener(url, database.connections, limit=limit, **options)
    made.start()
    try:
        yield made
    finally:
        await made.close()


class TestFacts:
    async def test_what_is_recorded_is_read(self, world: World, database: Database, database_url: str) -> None:
        async with listener(database_url, database) as one, listener(database_url, database) as other:
            key = uuid4()
            events = [TicketChanged(key, None, OPEN), TicketChanged(key, OPEN, OPEN), event(key)]
            queues = [await at.subscribe(TicketChanged, about) for at in (one, other) for about in (key, None)]
            await publish_events(world, *events, event())
            for queue in queues:
                assert [await received(queue) for _ in events] == events
            assert [len(queue) for queue in queues] == [0, 1, 0, 1]

    async def test_events_of_a_rollback_are_not_received(
        self, world: World, database: Database, database_url: str
    ) -> None:
        async with listener(database_url, database) as one:
            queue = await one.subscribe(TicketChanged)
            with suppress(ZeroDivisionError):
                async with world.database.transaction() as session:
                    await publish(session, event())
                    _ = 1 / 0
            await publish_events(world, after := event())
            assert await received(queue) == after

    async def test_who_closes_hears_nothing(self, world: World, database: Database, database_url: str) -> None:
        async with listener(database_url, database) as one:
            queue, other = await one.subscribe(TicketChanged), await one.subscribe(TicketChanged)
            queue.close()
            queue.close()
            await publish_events(world, event())
            assert await received(other)
            assert (len(queue), len(one)) == (0, 1)

    @pytest.mark.parametrize(
        "payload",
        ["", "x", "[]", "null", "{}", '{"event": 1}', '{"event": "Unknown", "a": 1}', '{"event": "TicketChanged"}',
         '{"event": "TicketChanged", "ticket_id": "x", "was": null, "status": "OPEN"}',
         '{"event": "TicketChanged", "ticket_id": "' + str(uuid4()) + '", "was": "", "status": "LOST"}'],
    )  # fmt: skip
    async def test_what_others_say_does_no_harm(
        self, world: World, database: Database, database_url: str, payload: str
    ) -> None:
        assert parse(payload) is None
        async with listener(database_url, database) as one:
            queue = await one.subscribe(TicketChanged)
            await world.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)
            await publish_events(world, after := event())
            assert await received(queue) == after


class TestLoss:
    """limits.md: a listener that loses its connection comes back and tells its subscribers to resync."""

    async def test_a_backend_is_terminated(self, world: World, database: Database, database_url: str) -> None:
        async with listener(database_url, database) as one:
            queues = [await one.subscribe(TicketChanged, about) for about in (uuid4(), None, None)]
            await world.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = $1 AND datname = current_database()", APPLICATION_NAME,
            )  # fmt: skip
            assert [await received(queue) for queue in queues] == [RESYNC] * 3
            await publish_events(world, after := event())
            assert await received(queues[1]) == after

    async def test_a_connection_dies_without_a_word(
        self, database: Database, database_url: str, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(subscriber, "HEARTBEAT_SECONDS", 0.1)
        monkeypatch.setattr(subscriber, "CONNECT_SECONDS", 0.5)
        async with pipe(database_url, tmp_path) as (url, cut), listener(url, database) as one:
            queue = await one.subscribe(TicketChanged)
            await publish_events(world, before := event())
            assert await received(queue) == before
            cut()
            assert await received(queue) is RESYNC
            await publish_events(world, after := event())
            assert await received(queue) == after

    async def test_the_database_is_not_there_yet(
        self, database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        connect, down = asyncpg.connect, True

        async def refusing(*given: Any, **options: Any) -> Any:
            if down:
                raise ConnectionRefusedError
            return await connect(*given, **options)

        monkeypatch.setattr(asyncpg, "connect", refusing)
        async with listener(database_url, database, wait=0.05) as one:
            queue = await one.subscribe(TicketChanged)
            assert len(queue) == 0
            down = False
            assert await received(queue) is RESYNC

    async def test_a_pooler_that_does_not_carry_it_is_told_of(
        self, database: Database, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As behind one, nothing that is sent by the one connection arrives at the other."""
        monkeypatch.setattr(subscriber, "CONNECT_SECONDS", 0.5)
        with capture_logs() as logs:
            async with listener(empty_database_url, database):
                await until(lambda: any(entry["event"] == "events_not_received" for entry in logs))
        assert any("DATABASE_DIRECT_URL" in entry.get("message", "") for entry in logs)


class TestBacklog:
    """limits.md: a queue of 100 events, then "resync"."""

    async def test_more_than_may_wait_becomes_one_resync(self) -> None:
        queue = EventQueue(3, lambda _: None)
        events = [event() for _ in range(8)]
        for one in events[:3]:
            queue.put(one)
        assert [await anext(queue) for _ in range(3)] == events[:3]
        for one in events[:5]:
            queue.put(one)
        assert [await anext(queue) for _ in range(len(queue))] == [RESYNC, events[4]]

    async def test_it_never_grows(self) -> None:
        queue = EventQueue(100, lambda _: None)
        longest = 0
        for _ in range(10_000):
            queue.put(event())
            longest = max(longest, len(queue))
        assert longest == 100
        assert await anext(queue) is RESYNC


@asynccontextmanager
async def pipe(url: str, folder: Path) -> AsyncIterator[tuple[str, Callable[[], None]]]:
    """Stand before the database, and be able to carry nothing more, without a word, for whoever is connected then."""
    parts = urlsplit(url)
    host = dict(parse_qsl(parts.query))["host"]
    tasks: set[asyncio.Task[None]] = set()
    silent: set[asyncio.StreamReader] = set()
    readers: set[asyncio.StreamReader] = set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        readers.add(reader)
        try:
            while data := await reader.read(65_536):
                if reader not in silent:
                    writer.write(data)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.5432")
        tasks.update({asyncio.create_task(carry(reader, there[1])), asyncio.create_task(carry(there[0], writer))})

    async with await asyncio.start_unix_server(meet, folder / ".s.PGSQL.5432"):
        yield parts._replace(query=urlencode({"host": str(folder)})).geturl(), lambda: silent.update(readers)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
