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

import listening
from database import Database
from events import CHANNEL, TicketChanged, read, record
from listening import NAME, RESYNC, Feed, Listener
from models.tickets import TicketStatus
from tests.people import World
from tests.wires import PATIENCE, until

OPEN = TicketStatus.OPEN


def fact(key: UUID | None = None) -> TicketChanged:
    return TicketChanged(key or uuid4(), OPEN, TicketStatus.CLAIMED)


async def said(world: World, *facts: TicketChanged) -> None:
    async with world.database.transaction() as session:
        await record(session, *facts)


async def heard(feed: Feed, seconds: float = PATIENCE) -> Any:
    async with asyncio.timeout(seconds):
        return await anext(feed)


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
            facts = [TicketChanged(key, None, OPEN), TicketChanged(key, OPEN, OPEN), fact(key)]
            feeds = [await at.subscribe(TicketChanged, about) for at in (one, other) for about in (key, None)]
            await said(world, *facts, fact())
            for feed in feeds:
                assert [await heard(feed) for _ in facts] == facts
            assert [len(feed) for feed in feeds] == [0, 1, 0, 1]

    async def test_what_is_undone_is_not_heard(self, world: World, database: Database, database_url: str) -> None:
        async with listener(database_url, database) as one:
            feed = await one.subscribe(TicketChanged)
            with suppress(ZeroDivisionError):
                async with world.database.transaction() as session:
                    await record(session, fact())
                    _ = 1 / 0
            await said(world, after := fact())
            assert await heard(feed) == after

    async def test_who_closes_hears_nothing(self, world: World, database: Database, database_url: str) -> None:
        async with listener(database_url, database) as one:
            feed, other = await one.subscribe(TicketChanged), await one.subscribe(TicketChanged)
            feed.close()
            feed.close()
            await said(world, fact())
            assert await heard(other)
            assert (len(feed), len(one)) == (0, 1)

    @pytest.mark.parametrize(
        "payload",
        ["", "x", "[]", "null", "{}", '{"fact": 1}', '{"fact": "Unknown", "a": 1}', '{"fact": "TicketChanged"}',
         '{"fact": "TicketChanged", "ticket_id": "x", "was": null, "status": "OPEN"}',
         '{"fact": "TicketChanged", "ticket_id": "' + str(uuid4()) + '", "was": "", "status": "LOST"}'],
    )  # fmt: skip
    async def test_what_others_say_does_no_harm(
        self, world: World, database: Database, database_url: str, payload: str
    ) -> None:
        assert read(payload) is None
        async with listener(database_url, database) as one:
            feed = await one.subscribe(TicketChanged)
            await world.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)
            await said(world, after := fact())
            assert await heard(feed) == after


class TestLoss:
    """limits.md: a listener that loses its connection comes back and tells its subscribers to resync."""

    async def test_a_backend_is_terminated(self, world: World, database: Database, database_url: str) -> None:
        async with listener(database_url, database) as one:
            feeds = [await one.subscribe(TicketChanged, about) for about in (uuid4(), None, None)]
            await world.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = $1 AND datname = current_database()", NAME,
            )  # fmt: skip
            assert [await heard(feed) for feed in feeds] == [RESYNC] * 3
            await said(world, after := fact())
            assert await heard(feeds[1]) == after

    async def test_a_connection_dies_without_a_word(
        self, database: Database, database_url: str, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(listening, "HEARTBEAT_SECONDS", 0.1)
        monkeypatch.setattr(listening, "CONNECT_SECONDS", 0.5)
        async with pipe(database_url, tmp_path) as (url, cut), listener(url, database) as one:
            feed = await one.subscribe(TicketChanged)
            await said(world, before := fact())
            assert await heard(feed) == before
            cut()
            assert await heard(feed) is RESYNC
            await said(world, after := fact())
            assert await heard(feed) == after

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
            feed = await one.subscribe(TicketChanged)
            assert len(feed) == 0
            down = False
            assert await heard(feed) is RESYNC

    async def test_a_pooler_that_does_not_carry_it_is_told_of(
        self, database: Database, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As behind one, nothing that is sent by the one connection arrives at the other."""
        monkeypatch.setattr(listening, "CONNECT_SECONDS", 0.5)
        with capture_logs() as logs:
            async with listener(empty_database_url, database):
                await until(lambda: any(entry["event"] == "facts_not_heard" for entry in logs))
        assert any("DATABASE_DIRECT_URL" in entry.get("message", "") for entry in logs)


class TestBacklog:
    """limits.md: a queue of 100 events, then "resync"."""

    async def test_more_than_may_wait_becomes_one_resync(self) -> None:
        feed = Feed(3, lambda _: None)
        facts = [fact() for _ in range(8)]
        for one in facts[:3]:
            feed.put(one)
        assert [await anext(feed) for _ in range(3)] == facts[:3]
        for one in facts[:5]:
            feed.put(one)
        assert [await anext(feed) for _ in range(len(feed))] == [RESYNC, facts[4]]

    async def test_it_never_grows(self) -> None:
        feed = Feed(100, lambda _: None)
        longest = 0
        for _ in range(10_000):
            feed.put(fact())
            longest = max(longest, len(feed))
        assert longest == 100
        assert await anext(feed) is RESYNC


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
