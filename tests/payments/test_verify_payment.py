"""`verifyPayment`: what Checkout gives to the page, from its own customer only."""

import asyncio
from typing import Any

import pytest

from payments.client import signature_of
from tests.graph import only
from tests.payments import payments
from tests.payments.sandbox import SandboxServer
from tests.payments.shopping import VISIT, begin, order_id, verify
from tests.people import Person, World, word


async def bought(world: World, sandbox: SandboxServer, **how: Any) -> tuple[Person, dict[str, Any]]:
    """Pay an order in Checkout, whose webhooks do not come."""
    me = await world.person()
    made = await begin(me, orderId=order_id(await payments.order(world, me)))
    await sandbox.behave(webhooks="hold")
    return me, await sandbox.pay(made["checkout"]["orderId"], **how)


class TestWho:
    """The customer of the payment."""

    async def test_nobody(self, world: World) -> None:
        given = dict.fromkeys(("razorpayOrderId", "razorpayPaymentId", "razorpaySignature"), "x")
        assert only(await world.nobody.mutate("verifyPayment", "payment { id }", **given)) == "SignedOutError"

    async def test_somebody_else(self, world: World, sandbox: SandboxServer) -> None:
        me, given = await bought(world, sandbox)
        for role in ("CUSTOMER", "ADMIN"):
            payload = await verify(await world.person(role=role), given)
            assert (only(payload), payload["userErrors"][0]["field"]) == ("NotFoundError", ["input", "razorpayOrderId"])
        assert (await verify(me, given))["payment"]["status"] == "COMPLETED"


class TestSignature:
    """Only Razorpay's, for this order and this attempt."""

    @pytest.mark.parametrize("wrong", ["", "x", "0" * 64, "é" * 64, "f" * 5_000])
    async def test_wrong(self, world: World, sandbox: SandboxServer, wrong: str) -> None:
        me, given = await bought(world, sandbox)
        payload = await verify(me, given, razorpaySignature=wrong)
        assert (only(payload), payload["userErrors"][0]["field"]) == (
            "SignatureMismatchError", ["input", "razorpaySignature"],
        )  # fmt: skip
        query = "query ($id: ID!) { order(id: $id) { payments { status } } }"
        order = await world.value('SELECT id FROM "order" WHERE customer_id = $1', me.key)
        from_graph = await me.graph(query, id=order_id(type("Row", (), {"id": order})))
        assert from_graph["order"]["payments"] == [{"status": "PENDING"}]

    async def test_of_another_attempt_or_order(self, world: World, sandbox: SandboxServer) -> None:
        me, given = await bought(world, sandbox)
        _, other = await bought(world, sandbox)
        for name in ("razorpayPaymentId", "razorpayOrderId"):
            value = other["razorpay_payment_id" if name == "razorpayPaymentId" else "razorpay_order_id"]
            assert only(await verify(me, given, **{name: value})) == "SignatureMismatchError"

    async def test_case(self, world: World, sandbox: SandboxServer) -> None:
        me, given = await bought(world, sandbox)
        assert only(await verify(me, given, razorpaySignature=given["razorpay_signature"].upper())) == (
            "SignatureMismatchError"
        )


class TestOutcome:
    """What Razorpay says of the attempt, not what the signature seems to say."""

    async def test_completed(self, world: World, sandbox: SandboxServer) -> None:
        me, given = await bought(world, sandbox)
        payload = await verify(me, given)
        assert payload["payment"]["status"] == "COMPLETED"
        assert payload["payment"]["order"]["status"] == "PAID"
        assert payload["payment"]["receipt"]["number"][:3] == "RC-"

    async def test_razorpay_is_not_asked_of_what_is_captured(
        self, world: World, sandbox: SandboxServer, app: Any
    ) -> None:
        """A page that sends the same again and again takes no calls from those who pay."""
        me, given = await bought(world, sandbox)
        await verify(me, given)
        asked = app.state.resources.razorpay.calls.outcomes.total()
        payloads = await asyncio.gather(*(verify(me, given) for _ in range(10)))
        assert {one["payment"]["status"] for one in payloads} == {"COMPLETED"}
        assert app.state.resources.razorpay.calls.outcomes.total() == asked

    @pytest.mark.parametrize(
        ("how", "flag"), [({"amount": 1}, "AMOUNT_DIFFERS"), ({"currency": "INR"}, "CURRENCY_DIFFERS")]
    )
    async def test_other_money(self, world: World, sandbox: SandboxServer, how: dict[str, Any], flag: str) -> None:
        me, given = await bought(world, sandbox, **how)
        payload = await verify(me, given)
        assert (payload["payment"]["status"], payload["payment"]["flag"]) == ("FAILED", flag)
        assert payload["payment"]["order"]["status"] == "PENDING"

    async def test_authorized(self, world: World, sandbox: SandboxServer) -> None:
        me, given = await bought(world, sandbox, outcome="authorized")
        assert (await verify(me, given))["payment"]["status"] == "AUTHORIZED"

    async def test_an_attempt_that_razorpay_does_not_know(self, world: World, sandbox: SandboxServer) -> None:
        """Nobody but Razorpay and we can sign; the reconciliation finds out."""
        me = await world.person()
        order = (await begin(me, **VISIT))["checkout"]["orderId"]
        attempt = f"pay_{word()}"
        given = {
            "razorpay_order_id": order, "razorpay_payment_id": attempt,
            "razorpay_signature": signature_of(order, attempt, sandbox.keys.key_secret),
        }  # fmt: skip
        assert (await verify(me, given))["payment"]["status"] == "AUTHORIZED"

    async def test_fifty_beside_the_webhooks(self, world: World, sandbox: SandboxServer) -> None:
        me, given = await bought(world, sandbox)
        asked = [verify(me, given) for _ in range(50)]
        _, *payloads = await asyncio.gather(sandbox.release(), *asked)
        assert {one["payment"]["status"] for one in payloads} == {"COMPLETED"}
        await sandbox.delivered()
        counts = "SELECT count(*) FROM receipt JOIN payment ON payment.id = payment_id WHERE customer_id = $1"
        assert await world.value(counts, me.key) == 1
        assert await payments.spending(world, me) == await payments.facts(world, me)

    async def test_repeated_under_a_key(self, world: World, sandbox: SandboxServer) -> None:
        """The second request asks Razorpay again: the first has only recorded that somebody has paid."""
        me, given = await bought(world, sandbox, outcome="authorized")
        key = word()
        assert (await verify(me, given, idempotencyKey=key))["payment"]["status"] == "AUTHORIZED"
        await sandbox.move(given["razorpay_payment_id"], "captured")
        assert (await verify(me, given, idempotencyKey=key))["payment"]["status"] == "COMPLETED"
