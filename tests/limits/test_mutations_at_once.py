"""One customer has few mutations running at once: the sixth is refused, and does nothing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest

import application
from auth.secrets import Secrets
from settings import Settings
from tests.conftest import serving
from tests.people import World
from tests.variables import changed

CREATE = 'mutation { createWishlist(input: {name: "Desk"}) { wishlist { id } } }'


@pytest.fixture
async def shop(settings: Settings, credentials: Secrets, database_url: str, world: World) -> AsyncIterator[World]:
    app = application.create(changed(settings, mutations_at_once=5), credentials, database_url)
    async with serving(app) as url, httpx2.AsyncClient(base_url=url, timeout=60) as http:
        yield replace(world, http=http)


async def lists(world: World, key: Any) -> int:
    return int(await world.value("SELECT count(*) FROM wishlist WHERE owner_id = $1 AND NOT is_default", key))


async def test_anonymous_is_not_counted(shop: World) -> None:
    answers = await asyncio.gather(*(shop.nobody.send(CREATE) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {200}


async def test_the_sixth(shop: World) -> None:
    me, other = await shop.person(), await shop.person()
    for one in (me, other):
        await one.graph("{ viewer { id } }")
    async with shop.database.pool.acquire() as connection:
        async with connection.transaction():
            await connection.execute("SELECT FROM customer WHERE id = $1 FOR UPDATE", me.key)
            sent = [asyncio.create_task(me.graph.send(CREATE)) for _ in range(8)]
            done, waiting = await asyncio.wait(sent, timeout=10, return_when=asyncio.FIRST_COMPLETED)
            while len(done) < 3:
                more, waiting = await asyncio.wait(waiting, timeout=10, return_when=asyncio.FIRST_COMPLETED)
                assert more
                done |= more
            for refused in done:
                response = refused.result()
                (error,) = response.json()["errors"]
                assert (response.status_code, response.headers["retry-after"]) == (429, "1")
                assert (error["extensions"]["code"], error["extensions"]["retryable"]) == ("RATE_LIMITED", True)
            assert (await me.graph.send("{ viewer { id } }")).status_code == 200
            assert (await other.graph.send(CREATE)).status_code == 200
        answers = await asyncio.gather(*waiting)
    assert [answer.status_code for answer in answers] == [200] * 5
    assert await lists(shop, me.key) == 5
    assert (await me.graph.send(CREATE)).status_code == 200
