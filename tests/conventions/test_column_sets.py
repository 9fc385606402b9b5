"""Clients choose which columns are read, but not how many statements there are."""

from itertools import combinations

import asyncpg
import pytest

from auth.viewer import Viewer
from database.engine import Database
from database.urls import plain_url
from loaders import column_sets
from loaders.batches import RowLoader
from loaders.column_sets import MAX_COLUMN_SETS, MIN_IDLE_SECONDS, ColumnSets
from loaders.products import PRODUCT, product

SETS = [frozenset(names) for names in combinations([column.key for column in PRODUCT], 3)][:300]


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(column_sets, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_new_sets_do_not_push_out_those_in_use(clock: Clock) -> None:
    sets = ColumnSets()
    assert [sets.admit(one) for one in SETS] == [number < MAX_COLUMN_SETS for number in range(len(SETS))]
    clock.now += MIN_IDLE_SECONDS / 2
    assert sets.admit(SETS[0])
    clock.now += MIN_IDLE_SECONDS / 2
    assert all(sets.admit(one) for one in SETS[-MAX_COLUMN_SETS + 1 :]), "all but one have not been used"
    assert sets.admit(SETS[0])
    assert not sets.admit(SETS[1])


async def test_a_client_with_ever_new_selections(loaded_url: str) -> None:
    class Products(RowLoader):
        columns = PRODUCT
        found_by = product.id

    database = await Database.connect(loaded_url, size=1, statement=60, lock=2, wait=5)
    connection = await asyncpg.connect(plain_url(loaded_url))
    whole = await connection.fetchrow("SELECT * FROM product ORDER BY id LIMIT 1")
    await connection.close()
    try:
        for items in SETS:
            reads = database.reads()
            loader = Products(reads, Viewer()).with_columns(items)
            row = (await loader.load_batch([whole["id"]]))[whole["id"]]
            assert {name: row[name] for name in items - {"language"}} == {
                name: whole[name] for name in items - {"language"}
            }
            await reads.release()
        assert MAX_COLUMN_SETS < database.connections.usage.prepared < MAX_COLUMN_SETS + 10
    finally:
        await database.close()


@pytest.mark.parametrize(("kept", "prepared"), [(1, 6), (2, 2)])
async def test_what_is_prepared_again_is_counted(loaded_url: str, kept: int, prepared: int) -> None:
    database = await Database.connect(loaded_url, size=1, statement=60, lock=2, wait=5, prepared=kept)
    try:
        async with database.connections.connection() as connection:
            for _ in range(3):
                await connection.fetch("SELECT 1")
                await connection.fetch("SELECT 2, $1::text", "x")
        assert database.connections.usage.prepared == prepared
    finally:
        await database.close()


async def test_long_statements_are_kept(loaded_url: str) -> None:
    database = await Database.connect(loaded_url, size=1, statement=60, lock=2, wait=5)
    try:
        async with database.connections.connection() as connection:
            for _ in range(3):
                await connection.fetch(f"SELECT '{'x' * 20_000}'")
        assert database.connections.usage.prepared == 1
    finally:
        await database.close()
