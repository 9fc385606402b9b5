"""The facets of each product, which follow whatever is done to it, by however many at once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from random import Random
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from alembic import command
from alembic.script import ScriptDirectory

import migrations
from database.urls import plain_url
from models.prices import PRICES_LOCK
from tests.facets.kept import facts, kept
from tests.patience import SECONDS
from tests.prices.test_kept_prices import EXPECTED, Shop
from tests.product_pages.reference import Catalogue
from tests.product_pages.saving import save

CHANGES, CONNECTIONS = 1_600, 6
COLORS, SIZES, VALUES = ("Red", "blue", None), ("38", "M", None), ("linen", "silk", "wool")

LOCK_ALL = "SELECT id FROM product ORDER BY id FOR NO KEY UPDATE"


class Assortment(Shop):
    """A shop whose products have brands, categories and attributes as well, and listings stores."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.tables = {name: [uuid4() for _ in range(4)] for name in ("brand", "category", "store", "attribute")}

    async def open(self, connection: Any) -> None:
        await super().open(connection)
        for table in self.tables:
            for key in self.tables[table]:
                await self._insert_named(connection, table, key)

    async def _insert_named(self, connection: Any, table: str, key: UUID) -> None:
        columns = "name, display_name" if table == "attribute" else "name, slug"
        position = ", 0" if table == "category" else ""
        sql = f"INSERT INTO {table} (id, {columns}{position and ', position'}) VALUES ($1, $2, $2{position})"
        await connection.execute(sql, key, str(key))

    async def describe(self, connection: Any) -> None:
        """Change a product or a variant."""
        draw = self.chance
        table, column = draw.choice((("brand", "brand_id"), ("category", "category_id")))
        if draw.random() < 0.4:
            key = draw.choice((*self.tables[table], None))
            await connection.execute(f"UPDATE product SET {column} = $2 WHERE id = $1", draw.choice(self.products), key)
        else:
            sql = "UPDATE product_variant SET color_primary = $2, color_secondary = $3, size_label = $4 WHERE id = $1"
            values = draw.choice(COLORS), draw.choice(COLORS), draw.choice(SIZES)
            async with (
                connection.transaction()
            ):  # products are locked before variants; who moves these locks them first
                await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", PRICES_LOCK)
                await connection.execute(LOCK_ALL)
                await connection.execute(sql, draw.choice(self.variants), *values)

    async def attribute(self, connection: Any) -> None:
        """Give a variant a value of an attribute, or take it away, or change it."""
        draw = self.chance
        of = draw.choice(self.variants), draw.choice(self.tables["attribute"]), draw.choice(VALUES)
        sql = draw.choice(
            (
                "INSERT INTO attribute_value (id, variant_id, attribute_id, value) VALUES (gen_random_uuid(), $1, $2, $3)",
                "DELETE FROM attribute_value WHERE variant_id = $1 AND (attribute_id = $2 OR value = $3)",
                "UPDATE attribute_value SET value = value || $3::text WHERE variant_id = $1 AND attribute_id = $2",
            )
        )
        await connection.execute(sql, *of)

    async def sell(self, connection: Any) -> None:
        """Move a listing to another store."""
        sql = "UPDATE listing SET store_id = $2 WHERE id = $1"
        await connection.execute(sql, self.chance.choice(self.listings), self.chance.choice(self.tables["store"]))

    async def drop(self, connection: Any) -> None:
        """Delete a brand or a category, whose products then have none, and make another."""
        table = self.chance.choice(("brand", "category"))
        key = self.tables[table].pop(0)
        self.tables[table].append(new := uuid4())
        async with connection.transaction():  # locks products one by one, in no order
            await connection.execute(LOCK_ALL)
            await connection.execute(f"DELETE FROM {table} WHERE id = $1", key)
        await self._insert_named(connection, table, new)

    async def several(self, connection: Any) -> None:
        """Change several things in one transaction, alone."""
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", PRICES_LOCK)
            await connection.execute(LOCK_ALL)
            for act in (self.describe, self.attribute, self.sell, self.describe):
                with suppress(*EXPECTED):
                    async with connection.transaction():
                        await act(connection)

    async def change(self, connection: Any) -> None:
        acts = (
            self.insert, self.update, self.delete, self.move_variant, self.replace_variant, self.replace_product,
            self.describe, self.attribute, self.sell, self.drop, self.several,
        )  # fmt: skip
        weights = (25, 20, 4, 8, 5, 1, 20, 20, 5, 2, 4)
        act = self.chance.choices(acts, weights)[0] if len(self.listings) > 20 else self.insert
        try:
            await act(connection)
            self.done[act.__name__] += 1
        except EXPECTED as error:
            self.done[type(error).__name__] += 1


@pytest.fixture
async def connections(fresh_url: str) -> AsyncIterator[list[Any]]:
    made = [await asyncpg.connect(plain_url(fresh_url)) for _ in range(CONNECTIONS)]
    yield made
    for connection in made:
        await connection.close()


async def test_nothing_drifts_and_nothing_is_in_a_deadlock(connections: list[Any]) -> None:
    """P4. A deadlock would be raised by the connection that PostgreSQL chooses, and fail the test."""
    shop = Assortment(3)
    await shop.open(connections[0])

    async def work(connection: Any) -> None:
        for _ in range(CHANGES // CONNECTIONS):
            await shop.change(connection)

    async with asyncio.TaskGroup() as group:
        for connection in connections:
            group.create_task(work(connection))
    there = await facts(connections[0])
    assert await kept(connections[0]) == there
    assert sum(one.total() for one in there.values()) > 20
    assert all(shop.done[one] > 3 for one in ("describe", "attribute", "sell", "drop", "several", "move_variant"))
    assert await connections[0].fetchval("SELECT count(*) FROM facet_change") == 0


async def test_what_is_not_changed_is_not_written(connections: list[Any]) -> None:
    connection, shop = connections[0], Assortment(4)
    await shop.open(connection)
    for _ in range(30):
        with suppress(*EXPECTED):
            await shop.insert(connection)
    before = await connection.fetch("SELECT xmin::text, * FROM product_facets ORDER BY product_id")
    await connection.execute("UPDATE listing SET last_checked_at = now(), url = url || '/1'")
    await connection.execute("UPDATE product SET popularity = popularity + 5")
    await connection.execute("UPDATE product_variant SET position = position + 1")
    await connection.execute("UPDATE attribute SET display_name = 'Fabric'")
    assert await connection.fetch("SELECT xmin::text, * FROM product_facets ORDER BY product_id") == before


async def test_rows_that_others_left_are_not_read(connections: list[Any]) -> None:
    """As long as an older snapshot lives, `facet_change` keeps the rows of all transactions since, although they are deleted."""
    connection, watching, *_ = connections
    await watching.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1")

    async def blocks_of_a_change() -> int:
        blocks = "SELECT heap_blks_hit + heap_blks_read FROM pg_statio_user_tables WHERE relname = 'facet_change'"
        await connection.execute("SELECT pg_stat_force_next_flush()")
        before = await connection.fetchval(blocks)
        await connection.execute("INSERT INTO facet_change (products) VALUES (ARRAY[gen_random_uuid()])")
        await connection.execute("SELECT pg_stat_force_next_flush()")
        return int(await connection.fetchval(blocks) - before)

    few = [await blocks_of_a_change() for _ in range(8)][-1]
    await connection.execute(
        "INSERT INTO facet_change (products) SELECT ARRAY[gen_random_uuid()] FROM generate_series(1, 20000)"
    )
    many = [await blocks_of_a_change() for _ in range(8)]
    assert await connection.fetchval("SELECT pg_relation_size('facet_change') / 8192") > 100
    assert few > 0
    assert max(many) < few + 20
    await watching.execute("COMMIT")


IS_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
NEW_SIZE = "INSERT INTO product_variant (id, product_id, sku, size_label, position) VALUES ($1, $1, $2, $3, 0)"


async def sized(connection: Any, size: str) -> None:
    """Make a product with a variant of a size."""
    key = uuid4()
    await connection.execute("INSERT INTO product (id, slug, title) VALUES ($1, $2, 'Shirt')", key, str(key))
    await connection.execute(NEW_SIZE, key, str(key), size)


async def test_a_value_that_two_transactions_find_at_once(connections: list[Any]) -> None:
    """The second waits for the first, and has its code; who needs no new one waits for nobody."""
    first, second, third, watching, *_ = connections
    await sized(third, "known")
    for connection in (first, second):
        await connection.execute("BEGIN")
        await sized(connection, "new")
    await first.execute("SET CONSTRAINTS ALL IMMEDIATE")
    committing = asyncio.create_task(second.execute("COMMIT"))
    async with asyncio.timeout(SECONDS):
        while not await watching.fetchval(IS_WAITING):
            assert not committing.done()
            await asyncio.sleep(0.01)
        await sized(third, "known")
        await first.execute("COMMIT")
        await committing
    assert await first.fetchval("SELECT count(*) FROM facet_code WHERE value = 'new'") == 1
    assert await kept(first) == await facts(first)


async def test_values_that_many_find_at_once(connections: list[Any]) -> None:
    """Each has one code, in whatever order they are found."""

    async def work(connection: Any, number: int) -> None:
        for _ in range(10):
            async with connection.transaction():
                for size in Random(number).sample(range(40), 8):
                    await sized(connection, str(size))

    async with asyncio.TaskGroup() as group:
        for number, connection in enumerate(connections):
            group.create_task(work(connection, number))
    twice = "SELECT kind, value FROM facet_code GROUP BY kind, attribute_id, value HAVING count(*) > 1"
    assert await connections[0].fetch(twice) == []
    assert await kept(connections[0]) == await facts(connections[0])


async def test_a_value_with_two_codes(connections: list[Any]) -> None:
    """It may have them from before: its products are added up."""
    connection, *_ = connections
    await sized(connection, "twice")
    await connection.execute(
        "INSERT INTO facet_code SELECT kind, kind, NULL, value FROM facet_code WHERE value = 'twice'"
    )
    await sized(connection, "twice")
    found = "SELECT count(DISTINCT codes) FROM product_facets WHERE codes && facet_codes(3, '{twice}')"
    assert await connection.fetchval(found) == 2
    assert await kept(connection) == await facts(connection)


async def test_the_migration_reads_what_there_is(empty_database_url: str) -> None:
    config = migrations.config(empty_database_url)
    before = ScriptDirectory.from_config(config).get_revision("0025").down_revision
    await asyncio.to_thread(command.downgrade, config, before)
    connection = await asyncpg.connect(plain_url(empty_database_url))
    try:
        catalogue = Catalogue(Random(8))
        catalogue.draw(40)
        async with connection.transaction():
            await save(catalogue, connection)
        await asyncio.to_thread(migrations.upgrade, empty_database_url)
        there = await facts(connection)
        assert await kept(connection) == there
        assert len(there) == len(catalogue.products)
        assert Counter(map(bool, there.values()))[True] > 10
    finally:
        await connection.close()


LOCK_PRODUCT, LOCK_LISTING = (
    "UPDATE product SET title = title WHERE false",
    "UPDATE listing SET url = url WHERE false",
)


async def test_the_migration_is_in_no_deadlock_with_writers(connections: list[Any], fresh_url: str) -> None:
    """One that waits for a table holds no other: a writer who waited first would be ended in its place."""
    before, writer, watching, *_ = connections
    config = migrations.config(fresh_url)
    base = ScriptDirectory.from_config(config).get_revision("0025").down_revision
    await asyncio.to_thread(command.downgrade, config, base)

    async def until_waiting(number: int) -> None:
        while await watching.fetchval(IS_WAITING) < number:  # noqa: ASYNC110 - of other connections
            await asyncio.sleep(0.01)

    await before.execute(f"BEGIN; {LOCK_PRODUCT}")
    await writer.execute(f"BEGIN; {LOCK_LISTING}")
    migrating = asyncio.create_task(asyncio.to_thread(migrations.upgrade, fresh_url))
    await until_waiting(1)
    writing = asyncio.create_task(writer.execute(f"{LOCK_PRODUCT}; COMMIT"))
    await until_waiting(2)
    await before.execute("COMMIT")
    await writing
    await migrating
