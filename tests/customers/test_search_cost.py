"""What a page of `searchCustomers` costs at a million customers, of whom a hundred thousand match (C6, G2)."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from auth.viewer import ViewerKind
from database.urls import plain_url
from loaders.customers import FoundCustomers, search_filters
from loaders.page_statements import count_statement, page_statement
from loaders.pages import NO_PARENT

MILLION, MATCHES, PAGE = 1_000_000, 100_000, 50
BY_USERNAME, BY_NAME = "username", "name"
CUSTOMERS = """INSERT INTO customer (id, clerk_id, username, name)
    SELECT lpad(to_hex(n), 32, '0')::uuid, 'user_' || n,
        CASE WHEN n % 10 = 3 THEN 'omar' || n ELSE 'u' || substr(md5(n::text), 1, 15) END,
        (array['Lina', 'Sara', 'Noor', 'Omar', 'Adam', 'Yara', 'Zaid', 'Hana', 'Rami', 'Dima'])[1 + n % 10]
            || ' f' || (n / 10) % 1000
    FROM generate_series(1, $1::int) AS n"""
WORDS = """INSERT INTO customer_name_word (customer_id, word, username)
    SELECT id, unnest(tsvector_to_array(to_tsvector('simple', name))), lower(username) FROM customer"""
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename LIKE 'customer%' AND indexname LIKE '%idx'"
DEEP = {
    BY_USERNAME: "SELECT 0 AS rank, '' AS word, username, id FROM customer WHERE username LIKE 'omar%' "
    'ORDER BY lower(username COLLATE "C") OFFSET 60000 LIMIT 1',
    BY_NAME: "SELECT 1 AS rank, word, username, customer_id FROM customer_name_word WHERE word = 'lina' "
    "ORDER BY username OFFSET 60000 LIMIT 1",
}
TERMS = {BY_USERNAME: "omar", BY_NAME: "lina"}


@pytest.fixture(scope="module")
async def million(empty_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A million customers; indexes are made anew afterwards, which takes half the time."""
    connection = await asyncpg.connect(plain_url(empty_database_url), command_timeout=300)
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        indexes = await connection.fetch(INDEXES)
        for row in indexes:
            await connection.execute(f"DROP INDEX {row['indexname']}")
        await connection.execute(CUSTOMERS, MILLION)
        await connection.execute(WORDS)
        for row in indexes:
            await connection.execute(row["indexdef"])
    await connection.execute("VACUUM ANALYZE customer, customer_name_word")
    yield connection
    await connection.close()


async def explain(connection: asyncpg.Connection, mode: str, statement: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Run a statement as a server does that has prepared it, and give its plan."""
    given = statement.values | {"keys": [NO_PARENT], "size": PAGE + 1, "viewer": UUID(int=7)} | values
    plain = {name: str(value).replace("'", "''") for name, value in given.items()} | {"keys": f"{{{NO_PARENT}}}"}
    written = [f"'{plain[name]}'" for name in statement.names]
    await connection.execute(f"SET plan_cache_mode = {mode}; PREPARE page AS {statement.sql}")
    explained = await connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE page({', '.join(written)})")
    await connection.execute("DEALLOCATE page; RESET plan_cache_mode")
    plan: dict[str, Any] = json.loads(explained)[0]["Plan"]
    return plan


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the nodes of a plan, itself first."""
    return [plan, *(node for below in plan.get("Plans", ()) for node in nodes(below))]


def blocks(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


class TestPlan:
    @pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
    @pytest.mark.parametrize("position", ["", "after", "before"])
    @pytest.mark.parametrize("branch", [BY_USERNAME, BY_NAME])
    @pytest.mark.parametrize("viewer", list(ViewerKind), ids=lambda viewer: viewer.name)
    async def test_reads_no_more_than_the_page(
        self, million: asyncpg.Connection, viewer: ViewerKind, branch: str, position: str, mode: str
    ) -> None:
        """From an index in the order of the answer, at whatever place."""
        deep = list((await million.fetchrow(DEEP[branch])).values())
        number = FoundCustomers.branch_of(tuple(deep))
        after, before = (number if position == name else 0 for name in ("after", "before"))
        statement = page_statement(FoundCustomers, viewer, frozenset(), after, before, position == "before")
        values = {f"{position}_{n}": value for n, value in enumerate(deep)}
        plan = await explain(million, mode, statement, dict(search_filters(TERMS[branch])) | values)
        assert plan["Actual Rows"] == PAGE + 1
        for node in nodes(plan):
            assert node["Actual Rows"] * node["Actual Loops"] <= 2 * PAGE + 2, node
            assert node.get("Rows Removed by Filter", 0) * node["Actual Loops"] <= PAGE, node
        assert blocks(plan) <= 15 * PAGE

    @pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
    async def test_second_word(self, million: asyncpg.Connection, mode: str) -> None:
        """Those who have the longest word alone are looked at, too: here nine of ten."""
        statement = page_statement(FoundCustomers, ViewerKind.ANONYMOUS, frozenset(), 0, 0, False)
        plan = await explain(million, mode, statement, dict(search_filters("lina f5")))
        assert plan["Actual Rows"] == PAGE + 1
        assert blocks(plan) <= 15 * PAGE * 10

    async def test_count(self, million: asyncpg.Connection) -> None:
        """Matches are counted up to a maximum, in a statement of its own that runs only if `totalCount` is selected."""
        statement = count_statement(FoundCustomers, ViewerKind.CUSTOMER, frozenset())
        for term in TERMS.values():
            values = {"keys": [NO_PARENT], "viewer": UUID(int=7)} | dict(search_filters(term))
            row = await million.fetchrow(statement.sql, *statement.arguments(values))
            assert row["count"] == FoundCustomers.max_count < MATCHES
