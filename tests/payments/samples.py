"""Payments and orders for the tests that go over the whole graph; see `tests/areas.py`."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from models import ids
from models.orders import CustomerSpending, Order
from models.payments import Payment, Refund
from models.products import ProductVariant
from tests.areas import HiddenRows
from tests.payments.payments import AMOUNT, Razorpay, for_order, order, payment
from tests.payments.sandbox import RUNNING, SandboxServer
from tests.people import Person, World, word


async def nodes(world: World, me: Person) -> dict[str, UUID]:
    """The payment of an order of a customer."""
    made = await for_order(world, me)
    assert made.order_id
    return {"Payment": made.id, "Order": made.order_id}


async def inputs(world: World, me: Person, _others: list[Person]) -> dict[str, dict[str, Any]]:
    """An order to pay, one that was paid at Razorpay, and one that was completed. No webhook changes anything beside."""
    (sandbox,) = RUNNING
    await sandbox.behave(webhooks="hold")
    begun, paid = await _at_razorpay(sandbox, world, me), await _at_razorpay(sandbox, world, me)
    given = await sandbox.pay(begun[1])
    captured = await sandbox.pay(paid[1])
    await Razorpay(world, paid[1]).report(captured["razorpay_payment_id"], "CAPTURED")
    return {
        "createPayment": {"orderId": ids.encode("Order", (await order(world, me)).id)},
        "verifyPayment": {
            "razorpayOrderId": given["razorpay_order_id"],
            "razorpayPaymentId": given["razorpay_payment_id"],
            "razorpaySignature": given["razorpay_signature"],
        },
        "refundPayment": {"paymentId": ids.encode("Payment", paid[0].id), "idempotencyKey": word()},
    }


async def _at_razorpay(sandbox: SandboxServer, world: World, me: Person) -> tuple[Payment, str]:
    """Make the payment of an order, and Razorpay's order."""
    made = await sandbox.do("POST", "/v1/orders", {"amount": AMOUNT, "currency": "AED", "receipt": word()})
    bought = await order(world, me)
    return await payment(world, me, order_id=bought.id, razorpay_order_id=made["id"]), made["id"]


async def hidden(world: World, people: Mapping[str, Person], _variant: ProductVariant) -> HiddenRows:
    """Payments of others, and orders of customers who do not show them or that are not paid."""
    public, private = people["public"], people["private"]
    made, payments, orders = await payment(world, public), [uuid7()], [uuid7() for _ in range(2)]
    price = {"currency": "AED", "total_minor": 100}
    rows: dict[str, Any] = {
        "a payment": lambda: [Payment(id=payments[0], customer_id=public.key, amount_minor=100, currency="AED")],
        "a refund": lambda: [
            Refund(id=uuid7(), payment_id=made.id, razorpay_payment_id=word(), amount_minor=1, requested_by=public.key)
        ],
        "an order that is not paid": lambda: [Order(id=orders[0], number=word(), customer_id=public.key, **price)],
        "an order of somebody private": lambda: [Order(id=orders[1], number=word(), customer_id=private.key, **price)],
        "the spending of somebody private": lambda: [
            CustomerSpending(customer_id=private.key, currency="AED", spent_minor=1)
        ],
    }
    known = {
        "Payment": [ids.encode("Payment", one) for one in (*payments, made.id)],
        "Order": [ids.encode("Order", one) for one in orders],
    }
    return HiddenRows(
        rows=rows,
        known={**known, "paymentId": known["Payment"]},
        hidden={"paymentId": known["Payment"], "orderId": known["Order"]},
    )
