"""Reports of one payment that arrive at the same moment, over connections of their own (Y3, C9)."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import httpx2
import pytest

from auth.secrets import Secrets
from tests.patience import SECONDS
from tests.payments.payments import AMOUNT, facts, for_order, now, payment, razorpay, spending
from tests.people import World, word
from tests.webhooks.clerk import Sender, deleted


async def at_once(*calls: Awaitable[Any]) -> list[Any]:
    """Run all at once; anything that is raised, such as a deadlock, fails the test."""
    async with asyncio.timeout(SECONDS):
        return await asyncio.gather(*calls)


@pytest.fixture
def deliver(http: httpx2.AsyncClient, credentials: Secrets) -> Sender:
    """Send events as Svix does."""
    return Sender(http, credentials.clerk_webhook_secrets[0])


async def receipts(world: World, of: Any) -> int:
    return await world.value("SELECT count(*) FROM receipt WHERE payment_id = $1", of.id)  # type: ignore[no-any-return]


async def completions(world: World, of: Any) -> int:
    """How often subscribers were told that it is completed."""
    sql = "SELECT count(*) FROM event WHERE payload->>'payment_id' = $1 AND payload->>'status' = 'COMPLETED'"
    return await world.value(sql, str(of.id))  # type: ignore[no-any-return]


async def test_verify_captured_order_paid_and_reconciler(world: World) -> None:
    me = await world.person()
    made, pay = await for_order(world, me), word()
    gateway = razorpay(world, made)
    given = {
        "verify": ("AUTHORIZED", {"amount_minor": None, "currency": None}),
        "order.paid": ("CAPTURED", {"receipt": str(made.id)}),
    }
    reports = [*given.values(), ("AUTHORIZED", {}), ("CAPTURED", {}), ("CAPTURED", {}), ("FAILED", {})]
    found = await at_once(*(gateway.report(pay, status, **values) for status, values in reports for _ in range(8)))
    assert set(found) == {made.id}
    row = await now(world, made)
    assert (row["status"], row["flag"], row["razorpay_payment_id"]) == ("COMPLETED", None, pay)
    assert (await receipts(world, made), await completions(world, made)) == (1, 1)
    assert await spending(world, me) == {"AED": (1, AMOUNT, AMOUNT)}


async def test_of_many_captures_one_completes(world: World) -> None:
    me = await world.person()
    made = await for_order(world, me)
    pays = [word() for _ in range(20)]
    await at_once(*(razorpay(world, made).report(pay, "CAPTURED") for pay in pays))
    row = await now(world, made)
    assert (row["status"], row["flag"]) == ("COMPLETED", "SECOND_CAPTURE")
    flagged = await world.value(
        "SELECT array_agg(razorpay_payment_id) FROM payment_attempt WHERE payment_id = $1 AND flag = 'SECOND_CAPTURE'",
        made.id,
    )
    assert {*flagged, row["razorpay_payment_id"]} == set(pays)
    assert len(flagged) == 19
    assert await spending(world, me) == {"AED": (1, AMOUNT, AMOUNT)}


async def test_many_payments_of_one_customer(world: World) -> None:
    me = await world.person()
    made = [await payment(world, me, currency=currency) for currency in ("AED", "INR") for _ in range(15)]
    pays = {one.id: word() for one in made}
    await at_once(
        *(razorpay(world, one).report(pays[one.id], "CAPTURED") for one in made),
        *(razorpay(world, one).refund(pays[one.id], word(), 1_000) for one in made),
    )
    assert await spending(world, me) == await facts(world, me)
    assert (await spending(world, me))["INR"] == (0, 0, 15 * (AMOUNT - 1_000))


async def test_parts_of_a_refund(world: World) -> None:
    me = await world.person()
    made, pay = await for_order(world, me), word()
    await razorpay(world, made).report(pay, "CAPTURED")
    parts = [word() for _ in range(10)]
    await at_once(*(razorpay(world, made).refund(pay, name, AMOUNT // 10) for name in parts for _ in range(3)))
    row = await now(world, made)
    assert (row["status"], row["refunded_minor"]) == ("REFUNDED", AMOUNT)
    assert await spending(world, me) == {"AED": (0, 0, 0)}


async def test_unknown_order_is_one_row(world: World) -> None:
    gateway = razorpay(world, await payment(world))
    unknown = type(gateway)(world, f"order_{word()}")
    pays = [word() for _ in range(10)]
    found = await at_once(*(unknown.report(pay, "CAPTURED") for pay in pays for _ in range(4)))
    assert len(set(found)) == 1


@pytest.mark.parametrize("with_order", [True, False])
async def test_deletion_of_the_account_beside_it(world: World, deliver: Sender, *, with_order: bool) -> None:
    """Whichever comes first, the order is paid or cancelled, the books stay, and nobody waits in a circle."""
    people = [await world.person() for _ in range(25)]
    made = [await (for_order if with_order else payment)(world, me) for me in people]
    pays = {one.id: word() for one in made}
    answers = await at_once(
        *(deliver("user.deleted", deleted(me.clerk_id)) for me in people),
        *(razorpay(world, one).report(pays[one.id], "CAPTURED") for one in made),
        *(razorpay(world, one).refund(pays[one.id], word(), 1_000) for one in made[::3]),
    )
    assert {one.status_code for one in answers[: len(people)]} == {200}
    for one in made:
        row = await now(world, one)
        assert (row["customer_id"], row["description"]) == (None, None)
        assert row["status"] in {"COMPLETED", "PARTIALLY_REFUNDED"}
        if with_order:
            status = await world.value('SELECT status FROM "order" WHERE id = $1', one.order_id)
            assert (status, row["flag"]) in {("PAID", None), ("CANCELLED", "ORDER_CANCELLED")}
    assert (
        await world.value(
            "SELECT count(*) FROM customer_spending WHERE customer_id = ANY($1)", [me.key for me in people]
        )
        == 0
    )


async def test_an_unknown_order_turns_out_to_be_ours(world: World) -> None:
    """Its money came before the reply with its id did: whichever report says whose it is, none is lost."""
    me = await world.person()
    made = await for_order(world, me)
    order_id, pays = made.razorpay_order_id, [word() for _ in range(5)]
    await world.execute("UPDATE payment SET razorpay_order_id = NULL WHERE id = $1", made.id)
    await razorpay(world, made).report(pays[0], "AUTHORIZED")
    unknown = await world.value("SELECT id FROM payment WHERE razorpay_order_id = $1", order_id)
    assert unknown not in {None, made.id}
    await at_once(
        razorpay(world, made).report(pays[0], "CAPTURED", receipt=str(made.id)),
        *(razorpay(world, made).report(pay, "CAPTURED") for pay in pays for _ in range(2)),
        *(razorpay(world, made).refund(pay, word(), 1_000) for pay in pays),
    )
    row = await now(world, made)
    assert (row["status"], row["razorpay_order_id"], row["refunded_minor"]) == ("PARTIALLY_REFUNDED", order_id, 1_000)
    counts = "SELECT count(*) FILTER (WHERE flag IS NULL), count(*) FROM payment_attempt WHERE payment_id = $1"
    assert tuple(await world.database.pool.fetchrow(counts, made.id)) == (1, 5)
    assert await world.value("SELECT count(*) FROM payment WHERE id = $1", unknown) == 0
    assert await spending(world, me) == await facts(world, me)
