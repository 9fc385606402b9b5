"""Old events are deleted in batches, by any process, and it is remembered which are gone."""

import asyncio

import pytest

from events import retention
from events.retention import sweep
from tests.people import World

INSERT = """
    INSERT INTO event (kind, payload, created_at)
    SELECT 'Test', jsonb_build_object('number', n), now() - make_interval(days => $2) FROM generate_series(1, $1) AS n
"""
KEPT = "SELECT count(*) FROM event WHERE kind = 'Test'"
SWEPT_THROUGH = "SELECT swept_through::text::bigint FROM event_retention"


@pytest.fixture(autouse=True)
async def _nothing_old(world: World) -> None:
    await world.execute("DELETE FROM event WHERE kind = 'Test'")
    await sweep(world.database, 7)


async def test_the_old_go_and_the_young_stay(world: World) -> None:
    await world.execute(INSERT, 5, 8)
    await world.execute(INSERT, 3, 6)
    assert await sweep(world.database, 7) == 5
    assert await sweep(world.database, 7) == 0
    assert await world.value(KEPT) == 3


async def test_in_batches_and_by_many_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 10)
    await world.execute(INSERT, 95, 8)
    newest = await world.value("SELECT max(transaction_id)::text::bigint FROM event WHERE kind = 'Test'")
    deleted = await asyncio.gather(*(sweep(world.database, 7) for _ in range(4)))
    assert sum(deleted) + await sweep(world.database, 7) == 95
    assert await world.value(KEPT) == 0
    assert await world.value(SWEPT_THROUGH) == newest


async def test_what_was_deleted_last_is_remembered_whatever_its_order(world: World) -> None:
    await world.execute(INSERT, 1, 20)
    await world.execute(INSERT, 1, 8)
    newest = await world.value("SELECT max(transaction_id)::text::bigint FROM event WHERE kind = 'Test'")
    assert await sweep(world.database, 7) == 2
    await world.execute("INSERT INTO event (kind, payload, transaction_id, created_at) VALUES"
                        " ('Test', '{}', '3', now() - interval '9 days')")  # fmt: skip
    assert await sweep(world.database, 7) == 1
    assert await world.value(SWEPT_THROUGH) == newest


async def test_ids_of_a_restored_dump_say_nothing_here(world: World) -> None:
    """They may be far greater than those of this server."""
    await world.execute("INSERT INTO event (kind, payload, transaction_id, created_at) VALUES"
                        " ('Test', '{}', '1000000000000', now() - interval '9 days')")  # fmt: skip
    await world.execute("INSERT INTO event_retention (swept_through) VALUES ('1000000000000')"
                        " ON CONFLICT (single) DO UPDATE SET swept_through = excluded.swept_through")  # fmt: skip
    assert await sweep(world.database, 7) == 1
    assert await world.value(SWEPT_THROUGH) == 1_000_000_000_000
    await world.execute(INSERT, 1, 8)
    newest = await world.value("SELECT max(transaction_id)::text::bigint FROM event WHERE kind = 'Test'")
    assert await sweep(world.database, 7) == 1
    assert await world.value(SWEPT_THROUGH) == newest
