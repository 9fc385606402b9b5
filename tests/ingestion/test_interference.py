"""`ingestProducts` beside transactions that delete or create what it needs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from actions import ingestion
from database.urls import plain_url
from tests.graph import Failed
from tests.ingestion.samples import item
from tests.patience import SECONDS
from tests.people import Person, World, word

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE $1::int = ANY (pg_blocking_pids(pid))"


@asynccontextmanager
async def until_somebody_waits(url: str, sql: str, *values: Any) -> AsyncIterator[None]:
    """Run a statement whose transaction is committed when another one waits for it."""
    other, watching = await asyncpg.connect(plain_url(url)), await asyncpg.connect(plain_url(url))
    pid = other.get_server_pid()

    async def commit() -> None:
        async with asyncio.timeout(SECONDS):
            while not await watching.fetchval(WAITING, pid):  # noqa: ASYNC110 - nothing says so but PostgreSQL
                await asyncio.sleep(0.01)
        await transaction.commit()

    transaction = other.transaction()
    await transaction.start()
    await other.execute(sql, *values)
    committing = asyncio.create_task(commit())
    try:
        yield
    finally:
        await committing
        await other.close()
        await watching.close()


async def ingest(world: World, *products: dict[str, Any]) -> dict[str, Any]:
    person: Person = await world.person(role="SERVICE")
    payload: dict[str, Any] = await person.graph.mutate("ingestProducts", "accepted created", products=list(products))
    return payload


async def listed_at(world: World) -> tuple[dict[str, Any], str]:
    """An item, and the slug of its store, which is there already."""
    store, given = (await world.store(slug=word().lower())).slug, item()
    given["listings"][0]["store"] = {"slug": store}
    return given, store


class TestStoreIsDeleted:
    """Between being found and being referred to, which waits for the end of the other transaction."""

    DELETE = "DELETE FROM store WHERE slug = $1"

    async def test_is_created_again(self, world: World, database_url: str) -> None:
        given, store = await listed_at(world)
        async with until_somebody_waits(database_url, self.DELETE, store):
            payload = await ingest(world, given)
        assert (payload["created"], payload["userErrors"]) == (1, [])
        found = "SELECT count(*) FROM listing JOIN store ON store.id = store_id WHERE slug = $1"
        assert await world.value(found, store) == 1

    async def test_too_often(self, world: World, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ingestion, "TRIES", 1)
        given, store = await listed_at(world)
        with pytest.raises(Failed) as failed:
            async with until_somebody_waits(database_url, self.DELETE, store):
                await ingest(world, given)
        extensions = failed.value.args[0][0]["extensions"]
        assert (extensions["code"], extensions["reason"]) == ("UNAVAILABLE", "serialization_failure")
        assert extensions["retryable"]
        assert await world.value("SELECT count(*) FROM product_variant WHERE sku = $1", given["sku"]) == 0
        assert (await ingest(world, given))["created"] == 1


class TestProductIsCreated:
    INSERT = "INSERT INTO product (id, slug, title) VALUES (gen_random_uuid(), $1, 'Theirs')"

    async def test_gets_the_variant(self, world: World, database_url: str) -> None:
        given = item()
        async with until_somebody_waits(database_url, self.INSERT, given["product"]["slug"]):
            assert (await ingest(world, given))["created"] == 1
        assert await world.value("SELECT title FROM product WHERE slug = $1", given["product"]["slug"]) == "Linen shirt"

    async def test_too_often(self, world: World, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ingestion, "TRIES", 1)
        given = item()
        with pytest.raises(Failed) as failed:
            async with until_somebody_waits(database_url, self.INSERT, given["product"]["slug"]):
                await ingest(world, given)
        assert failed.value.args[0][0]["extensions"]["reason"] == "serialization_failure"
