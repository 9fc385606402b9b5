"""Payments and refunds while Razorpay is slow, is down or answers nonsense: a clear error, and the retry finds what there is."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import asyncpg
import httpx2
import pytest

import application
from auth.secrets import Secrets
from settings import Settings
from tests.conftest import serving
from tests.graph import only
from tests.payments import payments
from tests.payments.sandbox import SandboxServer
from tests.payments.shopping import (
    VISIT,
    begin,
    key_of,
    money,
    order_id,
    orders_at,
    paid,
    refund,
    refunded_at,
    row_of,
    verify,
)
from tests.people import World, word
from tests.variables import changed

ASKING = """
    SELECT (SELECT count(*) FROM payment WHERE customer_id = ANY($1) AND razorpay_order_id IS NULL),
        (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in trans%')
"""
"""How many payments are committed that Razorpay has made no order for yet, and how many transactions wait."""
FAULTS = ("html", "server_error", "gateway_error", "not_json", "redirect", "lost")


@pytest.fixture(autouse=True)
def closed(app: Any) -> Iterator[None]:
    """Razorpay was well before, and is so after."""
    yield
    app.state.resources.razorpay.calls.circuit.succeed()


@pytest.fixture
async def hasty(settings: Settings, credentials: Secrets, database_url: str, world: World) -> AsyncIterator[World]:
    """A server with few connections that does not wait long for Razorpay."""
    own = changed(settings, razorpay_read_seconds=1.5, database_pool_size=2)
    app = application.create(own, credentials, database_url)
    async with serving(app) as url, httpx2.AsyncClient(base_url=url, timeout=60) as http:
        yield replace(world, http=http)


class TestCreate:
    """The payment stays pending, and the same request once more goes on with it."""

    @pytest.mark.parametrize("done", [False, True])
    @pytest.mark.parametrize("reply", FAULTS)
    async def test_faults(self, world: World, sandbox: SandboxServer, reply: str, *, done: bool) -> None:
        """Whether or not Razorpay has made the order, in the end there is one."""
        me = await world.person()
        order = order_id(await payments.order(world, me))
        await sandbox.behave(reply=reply, done=done, same_receipt="duplicate")
        payload = await begin(me, orderId=order)
        (problem,) = payload["userErrors"]
        assert (problem["__typename"], problem["provider"], problem["code"]) == (
            "PaymentProviderError", "UNAVAILABLE", "UNAVAILABLE",
        )  # fmt: skip
        assert payload["payment"] is payload["checkout"] is None
        row = await row_of(world, me)
        assert (row["status"], row["razorpay_order_id"]) == ("PENDING", None)
        await sandbox.behave(same_receipt="duplicate")
        made = await begin(me, orderId=order)
        assert key_of(made["payment"]["id"]) == row["id"]
        assert [one["id"] for one in await orders_at(sandbox, made)] == [made["checkout"]["orderId"]]

    @pytest.mark.parametrize("key", [None, "k"])
    async def test_any_amount(self, world: World, sandbox: SandboxServer, key: str | None) -> None:
        """By its idempotency key; without one, since nobody could pay the first."""
        me = await world.person()
        await sandbox.behave(reply="lost")
        assert only(await begin(me, **VISIT, idempotencyKey=key)) == "PaymentProviderError"
        await sandbox.behave(same_receipt="duplicate")
        made = await begin(me, **VISIT, idempotencyKey=key)
        assert len(await orders_at(sandbox, made)) == 1
        await row_of(world, me)

    async def test_slow(self, hasty: World, sandbox: SandboxServer) -> None:
        me = await hasty.person()
        order = order_id(await payments.order(hasty, me))
        await sandbox.behave(delay_seconds=3, on="POST /v1/orders", same_receipt="duplicate")
        payload = await begin(me, orderId=order)
        assert (only(payload), payload["userErrors"][0]["provider"]) == ("PaymentProviderError", "TIMEOUT")
        assert (await row_of(hasty, me))["status"] == "PENDING"
        await sandbox.behave(same_receipt="duplicate")
        assert len(await orders_at(sandbox, await begin(me, orderId=order))) == 1

    async def test_nothing_is_held_meanwhile(self, hasty: World, sandbox: SandboxServer, database_url: str) -> None:
        """While Razorpay is asked no transaction is open, and others get connections, of which there are two."""
        people = [await hasty.person() for _ in range(6)]
        await sandbox.behave(delay_seconds=1.2, on="POST /v1/orders")
        asked = [asyncio.create_task(begin(who, **VISIT)) for who in people]
        seen = []
        async with asyncpg.create_pool(database_url, min_size=1, max_size=1) as pool:
            while not any(task.done() for task in asked):
                seen.append(tuple(await pool.fetchrow(ASKING, [who.key for who in people])))
        await asyncio.gather(*(who.graph("{ viewer { id } }") for who in people), *asked)
        assert (len(people), 0) in seen

    async def test_a_process_that_was_killed(self, world: World, sandbox: SandboxServer) -> None:
        """It leaves a lease behind; when that has ended, Razorpay is asked for what may be there."""
        me = await world.person()
        order = order_id(await payments.order(world, me))
        made = await begin(me, orderId=order)
        sql = "UPDATE payment SET razorpay_order_id = NULL, lease_until = now() + interval '1 s' WHERE customer_id = $1"
        await world.execute(sql, me.key)
        await sandbox.behave(same_receipt="duplicate")
        assert await begin(me, orderId=order) == made
        assert len(await orders_at(sandbox, made)) == 1

    async def test_an_unexpected_error_keeps_nobody_waiting(
        self, world: World, sandbox: SandboxServer, app: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The request that failed gives its lease back."""
        me = await world.person()
        order = order_id(await payments.order(world, me))

        async def fail(*_: object, **__: object) -> str:
            raise ZeroDivisionError

        query = "mutation ($input: CreatePaymentInput!) { createPayment(input: $input) { payment { id } } }"
        with monkeypatch.context() as patch:
            patch.setattr(app.state.resources.razorpay, "create_order", fail)
            (error,) = await me.graph.errors(query, input={"orderId": order})
        assert error["extensions"]["code"] == "INTERNAL"
        assert await world.value("SELECT lease_until <= now() FROM payment WHERE customer_id = $1", me.key)
        assert (await begin(me, orderId=order))["checkout"]

    async def test_an_account_deleted_meanwhile(self, world: World, sandbox: SandboxServer) -> None:
        """Its order at Razorpay is recorded all the same, so that money for it is known."""
        me = await world.person()
        await sandbox.behave(delay_seconds=0.5, on="POST /v1/orders")
        query = "mutation ($input: CreatePaymentInput!) { createPayment(input: $input) { payment { id } } }"
        asked = asyncio.create_task(me.graph.errors(query, input=VISIT))
        while not await world.value("SELECT count(*) FROM payment WHERE customer_id = $1", me.key):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        key = (await row_of(world, me))["id"]
        await world.execute("DELETE FROM customer WHERE id = $1", me.key)
        (error,) = await asked
        assert error["extensions"]["code"] == "UNAUTHENTICATED"
        assert await world.value("SELECT razorpay_order_id FROM payment WHERE id = $1", key) is not None


class TestVerify:
    """A right signature counts, even if Razorpay does not answer."""

    async def test_razorpay_down(self, world: World, sandbox: SandboxServer) -> None:
        me = await world.person()
        made = await begin(me, **VISIT)
        await sandbox.behave(webhooks="hold")
        given = await sandbox.pay(made["checkout"]["orderId"])
        await sandbox.behave(reply="html", webhooks="hold")
        verified = await verify(me, given)
        assert (verified["userErrors"], verified["payment"]["status"]) == ([], "AUTHORIZED")
        await sandbox.behave(webhooks="hold")
        for _ in range(2):
            assert (await verify(me, given))["payment"]["status"] == "COMPLETED"


class TestRefund:
    """The refund stays pending and counts, and the same request once more goes on with it."""

    @pytest.mark.parametrize("done", [False, True])
    @pytest.mark.parametrize("reply", FAULTS)
    @pytest.mark.parametrize("is_keyed", [False, True])
    async def test_faults(
        self, world: World, sandbox: SandboxServer, reply: str, *, done: bool, is_keyed: bool
    ) -> None:
        me, admin = await world.person(), await world.person(role="ADMIN")
        key, attempt = await paid(world, sandbox, me)
        given = {"amount": money("100"), "idempotencyKey": word() if is_keyed else None}
        await sandbox.behave(reply=reply, done=done, webhooks="hold")
        payload = await refund(admin, key, **given)
        assert only(payload) == "PaymentProviderError"
        await sandbox.behave(webhooks="hold")
        payload = await refund(admin, key, amount=money("29.51"))
        assert (only(payload), payload["userErrors"][0]["refundable"]) == ("RefundTooHighError", "29.50")
        payload = await refund(admin, key, **given)
        assert payload["payment"]["refunds"] == [{"status": "PROCESSED", "amount": money("100.00")}]
        assert await refunded_at(sandbox, attempt) == 10_000

    async def test_a_refused_look_up_is_no_refused_refund(self, world: World, sandbox: SandboxServer) -> None:
        """Razorpay has made the refund, its reply was lost, and then it does not say which refunds there are."""
        me, admin = await world.person(), await world.person(role="ADMIN")
        key, attempt = await paid(world, sandbox, me)
        await sandbox.behave(reply="lost", on="POST /v1/payments", webhooks="hold")
        assert only(await refund(admin, key, amount=money("100"))) == "PaymentProviderError"
        await sandbox.behave(reply="refused", on="GET /v1/payments", webhooks="hold")
        payload = await refund(admin, key, amount=money("100"))
        assert (only(payload), payload["userErrors"][0]["provider"]) == ("PaymentProviderError", "UNAVAILABLE")
        await sandbox.behave(webhooks="hold")
        payload = await refund(admin, key, amount=money("100"))
        assert payload["payment"]["refunds"] == [{"status": "PROCESSED", "amount": money("100.00")}]
        assert await refunded_at(sandbox, attempt) == 10_000

    async def test_the_rest_by_its_key(self, world: World, sandbox: SandboxServer) -> None:
        me, admin, name = await world.person(), await world.person(role="ADMIN"), word()
        key, attempt = await paid(world, sandbox, me)
        await sandbox.behave(reply="lost", on="POST /v1/payments", webhooks="hold")
        assert only(await refund(admin, key, idempotencyKey=name)) == "PaymentProviderError"
        await sandbox.behave(webhooks="hold")
        for _ in range(2):
            assert (await refund(admin, key, idempotencyKey=name))["payment"]["status"] == "REFUNDED"
        assert await refunded_at(sandbox, attempt) == 12_950
        assert await world.value("SELECT count(*) FROM refund WHERE razorpay_payment_id = $1", attempt) == 1
