"""An outage is answered once: what could not be read is not tried again, by whichever executor."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx2
import pytest
from structlog.testing import capture_logs

import application
from auth.secrets import Secrets
from database.reads import Reads
from database.statements import Statement
from settings import Settings
from tests.people import World
from tests.variables import changed

OLDEST = datetime(1971, 1, 1, tzinfo=UTC)
"""Of the products that `last` finds, whatever other tests have made."""
UNAVAILABLE = {"code": "UNAVAILABLE", "retryable": True}
ROOTS = "{ stores(first: 1) { totalCount } brands(first: 2) { nodes { id } } a: products(first: 1) { totalCount nodes { id } } }"
NESTED = """{ products(last: 4) { nodes { id brand { id products(first: 2) { totalCount nodes { id variants { id } } } }
    variants { id attributes { value } listings { id source { name } } product { id brand { name } } } } }
    stores(first: 2) { totalCount nodes { name } } }"""


class Failing:
    """Counts attempts, and lets some of them fail. Attempts are counted by the type of the rows that are asked for."""

    def __init__(self) -> None:
        self.connections = 0
        self.attempts: Counter[Statement] = Counter()
        self.error: BaseException | None = None
        self.types: frozenset[str] = frozenset()
        self.terminate_after: int | None = None


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Failing:
    found = Failing()
    run = Reads._run

    async def counted_run(self: Reads, statement: Statement, parameters: dict[str, Any]) -> Any:
        found.attempts[statement] += 1
        found.connections += self._connection is None
        if found.error is not None and statement.row.graphql_type in found.types:
            raise found.error
        rows = await run(self, statement, parameters)
        if found.terminate_after == found.attempts.total():
            self._connection.terminate()
        return rows

    monkeypatch.setattr(Reads, "_run", counted_run)
    return found


@pytest.fixture
async def small(settings: Settings, credentials: Secrets, database_url: str) -> Any:
    """An application with one connection to read by; it has made no plan yet."""
    given = {"database_pool_size": 1, "pool_wait_seconds": 0.3, "operation_seconds": 60}
    return application.create(changed(settings, **given), credentials, database_url)


@pytest.fixture(autouse=True)
async def products(world: World) -> None:
    for _ in range(4):
        brand = await world.brand()
        product = await world.product(brand_id=brand.id, created_at=OLDEST)
        for _ in range(2):
            await world.listing(await world.variant(product_id=product.id))


async def prepare(shop: World, small: Any, text: str, sight: str) -> None:
    """Let an operation be planned, or not."""
    for _ in range(2 if sight == "second" else 0):
        assert "errors" not in (await shop.nobody.send(text)).json()
    await asyncio.sleep(0)


def outcomes(app: Any) -> Counter[str]:
    """How operations were completed."""
    return app.graph.app._operations._executor.plans.outcomes  # type: ignore[no-any-return]


def extensions(answer: httpx2.Response) -> list[Any]:
    found = [error["extensions"] for error in answer.json()["errors"]]
    assert all(one.pop("reason") for one in found)
    return found


@pytest.mark.parametrize("sight", ["first", "second"])
class TestOnce:
    """By the reference executor, which runs what is met for the first time, and by a plan."""

    @pytest.mark.parametrize("text", [ROOTS, NESTED])
    async def test_no_connection(self, small: Any, shop: World, failing: Failing, sight: str, text: str) -> None:
        await prepare(shop, small, text, sight)
        async with small.state.resources.database.connections.connection():
            failing.connections = 0
            failing.attempts.clear()
            answer = await shop.nobody.send(text)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.json()["data"] is None
        assert all(one == UNAVAILABLE for one in extensions(answer))
        assert (failing.connections, failing.attempts.total()) == (1, 1)
        assert "errors" not in (await shop.nobody.send(text)).json()

    @pytest.mark.parametrize("after", range(1, 5))
    async def test_a_connection_that_is_lost(
        self, small: Any, shop: World, failing: Failing, sight: str, after: int
    ) -> None:
        await prepare(shop, small, NESTED, sight)
        failing.connections, failing.terminate_after = 0, after
        failing.attempts.clear()
        answer = await shop.nobody.send(NESTED)
        assert all(one == UNAVAILABLE for one in extensions(answer))
        assert (failing.connections, failing.attempts.total()) == (1, after + 1)
        failing.terminate_after = None
        assert "errors" not in (await shop.nobody.send(NESTED)).json()

    @pytest.mark.parametrize(
        "types",
        [
            ("ProductVariant",), ("Brand", "ProductVariant"), ("Listing", "Attribute", "Product"), ("Source", "Brand"),
            ("Store", "Listing"), ("Listing", "VariantAttribute", "Brand", "Source", "Product"),
        ],
    )  # fmt: skip
    async def test_statements_that_take_too_long(
        self, small: Any, shop: World, failing: Failing, sight: str, types: tuple[str, ...]
    ) -> None:
        """Several fields of one parent fail, some of them with errors that null the same part of the answer."""
        await prepare(shop, small, NESTED, sight)
        failing.error, failing.types = asyncpg.QueryCanceledError("statement timeout"), frozenset(types)
        failing.attempts.clear()
        before = Counter(outcomes(small))
        answer = await shop.nobody.send(NESTED)
        assert all(one == UNAVAILABLE for one in extensions(answer))
        assert answer.json().keys() == {"data", "errors"}
        failed = {one: count for one, count in failing.attempts.items() if one.row.graphql_type in types}
        assert failed
        assert set(failed.values()) == {1}
        if sight == "second":
            assert set(failing.attempts.values()) == {1}
            assert outcomes(small) - before in ({"recovered": 1}, {})  # a root field that failed is no plan's

    async def test_a_connection_that_is_used_twice_at_once(
        self, small: Any, shop: World, failing: Failing, sight: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """That is no outage, but a bug of ours, which is logged once."""
        await prepare(shop, small, NESTED, sight)
        run, using = Reads._run, []

        async def run_besides(self: Reads, statement: Statement, parameters: dict[str, Any]) -> Any:
            if statement.row.graphql_type == "ProductVariant":
                using.append(asyncio.create_task(self._connection.execute("SELECT pg_sleep(0.1)")))
                await asyncio.sleep(0)
            return await run(self, statement, parameters)

        with monkeypatch.context() as patched, capture_logs() as logs:
            patched.setattr(Reads, "_run", run_besides)
            answer = await shop.nobody.send(NESTED)
        await asyncio.gather(*using, return_exceptions=True)
        assert {one["extensions"]["code"] for one in answer.json()["errors"]} == {"INTERNAL"}
        assert [line["error"] for line in logs if line["event"] == "internal_error"] == ["InterfaceError"]
        assert "errors" not in (await shop.nobody.send(NESTED)).json()
