"""What the database cannot do in time is UNAVAILABLE, which may be tried again, and never INTERNAL (X4)."""

from dataclasses import replace
from typing import Any

import httpx2
import pytest
from sqlmodel import select

import application
from auth.secrets import Secrets
from models.customers import Customer
from settings import Settings
from tests.people import World, word
from tests.variables import changed
from tests.webhooks.clerk import Sender, user

CREATE = 'mutation { createWishlist(input: {name: "Desk"}) { wishlist { id } } }'
SHORT = {"database_pool_size": 1, "pool_wait_seconds": 0.2, "lock_seconds": 0.2}


@pytest.fixture
async def small(settings: Settings, credentials: Secrets, database_url: str) -> Any:
    """The application with one connection to read by and one to write by, and no patience."""
    return application.create(changed(settings, **SHORT), credentials, database_url)


def unavailable(answer: httpx2.Response) -> bool:
    """Whether that is all that the answer says."""
    (error,) = answer.json()["errors"]
    assert "too busy" in error["message"]
    committed = error["extensions"].pop("committed", False)
    assert error["extensions"].pop("reason") in {"no_free_connection", "lock_timeout"}
    said = answer.status_code, error["extensions"], committed
    return said == (503, {"code": "UNAVAILABLE", "retryable": True}, False)


class TestFullPool:
    """Nobody gives a connection back in the time that others wait for one."""

    async def test_to_write_by(self, small: Any, shop: World) -> None:
        me = await shop.person()
        await me.graph("{ viewer { id } }")  # which notes that they are here, once a minute
        async with small.state.resources.database.transaction() as tx:
            await tx.exec(select(1))
            assert unavailable(await me.graph.send(CREATE))
        assert (await me.graph.send(CREATE)).status_code == 200

    async def test_for_a_new_account_and_a_webhook(self, small: Any, shop: World, credentials: Secrets) -> None:
        token = shop.issuer.token(clerk_id := f"user_{word()}")
        graph = replace(shop.nobody, token=token)
        async with small.state.resources.database.transaction() as tx:
            await tx.exec(select(1))
            assert unavailable(await graph.send("{ viewer { id } }"))
            deliver = Sender(shop.http, credentials.clerk_webhook_secrets[0])
            answer = await deliver("user.created", user(clerk_id, updated_at=1_700_000_000_000))
            assert (answer.status_code, answer.json()["code"]) == (503, "effect_failed")
        assert (await graph("{ viewer { id } }"))["viewer"]

    async def test_to_read_by(self, small: Any, shop: World) -> None:
        async with small.state.resources.database.connections.connection():
            assert unavailable(await shop.nobody.send("{ stores(first: 1) { nodes { id } } }"))
        assert (await shop.nobody("{ stores(first: 1) { totalCount } }"))["stores"]


class TestLock:
    """Somebody holds what a mutation needs."""

    async def test_for_too_long(self, shop: World) -> None:
        me = await shop.person()
        await me.graph("{ viewer { id } }")
        async with shop.database.transaction() as tx:
            await tx.exec(select(Customer.id).where(Customer.id == me.key).with_for_update())
            assert unavailable(await me.graph.send(CREATE))
        assert (await me.graph.send(CREATE)).status_code == 200
