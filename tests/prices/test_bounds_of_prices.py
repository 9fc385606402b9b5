"""The lowest and highest prices of a database that listings are written to while it is migrated."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from alembic import command
from alembic.script import ScriptDirectory

import migrations
from tests.patience import SECONDS
from tests.prices.kept import broken

IS_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
SELL = """
    INSERT INTO listing (id, variant_id, source_id, url, currency, price_minor, availability)
    SELECT gen_random_uuid(), variant, $2, 'https://source.example', 'AED', $3, 'IN_STOCK' FROM unnest($1::uuid[]) variant
"""


@pytest.fixture
async def connections(fresh_url: str) -> AsyncIterator[list[Any]]:
    """Connections to a database without bounds."""
    config = migrations.config(fresh_url)
    before = ScriptDirectory.from_config(config).get_revision("0035").down_revision
    await asyncio.to_thread(command.downgrade, config, before)
    made = [await asyncpg.connect(fresh_url) for _ in range(3)]
    yield made
    for connection in made:
        await connection.close()


async def product(connection: Any) -> UUID:
    """Make a product with a variant, all of one id."""
    key = uuid4()
    await connection.execute("INSERT INTO product (id, slug, title) VALUES ($1, $2, 'Shirt')", key, str(key))
    sql = "INSERT INTO product_variant (id, product_id, sku, position) VALUES ($1, $1, $2, 0)"
    await connection.execute(sql, key, str(key))
    return key


async def source(connection: Any) -> UUID:
    sql = "INSERT INTO source (id, name, slug, base_url) VALUES ($1, $2, $2, 'https://source.example')"
    await connection.execute(sql, key := uuid4(), str(key))
    return key


async def test_prices_that_were_being_computed(connections: list[Any], fresh_url: str) -> None:
    """Whoever began with them as before the migration, and has not committed yet, is waited for."""
    before, writer, watching = connections
    key, one = await product(watching), await source(watching)

    async def until_waiting(number: int) -> None:
        while await watching.fetchval(IS_WAITING) < number:  # noqa: ASYNC110 - of other connections
            await asyncio.sleep(0.01)

    async with asyncio.timeout(SECONDS):
        await before.execute("BEGIN; LOCK TABLE product_price IN ROW EXCLUSIVE MODE")
        migrating = asyncio.create_task(asyncio.to_thread(migrations.upgrade, fresh_url))
        await until_waiting(1)
        await writer.execute("BEGIN")
        writing = asyncio.create_task(writer.execute(SELL, [key], one, 5_000))
        await until_waiting(2)
        await before.execute("COMMIT")
        await writing
        await until_waiting(1)
        await writer.execute("COMMIT")
        await migrating
    assert await broken(watching) == {}
    assert await watching.fetchval("SELECT highest_minor FROM product_price") == 5_000
