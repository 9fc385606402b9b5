"""Building the database of 200,000 products: rows first, then whatever triggers would have kept, then the indexes.

Two connections work at the same time. What is kept beside the rows is written by the functions that the triggers call.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import asyncpg

from actions import facet_counts
from database.engine import Database
from database.urls import plain_url
from jobs.kinds import WorkContext
from settings import Settings
from tests.large import rows

FAST = "SET session_replication_role = replica; SET work_mem = '128MB'; SET maintenance_work_mem = '256MB'"
"""As a replica, a session runs neither triggers nor checks of foreign keys."""
INDEXES = """
    SELECT conname AS name, format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
        format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS definition
    FROM pg_constraint WHERE conrelid = ANY ($1::regclass[]) AND contype = 'u'
    UNION ALL
    SELECT relname, format('DROP INDEX %I', relname), pg_get_indexdef(indexrelid)
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indrelid = ANY ($1::regclass[]) AND NOT indisunique
"""
BIG = (
    "product", "product_variant", "listing", "attribute_value", "image", "product_search", "price_change",
    "product_price", "variant_price",
)  # fmt: skip
FUNCTIONS = """
    SELECT proname FROM pg_proc WHERE proname LIKE 'refresh\\_%' AND proargtypes[0] = 'uuid[]'::regtype AND pronargs = 1
    ORDER BY proname
"""
"""Those that triggers call with the ids of products, such as `refresh_prices`."""
READ_WHILE_BUILDING = (
    "product_variant_product_idx", "listing_variant_idx", "attribute_value_variant_id_attribute_id_value_key",
)  # fmt: skip


async def build(url: str) -> None:
    """Fill a migrated database."""
    async with connected(url) as left, connected(url) as right:
        found = await left.fetch(INDEXES, list(BIG))
        early, late = [], []
        for one in found:
            await left.execute(one["drop"])
            (early if one["name"] in READ_WHILE_BUILDING else late).append(one["definition"])
        kept = [sql for row in await left.fetch(FUNCTIONS) for sql in rows.kept_by(row["proname"])]
        assert kept
        by_products = [rows.PRODUCT_ROWS, rows.VARIANT_ROWS, rows.ATTRIBUTE_VALUES, rows.IMAGES]
        for stage in (
            [rows.SENTENCES + ";" + rows.SMALL + rows.CATEGORIES],
            [*rows.LISTING_ROWS, *by_products],
            early,
            ["ANALYZE"],
            [*kept, rows.PRICE_CHANGES],
            late,
            ["DROP TABLE sentence", "VACUUM ANALYZE"],
        ):
            queue = iter(stage)
            await asyncio.gather(run(left, queue), run(right, queue))
    database = await Database.connect(url, size=1, statement=60, lock=2, wait=5)
    try:
        await facet_counts.keep(WorkContext(Settings(), database, asyncio.Event()))
    finally:
        await database.close()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Connect without triggers."""
    connection = await asyncpg.connect(plain_url(url), command_timeout=300)
    try:
        await connection.execute(FAST)
        yield connection
    finally:
        await connection.close()


async def run(connection: asyncpg.Connection, queue: Iterator[str]) -> None:
    """Run what is next, until there is nothing left."""
    for sql in queue:
        await connection.execute("SELECT setseed(0.5)")  # the same rows, whichever connection runs the statement
        await connection.execute(sql)
