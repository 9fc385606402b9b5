"""How often one customer can begin payments and make orders."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest

import application
from auth.secrets import Secrets
from settings import RateLimitSettings, Settings
from tests.conftest import serving
from tests.graph import only
from tests.orders.test_create_order import line, on_sale, order
from tests.payments import payments
from tests.payments.sandbox import SandboxServer
from tests.payments.shopping import VISIT, begin, order_id, verify
from tests.people import World, word
from tests.variables import changed


@pytest.fixture
async def shop(
    settings: Settings, credentials: Secrets, database_url: str, world: World, sandbox: SandboxServer
) -> AsyncIterator[World]:
    """A server that allows three in a minute."""
    own = changed(settings, payments_per_minute=3)
    app = application.create(own, credentials, database_url)
    async with serving(app) as url, httpx2.AsyncClient(base_url=url, timeout=60) as http:
        yield replace(world, http=http)


def test_default() -> None:
    assert RateLimitSettings().payments_per_minute == 10


async def test_payments(shop: World, sandbox: SandboxServer) -> None:
    """Each one that Razorpay is asked about; what goes on is not counted, nor are those of others."""
    me, key = await shop.person(), word()
    bought = order_id(await payments.order(shop, me))
    first = await begin(me, orderId=bought)
    await begin(me, **VISIT, idempotencyKey=key)
    third = await begin(me, **VISIT)
    assert third["userErrors"] == []
    payload = await begin(me, **VISIT)
    assert (only(payload), payload["userErrors"][0]["code"]) == ("RateLimitedError", "RATE_LIMITED")
    assert 0 < payload["userErrors"][0]["retryAfter"] <= 60
    assert await shop.value("SELECT count(*) FROM payment WHERE customer_id = $1", me.key) == 3
    assert await begin(me, orderId=bought) == first
    assert (await begin(me, **VISIT, idempotencyKey=key))["userErrors"] == []
    assert (await begin(await shop.person(), **VISIT))["userErrors"] == []


async def test_retries_while_razorpay_is_down(shop: World, sandbox: SandboxServer) -> None:
    """They count, since each of them asks Razorpay."""
    me = await shop.person()
    bought = order_id(await payments.order(shop, me))
    await sandbox.behave(reply="html")
    kinds = [only(await begin(me, orderId=bought)) for _ in range(4)]
    assert kinds == ["PaymentProviderError"] * 3 + ["RateLimitedError"]


async def test_verifications(shop: World, sandbox: SandboxServer) -> None:
    """Beyond the limit a signature counts for what it says, and Razorpay is not asked how the attempt stands."""
    me = await shop.person()
    given = await sandbox.pay((await begin(me, **VISIT))["checkout"]["orderId"], "authorized")
    await sandbox.behave(webhooks="hold")
    assert [(await verify(me, given))["payment"]["status"] for _ in range(3)] == ["AUTHORIZED"] * 3
    await sandbox.move(given["razorpay_payment_id"], "captured")
    payload = await verify(me, given)
    assert (payload["payment"]["status"], payload["userErrors"]) == ("AUTHORIZED", [])
    other = await shop.person()
    bought = (await begin(other, **VISIT))["checkout"]["orderId"]
    assert (await verify(other, await sandbox.pay(bought)))["payment"]["status"] == "COMPLETED"


async def test_orders(shop: World) -> None:
    me, shirt, key = await shop.person(), await on_sale(shop), word()
    for name in (key, None, None):
        assert (await order(me, line(shirt), idempotencyKey=name))["userErrors"] == []
    assert only(await order(me, line(shirt))) == "RateLimitedError"
    assert (await order(me, line(shirt), idempotencyKey=key))["userErrors"] == []


class TestSettings:
    """`SESSION_PRICES`."""

    @pytest.mark.parametrize(
        "wrong", ["QUICK", "QUICK=", "QUICK=0", "QUICK=1.5", "SLOW=5", "QUICK=5,QUICK=6", "QUICK=-1"]
    )
    def test_wrong(self, wrong: str) -> None:
        with pytest.raises(ValueError, match="SESSION_PRICES must be like"):
            Settings(session_prices=wrong)

    def test_right(self) -> None:
        assert Settings(session_prices="QUICK=500, EXTENDED = 900").razorpay.session_prices == {
            "QUICK": 500,
            "EXTENDED": 900,
        }
