"""Which events a listener reads, and when: transactions commit in another order than that of their ids."""

import json
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import uuid4

import asyncpg
import pytest

from database.engine import Database
from events import reader, subscriber
from events.carriers import CHANNEL, Carrier, Poll
from events.publisher import EVENT_TYPES
from events.queues import RESYNC
from events.tickets import TicketChanged
from models.tickets import TicketStatus
from tests.events.listeners import OPEN, event, listener, publish_events, received, terminate
from tests.people import World
from tests.transport.wires import PATIENCE


class TestOrder:
    """Transactions commit in another order than that of their ids."""

    async def test_a_transaction_that_began_first_and_commits_last(
        self, world: World, database: Database, database_url: str
    ) -> None:
        slow = await asyncpg.connect(database_url)
        try:
            async with listener(database_url, database) as one, listener(database_url, database) as other:
                queues = [await at.subscribe(TicketChanged) for at in (one, other)]
                begun = slow.transaction()
                await begun.start()
                late = event()
                sql = "INSERT INTO event (kind, payload) VALUES ('TicketChanged', $1)"
                await slow.execute(sql, json.dumps(late.payload()))
                for _ in range(3):
                    await publish_events(world, quick := event())
                    assert [await received(queue) for queue in queues] == [quick] * 2
                await terminate(world)
                await publish_events(world, quick := event())
                assert [await received(queue) for queue in queues] == [quick] * 2
                await slow.execute("SELECT pg_notify($1, '')", CHANNEL)
                await begun.commit()
                assert [await received(queue) for queue in queues] == [late] * 2
                await publish_events(world, quick := event())
                assert [await received(queue) for queue in queues] == [quick] * 2
                assert one._position
                assert one._position.snapshot.in_progress == ()
        finally:
            await slow.close()

    async def test_changes_of_one_row_are_in_their_order(
        self, world: World, database: Database, database_url: str
    ) -> None:
        """Whoever has waited for the lock may have the older transaction."""
        key = uuid4()
        async with listener(database_url, database) as one, asyncpg.create_pool(database_url, min_size=2) as pool:
            queue = await one.subscribe(TicketChanged, key)
            async with pool.acquire() as first, pool.acquire() as second:
                older, younger = first.transaction(), second.transaction()
                await older.start()
                await first.execute("SELECT pg_current_xact_id()")
                await younger.start()
                events = [
                    TicketChanged(key, OPEN, TicketStatus.CLAIMED),
                    TicketChanged(key, TicketStatus.CLAIMED, OPEN),
                ]
                sql = "INSERT INTO event (kind, payload) VALUES ('TicketChanged', $1)"
                for connection, transaction, change in zip((second, first), (younger, older), events, strict=True):
                    await connection.execute(sql, json.dumps(change.payload()))
                    await transaction.commit()
            await publish_events(world, event())
            assert [await received(queue) for _ in events] == events

    async def test_another_database_in_the_place_of_this_one(
        self, world: World, database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As after a failover that has lost transactions: their ids are used again."""
        async with listener(database_url, database) as one:
            queue = await one.subscribe(TicketChanged)
            monkeypatch.setattr(reader, "HISTORY", "SELECT 'another timeline'")
            await terminate(world)
            assert await received(queue) is RESYNC
            await publish_events(world, after := event())
            assert await received(queue) == after

    async def test_more_was_missed_than_is_read(
        self, world: World, database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with listener(database_url, database) as one:
            queue = await one.subscribe(TicketChanged)
            monkeypatch.setattr(reader, "MAX_MISSED", 5)
            await publish_events(world, *(event() for _ in range(6)))
            assert await received(queue) is RESYNC
            await publish_events(world, after := event())
            assert await received(queue) == after


@dataclass(frozen=True, slots=True)
class Frequent(TicketChanged):
    """An event for which nobody is woken."""

    carrier: ClassVar[Carrier] = Poll(0.01)


class TestCarriers:
    async def test_what_is_polled_arrives_without_a_wake_up(
        self, world: World, database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(EVENT_TYPES, "Frequent", Frequent)
        monkeypatch.setattr(subscriber, "HEARTBEAT_SECONDS", 10 * PATIENCE)
        woken: list[Any] = []
        connection = await asyncpg.connect(database_url)
        try:
            await connection.add_listener(CHANNEL, lambda *given: woken.append(given[-1]))
            async with listener(database_url, database) as one:
                queue = await one.subscribe(Frequent)
                for _ in range(3):
                    sent = Frequent(uuid4(), None, OPEN)
                    await publish_events(world, sent)
                    assert await received(queue) == sent
            await connection.execute("SELECT 1")
            assert woken == []
        finally:
            await connection.close()
