"""Hearing what other processes record: over a lost connection, a silent one, a pooler, and faster than somebody reads."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from itertools import product
from pathlib import Path
from random import shuffle
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID, uuid4

import asyncpg
import pytest
from structlog.testing import capture_logs

from database.engine import Database
from events import subscriber
from events.carriers import CHANNEL
from events.publisher import parse, publish
from events.queues import RESYNC, EventQueue
from events.tickets import TicketChanged
from models.tickets import TicketStatus
from tests.events.listeners import OPEN, event, listener, publish_each, publish_events, received, record, terminate
from tests.patience import SECONDS
from tests.people import World
from tests.transport.wires import until


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
        ("kind", "payload"),
        [("Unknown", "{}"), ("TicketChanged", "[]"), ("TicketChanged", "null"), ("TicketChanged", '{"a": 1}'),
         ("TicketChanged", '{"ticket_id": "x", "was": null, "status": "OPEN"}'),
         ("TicketChanged", '{"ticket_id": "' + str(UUID(int=1)) + '", "was": "", "status": "LOST"}')],
    )  # fmt: skip
    async def test_rows_of_another_version_do_no_harm(
        self, world: World, database: Database, database_url: str, kind: str, payload: str
    ) -> None:
        assert parse(kind, payload) is None
        async with listener(database_url, database) as one:
            queue = await one.subscribe(TicketChanged)
            await world.execute("INSERT INTO event (kind, payload) VALUES ($1, $2)", kind, payload)
            await publish_events(world, after := event())
            assert await received(queue) == after

    @pytest.mark.parametrize("payload", ["", "x", "TicketChanged", '{"event": "TicketChanged"}', "{", "{}"])
    async def test_a_wake_up_without_an_event_does_no_harm(
        self, world: World, database: Database, database_url: str, payload: str
    ) -> None:
        async with listener(database_url, database) as one:
            queue = await one.subscribe(TicketChanged)
            await world.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)
            await publish_events(world, after := event())
            assert await received(queue) == after

    async def test_events_of_the_release_before_arrive(
        self, world: World, database: Database, database_url: str
    ) -> None:
        """It runs beside this one during an upgrade, and notifies of events that it does not record."""
        async with listener(database_url, database) as one:
            queue, sent = await one.subscribe(TicketChanged), event()
            payload = json.dumps({"event": "TicketChanged", **sent.payload()})
            await world.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)
            assert await received(queue) == sent
            assert queue.position is None

    async def test_a_lost_wake_up_only_delays(
        self, world: World, database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(subscriber, "HEARTBEAT_SECONDS", 0.1)
        async with listener(database_url, database) as one:
            queue = await one.subscribe(TicketChanged)
            await record(world, silent := event())
            assert await received(queue) == silent

    async def test_one_transaction_wakes_once(self, world: World, database_url: str) -> None:
        woken: list[Any] = []
        connection = await asyncpg.connect(database_url)
        try:
            await connection.add_listener(CHANNEL, lambda *given: woken.append(given[-1]))
            async with world.database.transaction() as session:
                for _ in range(3):
                    await publish(session, event(), event())
            await world.execute("SELECT pg_notify($1, 'end')", CHANNEL)
            while "end" not in woken:
                await connection.execute("SELECT 1")
            assert woken == ["TicketChanged", "end"]
        finally:
            await connection.close()


class TestLoss:
    """A listener that loses its connection comes back, and reads what it has missed."""

    async def test_a_backend_is_terminated(self, world: World, database: Database, database_url: str) -> None:
        async with listener(database_url, database, limit=1000) as one:
            tickets = [uuid4() for _ in range(10)]
            own = [await one.subscribe(TicketChanged, key) for key in tickets]
            everything = await one.subscribe(TicketChanged)
            events = [TicketChanged(key, *pair) for key in tickets for pair in product(TicketStatus, repeat=2)][:200]
            shuffle(events)
            committing = asyncio.create_task(publish_each(world, events))
            for _ in range(3):
                await terminate(world)
                await asyncio.sleep(0.05)
            await committing
            assert [await received(everything) for _ in events] == events
            await publish_events(world, after := event())
            assert await received(everything) == after
            for queue, key in zip(own, tickets, strict=True):
                wanted = [one for one in events if one.ticket_id == key]
                assert [await received(queue) for _ in wanted] == wanted
                assert len(queue) == 0

    async def test_what_was_committed_meanwhile_comes_first(
        self, world: World, database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        connect, down = asyncpg.connect, asyncio.Event()

        async def refusing(*given: Any, **options: Any) -> Any:
            if down.is_set():
                raise ConnectionRefusedError
            return await connect(*given, **options)

        monkeypatch.setattr(asyncpg, "connect", refusing)
        async with listener(database_url, database, wait=0.05, limit=1000) as one:
            before = await one.subscribe(TicketChanged)
            down.set()
            await terminate(world)
            await until(lambda: not one._listening.is_set())
            missed = [event() for _ in range(200)]
            await publish_events(world, *missed)
            meanwhile = await one.subscribe(TicketChanged)
            await publish_events(world, last := event())
            down.clear()
            assert [await received(before) for _ in range(201)] == [*missed, last]
            while await received(meanwhile) != last:
                pass
            assert (len(before), len(meanwhile)) == (0, 0)

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
            async with listener(empty_database_url, database) as one:
                await until(lambda: any(entry["event"] == "events_not_received" for entry in logs))
                await one.prove()
                assert not one.watches.is_current
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


class TestReplay:
    async def test_who_waits_too_long_for_what_was_missed_gets_one_resync(
        self, world: World, database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """All subscribers of a process read what they missed over one connection, one after the other."""
        async with listener(database_url, database) as one:
            queue = await one.subscribe(TicketChanged)
            await publish_events(world, event())
            await received(queue)
            since = queue.position
            assert since
            monkeypatch.setattr(subscriber, "REPLAY_SECONDS", 0.05)
            for silent in (one._using, None):
                again = await one.subscribe(TicketChanged)
                if silent is None:
                    monkeypatch.setattr(one._reader, "read", lambda *_: asyncio.Event().wait())
                async with asyncio.timeout(SECONDS), silent or nullcontext():
                    await again.replay(since)
                assert await received(again) is RESYNC
            monkeypatch.undo()
            again = await one.subscribe(TicketChanged)
            await again.replay(since)
            await publish_events(world, after := event())
            assert await received(again) == after


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
