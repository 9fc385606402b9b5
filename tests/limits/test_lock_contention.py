"""Mutations that wait for one row keep neither reads nor other mutations waiting."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

import application
from auth.secrets import Secrets
from settings import Settings
from tests.conftest import serving
from tests.people import Person, World, word
from tests.variables import changed

CREATE = 'mutation { createWishlist(input: {name: "Desk"}) { wishlist { id } } }'
READ = "{ stores(first: 1) { totalCount } viewer { id } }"
FOLLOWERS = 60


@pytest.fixture
async def small(settings: Settings, credentials: Secrets, database_url: str) -> Any:
    """An application of 4 connections to read by and 4 to write by, and of little patience where none is free."""
    given = {"database_pool_size": 4, "pool_wait_seconds": 1, "concurrent_requests": 128}
    return application.create(changed(settings, **given), credentials, database_url)


async def people(shop: World, count: int) -> list[Person]:
    """Make customers who were here a moment ago, so that nothing is noted about that."""
    made = [await shop.person() for _ in range(count)]
    await shop.execute("UPDATE customer SET last_active_at = now() WHERE id = ANY($1)", [one.key for one in made])
    return made


async def until(condition: Any) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def waiting(app: Any) -> int:
    """How many mutations are at a row, or wait for their turn."""
    return max((row.users for row in app.state.resources.database.locks._rows.values()), default=0)


async def test_a_locked_row(small: Any, shop: World) -> None:
    liked, *others = await people(shop, FOLLOWERS + 21)
    followers, unrelated = others[:FOLLOWERS], others[FOLLOWERS:]
    async with shop.database.pool.acquire() as connection:
        async with connection.transaction():
            await connection.execute("SELECT FROM customer WHERE id = $1 FOR UPDATE", liked.key)
            sent = [
                asyncio.create_task(one.graph.mutate("followCustomer", "__typename", customerId=liked.id))
                for one in followers
            ]
            await until(lambda: waiting(small) == FOLLOWERS)
            reads = await asyncio.gather(*(one.graph.send(READ) for one in unrelated))
            assert [(answer.status_code, "errors" in answer.json()) for answer in reads] == [(200, False)] * 20
            writes = await asyncio.gather(*(one.graph.send(CREATE) for one in unrelated))
            assert [(answer.status_code, "errors" in answer.json()) for answer in writes] == [(200, False)] * 20
            assert not any(one.done() for one in sent)
        assert [one["userErrors"] for one in await asyncio.gather(*sent)] == [[]] * FOLLOWERS
    assert await shop.value("SELECT followers_count FROM customer WHERE id = $1", liked.key) == FOLLOWERS
    assert small.state.resources.database.locks._rows == {}


async def test_a_new_account_does_not_wait_with_a_connection_to_read_by(small: Any, shop: World) -> None:
    database = small.state.resources.database
    clerk_ids = [f"user_{word()}" for _ in range(4)]
    graphs = [replace(shop.nobody, token=shop.issuer.token(clerk_id)) for clerk_id in clerk_ids]
    async with shop.database.pool.acquire() as connection:
        async with connection.transaction():
            for clerk_id in clerk_ids:
                await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"clerk:{clerk_id}")
            sent = [asyncio.create_task(graph.send(READ)) for graph in graphs]
            await until(lambda: database.is_busy)
            assert (await shop.nobody.send("{ stores(first: 1) { totalCount } }")).status_code == 200
        assert {answer.status_code for answer in await asyncio.gather(*sent)} == {200}


async def test_a_busy_database_keeps_no_query_waiting_to_note_that_somebody_is_here(small: Any, shop: World) -> None:
    me = await shop.person()
    database = small.state.resources.database
    held = [await database.writing.acquire() for _ in range(4)]
    try:
        assert (await me.graph.send(READ)).status_code == 200
        assert await shop.value("SELECT last_active_at FROM customer WHERE id = $1", me.key) is None
    finally:
        for connection in held:
            database.writing.release(connection)
    assert (await me.graph.send(READ)).status_code == 200
    assert await shop.value("SELECT last_active_at FROM customer WHERE id = $1", me.key)


async def test_a_database_that_takes_no_writes_is_not_asked_again_at_once(
    settings: Settings, credentials: Secrets, database_url: str, world: World
) -> None:
    app = application.create(changed(settings, lock_seconds=0.5), credentials, database_url)
    async with serving(app) as url, httpx2.AsyncClient(base_url=url, timeout=60) as http:
        people = [await replace(world, http=http).person() for _ in range(4)]
        with capture_logs() as lines:
            async with world.database.pool.acquire() as connection, connection.transaction():
                await connection.execute("LOCK TABLE customer IN EXCLUSIVE MODE")
                for _ in range(3):  # the first time, all of them try it at once
                    answers = await asyncio.gather(*(one.graph.send(READ) for one in people))
                    assert [answer.status_code for answer in answers] == [200] * 4
    assert [line["event"] for line in lines].count("last_active_not_written") == 1


async def test_a_turn_that_does_not_come(
    settings: Settings, credentials: Secrets, database_url: str, world: World
) -> None:
    """Who waits in the process waits no longer than for a lock."""
    given = {"lock_seconds": 0.5, "database_pool_size": 4}
    app = application.create(changed(settings, **given), credentials, database_url)
    async with serving(app) as url, httpx2.AsyncClient(base_url=url, timeout=60) as http:
        me = await replace(world, http=http).person()
        async with world.database.pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT FROM customer WHERE id = $1 FOR UPDATE", me.key)
            answers = await asyncio.gather(*(me.graph.send(CREATE) for _ in range(8)))
        codes = [(answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) for answer in answers]
        assert codes == [(503, "UNAVAILABLE")] * 8
        assert app.state.resources.database.locks._rows == {}
        assert (await me.graph.send(CREATE)).json()["data"]
