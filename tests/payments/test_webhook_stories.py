"""Payments from Razorpay's order to the books, by webhooks of the sandbox, which come as they want."""

from itertools import permutations
from typing import Any

import pytest

from actions.payments import attach_order
from payments.client import Razorpay
from tests.payments.bought import PAID, Bought, buy
from tests.payments.sandbox import SandboxServer
from tests.people import World

EVENTS = ("payment.failed", "payment.authorized", "payment.captured", "order.paid")


async def held(world: World, razorpay: Razorpay, sandbox: SandboxServer, **behaviour: Any) -> Bought:
    """Something to pay, whose webhooks are kept back."""
    bought = await buy(world, razorpay)
    await sandbox.behave(webhooks="hold", **behaviour)
    return bought


async def numbers(sandbox: SandboxServer, bought: Bought) -> dict[str, int]:
    """The webhooks that are kept back for it, by event."""
    return {
        one["event"]["event"]: one["number"]
        for one in await sandbox.webhooks()
        if one["state"] == "held" and one["event"]["payload"]["payment"]["entity"]["order_id"] == bought.order_id
    }


async def test_paid(world: World, razorpay: Razorpay, sandbox: SandboxServer) -> None:
    bought = await buy(world, razorpay)
    await sandbox.pay(bought.order_id)
    await sandbox.delivered()
    assert await bought.facts() == PAID


async def test_failed_with_its_reason(world: World, razorpay: Razorpay, sandbox: SandboxServer) -> None:
    bought = await buy(world, razorpay)
    await sandbox.pay(bought.order_id, "failed")
    await sandbox.delivered()
    row = await bought.row()
    assert (row["status"], row["failure_reason"]) == ("FAILED", "Your payment was declined by the bank.")


@pytest.mark.parametrize("order", [*permutations(EVENTS)], ids=[" ".join(one) for one in permutations("facp")])
async def test_all_orders_of_a_late_authorization(
    world: World, razorpay: Razorpay, sandbox: SandboxServer, order: tuple[str, ...]
) -> None:
    """Failed, then authorized by the bank after all, then captured: paid once, whatever comes first."""
    bought = await held(world, razorpay, sandbox)
    failed = await sandbox.pay(bought.order_id, "failed")
    await sandbox.move(failed["error"]["metadata"]["payment_id"], "captured")
    found = await numbers(sandbox, bought)
    assert await sandbox.release([found[event] for event in order]) == 4
    await sandbox.delivered()
    assert await bought.facts() == PAID
    assert (await bought.row())["attempts"] == ["CAPTURED"]


@pytest.mark.parametrize("order", [*permutations(("payment.captured", "order.paid"))], ids=["captured", "paid"])
async def test_several_times_each(
    world: World, razorpay: Razorpay, sandbox: SandboxServer, order: tuple[str, ...]
) -> None:
    bought = await held(world, razorpay, sandbox, copies=3)
    await sandbox.pay(bought.order_id)
    mine = [
        one
        for one in await sandbox.webhooks()
        if one["state"] == "held" and one["event"]["payload"]["payment"]["entity"]["order_id"] == bought.order_id
    ]
    chosen = [one["number"] for event in order for one in mine if one["event"]["event"] == event]
    assert await sandbox.release(chosen) == 6
    await sandbox.delivered()
    assert await bought.facts() == PAID


async def test_a_second_capture_is_flagged(world: World, razorpay: Razorpay, sandbox: SandboxServer) -> None:
    bought = await buy(world, razorpay)
    first = await sandbox.pay(bought.order_id)
    await sandbox.pay(bought.order_id, again=True)
    await sandbox.delivered()
    row = await bought.row()
    assert (await bought.facts(), row["flag"], row["attempts"]) == (PAID, "SECOND_CAPTURE", ["CAPTURED"] * 2)
    assert row["razorpay_payment_id"] == first["razorpay_payment_id"]


@pytest.mark.parametrize(
    ("other", "flag"),
    [({"amount": 9_999}, "AMOUNT_DIFFERS"), ({"amount": 10**12}, "AMOUNT_DIFFERS"), ({"currency": "INR"}, "CURRENCY_DIFFERS")],
)  # fmt: skip
async def test_other_money_is_never_paid(
    world: World, razorpay: Razorpay, sandbox: SandboxServer, other: dict[str, Any], flag: str
) -> None:
    bought = await buy(world, razorpay)
    await sandbox.pay(bought.order_id, **other)
    await sandbox.delivered()
    row = await bought.row()
    assert (row["status"], row["order_status"], row["receipts"], row["flag"]) == ("FAILED", "PENDING", 0, flag)


async def test_refunds_and_their_disorder(world: World, razorpay: Razorpay, sandbox: SandboxServer) -> None:
    """Also one that is heard of before the capture."""
    bought = await held(world, razorpay, sandbox)
    paid = (await sandbox.pay(bought.order_id))["razorpay_payment_id"]
    await sandbox.do("POST", f"/v1/payments/{paid}/refund", {"amount": 4_000})
    found = await numbers(sandbox, bought)
    await sandbox.release([found["refund.processed"]])
    await sandbox.delivered()
    row = await bought.row()
    assert (row["status"], row["refunded_minor"], row["receipts"]) == ("PARTIALLY_REFUNDED", 4_000, 1)
    await sandbox.release()
    await sandbox.delivered()
    await sandbox.behave(refunds="pending")
    made = await sandbox.do("POST", f"/v1/payments/{paid}/refund", {"amount": 6_000})
    await sandbox.delivered()
    assert (await bought.row())["refunded_minor"] == 4_000
    await sandbox.do("POST", f"/refunds/{made['id']}", {"status": "processed"})
    await sandbox.delivered()
    row = await bought.row()
    assert (row["status"], row["order_status"], row["refunded_minor"]) == ("REFUNDED", "REFUNDED", 10_000)


async def test_money_that_goes_back_uncaptured(world: World, razorpay: Razorpay, sandbox: SandboxServer) -> None:
    """Razorpay gives it back by itself after some days: that is no refund of ours."""
    bought = await held(world, razorpay, sandbox)
    await sandbox.pay(bought.order_id, "authorized")
    with sandbox.sandbox.store.transaction() as books:
        from sandbox import deliveries, entities

        (payment,) = books.listed("payment", parent=bought.order_id)
        refund = entities.refund(payment["id"], 10_000, "AED", {}) | {"status": "processed"}
        deliveries.add(books, entities.event("refund.processed", refund, payment | {"status": "refunded"}))
    await sandbox.release()
    await sandbox.delivered()
    row = await bought.row()
    assert (row["status"], row["attempts"], row["refunded_minor"]) == ("FAILED", ["REFUNDED"], 0)


async def test_money_for_nothing_of_ours(world: World, razorpay: Razorpay, sandbox: SandboxServer) -> None:
    order = await sandbox.do("POST", "/v1/orders", {"amount": 500, "currency": "INR", "receipt": "by hand"})
    await sandbox.pay(order["id"])
    await sandbox.delivered()
    sql = "SELECT array_agg(flag::text) FROM payment WHERE razorpay_order_id = $1"
    assert await world.value(sql, order["id"]) == ["UNKNOWN_ORDER"]


async def test_an_order_that_we_did_not_hear_of(world: World, razorpay: Razorpay, sandbox: SandboxServer) -> None:
    """Its reply was lost, and it is found by its receipt when it is paid."""
    bought = await buy(world, razorpay)
    await world.execute("UPDATE payment SET razorpay_order_id = NULL WHERE id = $1", bought.payment_id)
    await sandbox.pay(bought.order_id)
    await sandbox.delivered()
    assert await bought.facts() == PAID


async def test_an_order_that_was_paid_before_it_was_attached(
    world: World, razorpay: Razorpay, sandbox: SandboxServer
) -> None:
    bought = await buy(world, razorpay)
    await world.execute("UPDATE payment SET razorpay_order_id = NULL WHERE id = $1", bought.payment_id)
    await sandbox.behave(webhooks="hold")
    await sandbox.pay(bought.order_id)
    found = await numbers(sandbox, bought)
    await sandbox.release([found["payment.captured"]])
    await sandbox.delivered()
    assert await bought.facts() == ("PENDING", "PENDING", 0)
    async with world.database.transaction() as tx:
        await attach_order(tx, bought.payment_id, bought.order_id)
    assert await bought.facts() == PAID
    sql = "SELECT count(*) FROM payment WHERE razorpay_order_id = $1"
    assert await world.value(sql, bought.order_id) == 1
