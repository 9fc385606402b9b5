"""A plan for any values is as good as one for the values given, for each statement that is to have only one.

PostgreSQL chooses it without knowing how many keys there are, how large the page is, and who asks. So every statement
is run both ways on a database of some size, in which a few have very many followers, products and items.
"""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest

from auth.viewer import ViewerKind
from database.statements import Statement
from demo import loading
from loaders.page_statements import count_statement, page_statement
from loaders.pages import NO_PARENT
from loaders.product_pages import Products, RankedProducts
from tests.architecture.every_loader import BATCHES, CONNECTIONS, joined_columns, needed, takes_text

TABLES = [
    "customer",
    "wishlist",
    "product",
    "product_variant",
    "store",
    "listing",
    "ticket",
    "brand",
    "category",
    "source",
    "solver",
    "session",
]
KEYS_OF_A_TABLE = 8
STAR = """
    WITH star AS (SELECT id FROM customer ORDER BY followers_count DESC LIMIT 1), made AS (
        INSERT INTO customer (id, clerk_id, username, is_private)
        SELECT gen_random_uuid(), 'crowd' || n, 'crowd' || n, false FROM generate_series(1, 20000) n RETURNING id)
    INSERT INTO follow (follower_id, followee_id, created_at)
    SELECT made.id, star.id, now() - random() * interval '300 days' FROM made, star
"""
PRODUCTS = """
    INSERT INTO product (id, slug, title, brand_id, created_at)
    SELECT gen_random_uuid(), 'plan-' || n, 'Common ' || CASE WHEN n % 5000 = 0 THEN 'zeppelin' ELSE 'dress' END,
        CASE WHEN n > 20 THEN (SELECT id FROM brand ORDER BY id LIMIT 1) ELSE (SELECT id FROM brand ORDER BY id DESC LIMIT 1) END,
        now() - random() * interval '300 days'
    FROM generate_series(1, 30000) n
"""
TICKETS = """
    INSERT INTO ticket (id, reference, description, created_at)
    SELECT gen_random_uuid(), 'plan-' || n, 'x', now() - random() * interval '300 days' FROM generate_series(1, 30000) n
"""
PARENTS = {
    "star": "SELECT id FROM customer ORDER BY followers_count DESC LIMIT 1",
    "largest list": "SELECT wishlist_id FROM wishlist_item GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
    "most lists": "SELECT owner_id FROM wishlist GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
    "largest brand": "SELECT brand_id FROM product WHERE brand_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
}
VIEWER = "SELECT id FROM customer ORDER BY following_customers_count DESC LIMIT 1"
PERIOD = {"bucket": "day", "hours": 24, "first": "2026-09-01", "last": "2026-11-30", "at": "2026-11-30"}
FREE_BLOCKS, BLOCKS_OF_A_KEY, TOLERANCE = 50, 2, 1.5


@pytest.fixture(scope="module")
async def large(empty_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to demo data with a few extremes."""
    await loading.load(empty_database_url, 1, progress=False)
    connection = await asyncpg.connect(empty_database_url, command_timeout=300)
    for sql in (STAR, PRODUCTS, TICKETS, "VACUUM ANALYZE"):
        await connection.execute(sql)
    await connection.execute("SET jit = off; SET enable_memoize = off")
    yield connection
    await connection.close()


def literal(value: Any) -> str:
    """Write a parameter of EXECUTE."""
    if isinstance(value, list | tuple):
        return "'{" + ",".join(str(one) for one in value) + "}'"
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


async def blocks(connection: asyncpg.Connection, mode: str, statement: Statement, given: dict[str, Any]) -> int:
    """Count the blocks that a statement reads with one kind of plan."""
    written = ", ".join(literal(value) for value in statement.arguments(given))
    await connection.execute(f"SET plan_cache_mode = {mode}; PREPARE tried AS {statement.sql}")
    try:
        explained = await connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE tried({written})")
    finally:
        await connection.execute("DEALLOCATE tried; RESET plan_cache_mode")
    plan = json.loads(explained)[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


async def is_as_good(connection: asyncpg.Connection, statement: Statement, given: dict[str, Any]) -> bool:
    """Whether the generic plan reads about as little as the one for these values, but for looking up each key."""
    custom = await blocks(connection, "force_custom_plan", statement, given)
    generic = await blocks(connection, "force_generic_plan", statement, given)
    return generic <= TOLERANCE * custom + FREE_BLOCKS + BLOCKS_OF_A_KEY * len(given["keys"])


def cases(
    viewer: ViewerKind, keys: list[Any], parents: dict[str, Any]
) -> Iterator[tuple[str, Statement, dict[str, Any]]]:
    """Every statement without filters, with keys and parents of all kinds."""
    for batch in BATCHES:
        wanted = ["x"] if takes_text(batch) else keys
        given = {"keys": wanted, "size": 10, **PERIOD}
        yield batch.__name__, batch.statement(viewer), given
        if joined := joined_columns(batch.graphql_type):
            yield f"{batch.__name__} with others", batch.statement(viewer, joined), given
    for connection in CONNECTIONS:
        filters: Any = needed(connection, viewer)
        page = page_statement(connection, viewer, frozenset(), 0, 0, False)
        joined = page_statement(
            connection, viewer, frozenset(), 0, 0, False, joined_columns(connection.graphql_type) or None
        )
        count = count_statement(connection, viewer, frozenset())
        for name, chosen in [*parents.items(), ("all", keys)]:
            wanted = chosen if name == "all" else [chosen]
            yield f"{connection.__name__} of {name}", page, {"keys": wanted, "size": 21} | filters
            if joined.row.joined:
                yield f"{connection.__name__} of {name} with others", joined, {"keys": wanted, "size": 21} | filters
        yield f"the count of {connection.__name__}", count, {"keys": [parents["star"]]} | filters


@pytest.mark.parametrize("viewer", ViewerKind)
async def test_every_statement_without_filters(large: asyncpg.Connection, viewer: ViewerKind) -> None:
    keys = []
    for table in TABLES:
        chosen = f'SELECT id FROM "{table}" ORDER BY md5(id::text) LIMIT {KEYS_OF_A_TABLE}'
        keys += [row["id"] for row in await large.fetch(chosen)]
    parents = {name: await large.fetchval(sql) for name, sql in PARENTS.items()}
    always = {"viewer": await large.fetchval(VIEWER), "currency": "AED"}
    tried = list(cases(viewer, keys, parents))
    assert len(tried) > len(CONNECTIONS) * len(parents)
    generic = [one for one in tried if not one[1].custom_plan]
    assert len(generic) > len(tried) / 2
    assert [name for name, *one in generic if not await is_as_good(large, one[0], always | one[1])] == []


class TestFilters:
    """The values of these filters decide the plan."""

    @pytest.mark.parametrize("given", [{"search"}, {"brands"}, {"category"}, {"search", "brands", "category"}])
    def test_have_plans_of_their_own(self, given: set[str]) -> None:
        for connection in (Products, RankedProducts):
            assert page_statement(connection, ViewerKind.CUSTOMER, frozenset(given), 0, 0, False).custom_plan
            assert count_statement(connection, ViewerKind.CUSTOMER, frozenset(given)).custom_plan

    async def test_one_plan_would_not_do(self, large: asyncpg.Connection) -> None:
        page = page_statement(Products, ViewerKind.CUSTOMER, frozenset({"search"}), 0, 0, False)
        always = {"keys": [NO_PARENT], "size": 21, "viewer": None, "currency": "AED"}
        good = [await is_as_good(large, page, always | {"search": word}) for word in ("common", "zeppelin")]
        assert not all(good)
