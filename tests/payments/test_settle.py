"""What a payment becomes of what is reported of it: in any order, and more than once."""

from itertools import permutations
from typing import Any

import pytest

from tests.payments.payments import AMOUNT, Razorpay, facts, for_order, now, payment, razorpay, spending
from tests.people import World, word


async def receipts(world: World, of: Any) -> int:
    return await world.value("SELECT count(*) FROM receipt WHERE payment_id = $1", of.id)  # type: ignore[no-any-return]


async def order_of(world: World, of: Any) -> Any:
    return await world.database.pool.fetchrow('SELECT * FROM "order" WHERE id = $1', of.order_id)


class TestOneAttempt:
    """The reports of one attempt to pay an order."""

    @pytest.mark.parametrize("reports", [*permutations(["FAILED", "AUTHORIZED", "CAPTURED"])])
    async def test_captured_in_any_order_is_paid_once(self, world: World, reports: tuple[str, ...]) -> None:
        me = await world.person()
        made = await for_order(world, me)
        pay = word()
        for status in (*reports, *reports):
            assert await razorpay(world, made).report(pay, status) == made.id
        row, bought = await now(world, made), await order_of(world, made)
        assert (row["status"], row["flag"], row["razorpay_payment_id"]) == ("COMPLETED", None, pay)
        assert (bought["status"], row["completed_at"] is None, bought["paid_at"] is None) == ("PAID", False, False)
        assert (await receipts(world, made), await spending(world, me)) == (1, {"AED": (1, AMOUNT, AMOUNT)})

    @pytest.mark.parametrize("reports", [*permutations(["FAILED", "AUTHORIZED"])])
    async def test_late_authorization(self, world: World, reports: tuple[str, ...]) -> None:
        """A failed payment that a bank authorizes in the end is not failed."""
        made = await for_order(world, await world.person())
        for status in reports:
            await razorpay(world, made).report("pay" + made.id.hex, status, failure_reason="The bank does not answer.")
        row = await now(world, made)
        assert (row["status"], row["failure_reason"]) == ("AUTHORIZED", None)

    async def test_failure_says_why(self, world: World) -> None:
        made = await for_order(world, await world.person())
        await razorpay(world, made).report(word(), "FAILED", failure_reason="The card has expired.")
        row = await now(world, made)
        assert (row["status"], row["failure_reason"]) == ("FAILED", "The card has expired.")

    async def test_failure_after_the_account_was_deleted(self, world: World) -> None:
        """What a bank says of a person is not kept once their account is gone, even if it says so afterwards."""
        made = await payment(world)
        await razorpay(world, made).report("pay" + made.id.hex, "FAILED", failure_reason="She has no money.")
        attempts = await world.database.pool.fetch("SELECT * FROM payment_attempt WHERE payment_id = $1", made.id)
        assert [row["failure_reason"] for row in (await now(world, made), *attempts)] == [None, None]

    @pytest.mark.parametrize(
        ("other", "flag"), [({"amount_minor": 1}, "AMOUNT_DIFFERS"), ({"currency": "USD"}, "CURRENCY_DIFFERS")]
    )
    @pytest.mark.parametrize("reports", [*permutations(["AUTHORIZED", "CAPTURED"])])
    async def test_other_money_is_never_paid(
        self, world: World, reports: tuple[str, ...], other: dict[str, Any], flag: str
    ) -> None:
        me = await world.person()
        made = await for_order(world, me)
        pay = word()
        for status in reports:
            await razorpay(world, made).report(pay, status, **other)
        row = await now(world, made)
        assert (row["status"], row["flag"]) == ("FAILED", flag)
        assert ((await order_of(world, made))["status"], await receipts(world, made)) == ("PENDING", 0)
        assert await spending(world, me) == {}
        await razorpay(world, made).refund(pay, word(), other.get("amount_minor", AMOUNT))
        assert ((await now(world, made))["flag"], (await now(world, made))["status"]) == (None, "FAILED")


class TestRefund:
    """Refunds before and after the capture that they are of."""

    @pytest.mark.parametrize("first", ["refund", "capture"])
    async def test_whichever_comes_first(self, world: World, first: str) -> None:
        me = await world.person()
        made = await for_order(world, me)
        pay, name, gateway = word(), word(), razorpay(world, made)
        for step in sorted(["refund", "capture"], key=lambda step: step != first):
            if step == "refund":
                assert await gateway.refund(pay, name, AMOUNT) == (None if first == "refund" else made.id)
            else:
                await gateway.report(pay, "CAPTURED")
        row = await now(world, made)
        assert (row["status"], row["refunded_minor"]) == ("REFUNDED", AMOUNT)
        assert (await order_of(world, made))["status"] == "REFUNDED"
        assert await spending(world, me) == {"AED": (0, 0, 0)}

    async def test_partly_then_wholly(self, world: World) -> None:
        me = await world.person()
        made = await for_order(world, me)
        pay, name, gateway = word(), word(), razorpay(world, made)
        await gateway.report(pay, "CAPTURED")
        await gateway.refund(pay, name, 4_000, "PENDING")
        assert (await now(world, made))["status"] == "COMPLETED"
        for _ in range(2):
            await gateway.refund(pay, name, 4_000)
        row = await now(world, made)
        assert (row["status"], row["refunded_minor"]) == ("PARTIALLY_REFUNDED", 4_000)
        assert await spending(world, me) == await facts(world, me) == {"AED": (1, AMOUNT, 6_000)}
        await gateway.refund(pay, word(), 6_000)
        assert await spending(world, me) == await facts(world, me) == {"AED": (0, 0, 0)}


async def test_money_after_the_account_was_deleted(world: World) -> None:
    """For what it was nobody can say any more."""
    me = await world.person()
    made = await payment(world, me, description="A visit")
    await world.execute("DELETE FROM customer WHERE id = $1", me.key)
    gateway, pay = razorpay(world, made), word()
    await gateway.report(pay, "CAPTURED")
    row = await now(world, made)
    assert (row["status"], row["flag"]) == ("COMPLETED", "ACCOUNT_DELETED")
    await gateway.refund(pay, word(), AMOUNT)
    row = await now(world, made)
    assert (row["status"], row["flag"]) == ("REFUNDED", None)


class TestUnknown:
    """Money for orders that are not ours."""

    async def test_recorded_once_for_admins(self, world: World) -> None:
        gateway, pay = Razorpay(world, f"order_{word()}"), word()
        assert await gateway.report(pay, "FAILED") is None
        made = {await gateway.report(pay, status) for status in ("AUTHORIZED", "CAPTURED", "CAPTURED")}
        (key,) = made
        row = await world.database.pool.fetchrow("SELECT * FROM payment WHERE id = $1", key)
        assert (row["flag"], row["customer_id"], row["amount_minor"]) == ("UNKNOWN_ORDER", None, AMOUNT)
        assert await world.value("SELECT count(*) FROM receipt WHERE payment_id = $1", key) == 0

    async def test_refunded_and_paid_once_more(self, world: World) -> None:
        """It is still the order that nobody knows, although nothing of the first amount is left to look at."""
        gateway, (first, second) = Razorpay(world, f"order_{word()}"), (word(), word())
        key = await gateway.report(first, "CAPTURED")
        await gateway.refund(first, word(), AMOUNT)
        sql = "SELECT status, flag FROM payment WHERE id = $1"
        assert tuple(await world.database.pool.fetchrow(sql, key)) == ("REFUNDED", None)
        assert await gateway.report(second, "CAPTURED") == key
        assert (await world.database.pool.fetchrow(sql, key))["flag"] == "UNKNOWN_ORDER"
        assert await world.value("SELECT count(*) FROM receipt WHERE payment_id = $1", key) == 0

    async def test_refunded_before_its_payment_is_found(self, world: World) -> None:
        """Money of a payment whose order we learn of late completes it, and what was refunded of it counts."""
        me, (first, second) = await world.person(), (word(), word())
        made, gateway = await for_order(world, me, razorpay_order_id=None), Razorpay(world, f"order_{word()}")
        unknown = await gateway.report(first, "CAPTURED")
        await gateway.refund(first, word(), AMOUNT)
        assert await gateway.report(second, "AUTHORIZED", receipt=str(made.id)) == made.id
        row = await now(world, made)
        assert (row["status"], row["refunded_minor"], row["flag"]) == ("REFUNDED", AMOUNT, None)
        assert await world.value("SELECT count(*) FROM payment WHERE id = $1", unknown) == 0
        assert await spending(world, me) == await facts(world, me) == {"AED": (0, 0, 0)}

    async def test_found_by_receipt(self, world: World) -> None:
        """The reply with the id of Razorpay's order was lost; the order's receipt is the payment's id."""
        made = await payment(world, await world.person(), razorpay_order_id=None)
        gateway = Razorpay(world, f"order_{word()}")
        assert await gateway.report(word(), "CAPTURED", receipt=str(made.id)) == made.id
        row = await now(world, made)
        assert (row["status"], row["razorpay_order_id"]) == ("COMPLETED", gateway.order_id)
