"""`createPayment`: for what, by whom, and once."""

import asyncio
from typing import Any

import pytest

from models.sessions import SupportSessionStatus
from models.tickets import TicketStatus
from tests.graph import only
from tests.payments import payments
from tests.payments.sandbox import SandboxServer
from tests.payments.shopping import VISIT, begin, money, order_id, orders_at, paid, refund, row_of
from tests.people import Person, World, number, word
from tests.tickets.factories import case


async def payments_of(world: World, who: Person) -> int:
    """Count somebody's payments."""
    return await world.value("SELECT count(*) FROM payment WHERE customer_id = $1", who.key)  # type: ignore[no-any-return]


class TestAnyAmount:
    """What a description says."""

    async def test_nobody(self, world: World) -> None:
        assert only(await world.nobody.mutate("createPayment", "payment { id }", **VISIT)) == "SignedOutError"

    async def test_what_checkout_needs(self, world: World, sandbox: SandboxServer) -> None:
        phone = number()
        me = await world.person(name="Layla", email="layla@example.com", phone_number=phone, phone_verified=True)
        made = await begin(me, **VISIT)
        payment, checkout = made["payment"], made["checkout"]
        assert (payment["status"], payment["description"]) == ("PENDING", "A visit")
        assert payment["amount"] == money("129.50")
        assert checkout == {
            "keyId": sandbox.keys.key_id, "orderId": checkout["orderId"], "amount": 12_950, "currency": "AED",
            "name": "Clientele", "description": "A visit", "prefillName": "Layla",
            "prefillEmail": "layla@example.com", "prefillContact": phone,
        }  # fmt: skip
        (at_razorpay,) = await orders_at(sandbox, made)
        assert (at_razorpay["id"], at_razorpay["amount"], at_razorpay["currency"]) == (
            checkout["orderId"], 12_950, "AED",
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("amount", "currency", "minor"), [("250", "JPY", 250), ("1.250", "KWD", 1_250), (5, "INR", 500)]
    )
    async def test_exponents(
        self, world: World, sandbox: SandboxServer, amount: Any, currency: str, minor: int
    ) -> None:
        made = await begin(await world.person(), amount=money(amount, currency), description="x")
        assert made["checkout"]["amount"] == (await orders_at(sandbox, made))[0]["amount"] == minor

    @pytest.mark.parametrize(
        ("amount", "currency", "field"),
        [
            ("0", "AED", "amount"), ("-1", "AED", "amount"), ("0.001", "AED", "amount"), ("1.5", "JPY", "amount"),
            ("1e400", "AED", "amount"), ("NaN", "AED", "amount"), ("Infinity", "AED", "amount"),
            ("1e-400", "AED", "amount"), ("10000000000.01", "AED", "amount"), ("21474836.48", "AED", None),
            ("1.00000000000000000000000000000000001", "AED", "amount"), ("0.001", "KWD", None), ("1", "KPW", None),
            ("1", "XTS", "currencyCode"), ("1", "aed", "currencyCode"), ("1", "", "currencyCode"),
        ],
    )  # fmt: skip
    async def test_amounts_that_nobody_can_pay(
        self, world: World, amount: str, currency: str, field: str | None
    ) -> None:
        me = await world.person()
        payload = await begin(me, amount=money(amount, currency), description="x")
        assert only(payload) == "InvalidInputError"
        assert payload["userErrors"][0]["field"] == ["input", "amount", *([field] if field else [])]
        assert (payload["payment"], await payments_of(world, me)) == (None, 0)

    async def test_what_razorpay_refuses(self, world: World, sandbox: SandboxServer) -> None:
        """Its sentence is passed on: it has minimums that depend on the currency and on the account."""
        payload = await begin(await world.person(), amount=money("0.10", "INR"), description="x")
        (problem,) = payload["userErrors"]
        assert (problem["__typename"], problem["provider"], problem["code"]) == (
            "PaymentProviderError", "REJECTED", "BAD_USER_INPUT",
        )  # fmt: skip
        assert "minimum" in problem["message"] or "at least" in problem["message"]

    @pytest.mark.parametrize("description", ["", " ", "x" * 201, None])
    async def test_descriptions(self, world: World, description: str | None) -> None:
        payload = await begin(await world.person(), amount=money("1"), description=description)
        assert (only(payload), payload["userErrors"][0]["field"]) == ("InvalidInputError", ["input", "description"])
        assert ("Say what" in payload["userErrors"][0]["message"]) == (not (description or "").strip())

    async def test_one_subject(self, world: World) -> None:
        me = await world.person()
        order = order_id(await payments.order(world, me))
        for values in ({}, {"description": "x"}, {**VISIT, "orderId": order}, {"orderId": order, "sessionId": order}):
            assert only(await begin(me, **values)) == "InvalidInputError"
        payload = await begin(me, orderId=order, description="x")
        assert payload["userErrors"][0]["field"] == ["input", "description"]
        assert await payments_of(world, me) == 0


class TestOrder:
    """The total of an order of the viewer."""

    async def test_paid_once(self, world: World, sandbox: SandboxServer) -> None:
        me = await world.person()
        order = await payments.order(world, me)
        made = await begin(me, orderId=order_id(order))
        assert made["payment"]["order"] == {"id": order_id(order), "status": "PENDING"}
        assert (made["payment"]["description"], made["checkout"]["description"]) == (None, f"Order {order.number}")
        again = await begin(me, orderId=order_id(order))
        assert again == made
        assert len(await orders_at(sandbox, made)) == 1

    async def test_fifty_taps(self, world: World, sandbox: SandboxServer) -> None:
        """Without an idempotency key; also where Razorpay would make an order for each request."""
        me = await world.person()
        order = await payments.order(world, me)
        await sandbox.behave(same_receipt="duplicate", delay_seconds=0.3)
        made = await asyncio.gather(*(begin(me, orderId=order_id(order)) for _ in range(50)))
        assert [one["userErrors"] for one in made] == [[]] * 50
        assert len({(one["payment"]["id"], one["checkout"]["orderId"]) for one in made}) == 1
        assert len(await orders_at(sandbox, made[0])) == 1

    async def test_of_somebody_else(self, world: World) -> None:
        order = order_id(await payments.order(world, await world.person()))
        for role in ("CUSTOMER", "ADMIN", "OWNER"):
            payload = await begin(await world.person(role=role), orderId=order)
            assert (only(payload), payload["userErrors"][0]["field"]) == ("NotFoundError", ["input", "orderId"])

    async def test_cancelled(self, world: World) -> None:
        me = await world.person()
        payload = await begin(me, orderId=order_id(await payments.order(world, me, status="CANCELLED")))
        assert (only(payload), payload["userErrors"][0]["status"]) == ("OrderNotPayableError", "CANCELLED")

    async def test_cancelled_after_the_payment_was_begun(self, world: World, sandbox: SandboxServer) -> None:
        me, key = await world.person(), word()
        order = await payments.order(world, me)
        made = await begin(me, orderId=order_id(order), idempotencyKey=key)
        assert made["checkout"]
        await world.execute("UPDATE \"order\" SET status = 'CANCELLED' WHERE id = $1", order.id)
        again = await begin(me, orderId=order_id(order), idempotencyKey=key)
        assert (again["payment"]["id"], again["checkout"], again["userErrors"]) == (made["payment"]["id"], None, [])

    async def test_paid_already(self, world: World, sandbox: SandboxServer) -> None:
        me = await world.person()
        order = order_id(await payments.order(world, me))
        key, _ = await paid(world, sandbox, me, orderId=order, idempotencyKey="first")
        payload = await begin(me, orderId=order)
        assert only(payload) == "AlreadyPaidError"
        assert payload["userErrors"][0]["payment"] == {"id": key, "status": "COMPLETED"}
        again = await begin(me, orderId=order, idempotencyKey="first")
        assert (again["payment"]["id"], again["checkout"], again["userErrors"]) == (key, None, [])

    async def test_after_a_failed_attempt(self, world: World, sandbox: SandboxServer) -> None:
        me = await world.person()
        order = order_id(await payments.order(world, me))
        made = await begin(me, orderId=order)
        await sandbox.pay(made["checkout"]["orderId"], "failed")
        await sandbox.delivered()
        again = await begin(me, orderId=order)
        assert (again["payment"]["status"], again["checkout"]) == ("FAILED", made["checkout"])


class TestSession:
    """The price of the tier of a support session."""

    async def _session(self, world: World, status: TicketStatus = TicketStatus.RESOLVED) -> tuple[Person, Any]:
        me = await world.person()
        return me, await case(world, status, me, await world.solver())

    @pytest.mark.parametrize(("tier", "amount"), [("QUICK", "49.00"), ("STANDARD", "99.00"), ("EXTENDED", "199.00")])
    async def test_by_tier(self, world: World, sandbox: SandboxServer, tier: str, amount: str) -> None:
        me, done = await self._session(world)
        await world.execute("UPDATE session SET tier = $2 WHERE id = $1", done.session.id, tier)
        made = await begin(me, sessionId=done.session_id)
        assert (made["payment"]["amount"], made["payment"]["session"]) == (money(amount), {"id": done.session_id})
        assert made["checkout"]["description"] == "Support session"
        assert (await row_of(world, me))["tier"] == tier
        await sandbox.pay(made["checkout"]["orderId"])
        await sandbox.delivered()
        assert only(await begin(me, sessionId=done.session_id)) == "AlreadyPaidError"

    async def test_of_somebody_else(self, world: World) -> None:
        _, done = await self._session(world)
        for who in (await world.person(), await world.solver(), await world.person(role="ADMIN")):
            assert only(await begin(who, sessionId=done.session_id)) == "NotFoundError"

    async def test_cancelled(self, world: World) -> None:
        me, done = await self._session(world)
        sql = "UPDATE session SET status = $2 WHERE id = $1"
        await world.execute(sql, done.session.id, SupportSessionStatus.CANCELLED)
        payload = await begin(me, sessionId=done.session_id)
        assert (only(payload), payload["userErrors"][0]["field"]) == ("InvalidInputError", ["input", "sessionId"])

    async def test_cancelled_after_the_payment_was_begun(self, world: World, sandbox: SandboxServer) -> None:
        """Nobody is led to Checkout once more; one that was paid is said to be."""
        me, done = await self._session(world)
        key = word()
        made = await begin(me, sessionId=done.session_id, idempotencyKey=key)
        sql = "UPDATE session SET status = $2 WHERE id = $1"
        await world.execute(sql, done.session.id, SupportSessionStatus.CANCELLED)
        assert only(await begin(me, sessionId=done.session_id)) == "InvalidInputError"
        again = await begin(me, sessionId=done.session_id, idempotencyKey=key)
        assert (again["payment"], again["checkout"], again["userErrors"]) == (made["payment"], None, [])
        await sandbox.pay(made["checkout"]["orderId"])
        await sandbox.delivered()
        assert only(await begin(me, sessionId=done.session_id)) == "AlreadyPaidError"
        row = await row_of(world, me)
        assert (row["status"], row["flag"]) == ("COMPLETED", "SESSION_CANCELLED")
        returned = (await refund(await world.person(role="ADMIN"), made["payment"]["id"]))["payment"]
        assert (returned["status"], returned["flag"]) == ("REFUNDED", None)
        assert await payments.spending(world, me) == {"AED": (0, 0, 0)}


class TestRepeated:
    """One key, one payment, one order at Razorpay."""

    async def test_fifty_at_once(self, world: World, sandbox: SandboxServer) -> None:
        me, key = await world.person(), word()
        await sandbox.behave(same_receipt="duplicate", delay_seconds=0.3)
        made = await asyncio.gather(*(begin(me, **VISIT, idempotencyKey=key) for _ in range(50)))
        assert len({(one["payment"]["id"], one["checkout"]["orderId"]) for one in made}) == 1
        assert len(await orders_at(sandbox, made[0])) == 1
        assert await payments_of(world, me) == 1

    async def test_another_amount_under_the_same_key(self, world: World, sandbox: SandboxServer) -> None:
        me, key = await world.person(), word()
        await begin(me, **VISIT, idempotencyKey=key)
        query = "mutation ($input: CreatePaymentInput!) { createPayment(input: $input) { payment { id } } }"
        (error,) = await me.graph.errors(query, input={**VISIT, "amount": money("1"), "idempotencyKey": key})
        assert error["extensions"]["code"] == "CONFLICT"
        assert await payments_of(world, me) == 1

    async def test_without_a_key(self, world: World, sandbox: SandboxServer) -> None:
        """Two payments of the same amount are two, if the first one could be paid."""
        me = await world.person()
        made = [await begin(me, **VISIT) for _ in range(2)]
        assert len({one["checkout"]["orderId"] for one in made}) == 2
