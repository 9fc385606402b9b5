"""Queries that cost more than 1,000: one at a time, and only for as long as their client is there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx2
import orjson
import pytest

from models import ids
from tests.patience import SECONDS
from tests.people import World

LARGE = "{ products(first: 100) { nodes { id variants(first: 10) { id listings(first: 1) { id } } } } }"
SMALL = "query ($id: ID!) { node(id: $id) { ... on ProductVariant { listings(first: 1) { id } } } }"
WAITING = """SELECT count(*) FROM pg_locks JOIN pg_class ON relation = pg_class.oid
    WHERE NOT granted AND relname = 'listing' AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"""


@asynccontextmanager
async def listings_locked(world: World) -> AsyncIterator[None]:
    async with world.database.pool.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE listing IN ACCESS EXCLUSIVE MODE")
        yield


async def until_waiting(world: World, number: int) -> None:
    async with asyncio.timeout(SECONDS):
        while await world.value(WAITING) != number:  # noqa: ASYNC110 - nobody tells us of locks in the database
            await asyncio.sleep(0.02)


@pytest.fixture
async def variant(world: World) -> str:
    """Of the newest product, so that large queries read its listings."""
    return ids.encode("ProductVariant", (await world.variant()).id)


@pytest.mark.usefixtures("variant")
class TestLargeQueries:
    async def test_anonymous_who_leaves(self, world: World, address: str) -> None:
        """The statement is cancelled, and so the slot is free for the next one."""
        body = orjson.dumps({"query": LARGE})
        head = f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        async with listings_locked(world):
            _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(address).port)
            writer.write(head.encode() + body)
            await until_waiting(world, 1)
            writer.close()
            await until_waiting(world, 0)
        assert "errors" not in (await world.nobody.send(LARGE)).json()

    async def test_one_at_a_time(self, world: World, variant: str) -> None:
        async with listings_locked(world):
            sent = [asyncio.create_task(world.nobody.send(LARGE)) for _ in range(3)]
            await until_waiting(world, 1)
            small = asyncio.create_task(world.nobody.send(SMALL, id=variant))
            await until_waiting(world, 2)
            assert (await world.nobody.send("{ viewer { id } }")).status_code == 200
        answers: list[httpx2.Response] = await asyncio.gather(*sent, small)
        assert all("errors" not in answer.json() for answer in answers)
