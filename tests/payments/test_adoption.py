"""Money of an unknown order that turns out to be that of a payment, beside another payment of the same customer."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from actions.payments import Attempt, attach_order, settle
from database.transactions import Transaction
from mails import payments as payment_mails
from models.payments import AttemptStatus
from tests.patience import SECONDS
from tests.payments.payments import AMOUNT, for_order, now, payment, razorpay, spending
from tests.people import World, word

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE pid <> $1 AND $1 = ANY(pg_blocking_pids(pid))"


async def test_mails_of_both_to_an_address_that_nobody_has_verified(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mails count against one limit, the payments to one sum: neither transaction waits for the other in a circle."""
    me = await world.person(clerk_profile={"email": f"{word()}@example.com"})
    made, other = await for_order(world, me), await payment(world, me)
    gateway, (wrong, right) = razorpay(world, made), (word(), word())
    await world.execute("UPDATE payment SET razorpay_order_id = NULL WHERE id = $1", made.id)
    await gateway.report(wrong, "CAPTURED", amount_minor=1_000)
    await gateway.refund(wrong, word(), 500)
    await gateway.report(right, "AUTHORIZED")
    notify, beside = payment_mails.notify_refunded, list[asyncio.Task[Any]]()

    async def notify_and_wait(tx: Transaction, refund_id: UUID) -> None:
        await notify(tx, refund_id)
        beside.append(asyncio.create_task(razorpay(world, other).report(word(), "CAPTURED")))
        pid = await (await tx.connection()).fetchval("SELECT pg_backend_pid()")
        while not await world.value(WAITING, pid):  # noqa: ASYNC110 - the event is in PostgreSQL
            await asyncio.sleep(0.01)

    monkeypatch.setattr(payment_mails, "notify_refunded", notify_and_wait)
    async with asyncio.timeout(SECONDS):
        await gateway.report(right, "CAPTURED", receipt=str(made.id))
        await asyncio.gather(*beside)
    assert len(beside) == 1
    assert [(await now(world, one))["status"] for one in (made, other)] == ["COMPLETED"] * 2
    assert await spending(world, me) == {"AED": (1, AMOUNT, 2 * AMOUNT)}


@pytest.mark.parametrize("by_webhook", [True, False])
async def test_money_that_comes_while_it_turns_out_whose_order_it_is(world: World, *, by_webhook: bool) -> None:
    """It is recorded as that of an unknown order, by a transaction that is not committed yet."""
    me = await world.person()
    made = await for_order(world, me)
    gateway, order_id, (first, second) = razorpay(world, made), made.razorpay_order_id, (word(), word())
    assert order_id
    await world.execute("UPDATE payment SET razorpay_order_id = NULL WHERE id = $1", made.id)

    async def attach() -> None:
        if by_webhook:
            await gateway.report(second, "CAPTURED", receipt=str(made.id))
            return
        async with world.database.transaction() as tx:
            await attach_order(tx, made.id, order_id)

    async with asyncio.timeout(SECONDS):
        async with world.database.transaction() as tx:
            unknown = await settle(tx, Attempt(first, order_id, AttemptStatus.CAPTURED, AMOUNT, "AED"))
            attaching = asyncio.create_task(attach())
            pid = await (await tx.connection()).fetchval("SELECT pg_backend_pid()")
            while not await world.value(WAITING, pid):  # noqa: ASYNC110 - the event is in PostgreSQL
                await asyncio.sleep(0.01)
        await attaching
    row = await now(world, made)
    assert (row["status"], row["razorpay_order_id"], row["razorpay_payment_id"]) == ("COMPLETED", order_id, first)
    assert row["flag"] == ("SECOND_CAPTURE" if by_webhook else None)
    assert await world.value("SELECT count(*) FROM payment WHERE id = $1", unknown) == 0
    assert await spending(world, me) == {"AED": (1, AMOUNT, AMOUNT)}
