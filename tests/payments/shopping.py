"""What customers and admins ask of payments, over HTTP."""

from typing import Any

from models import ids
from models.payments import Payment
from tests.payments.sandbox import SandboxServer
from tests.people import Person, World, word

PAYMENT = (
    "id status flag amount { amount currencyCode } refunded { amount } failureReason description order { id status }"
)
CHECKOUT = "keyId orderId amount currency name description prefillName prefillEmail prefillContact"
FIELDS = f"payment {{ {PAYMENT} session {{ id }} }} checkout {{ {CHECKOUT} }}"
REFUNDED = f"payment {{ {PAYMENT} viewerCanRefund refunds {{ status amount {{ amount currencyCode }} }} }}"
VISIT: dict[str, Any] = {"amount": {"amount": "129.50", "currencyCode": "AED"}, "description": "A visit"}


async def begin(who: Person, **values: Any) -> Any:
    """Begin a payment, and give the payload."""
    return await who.graph.mutate("createPayment", FIELDS, **values)


async def verify(who: Person, given: dict[str, Any], **values: Any) -> Any:
    """Verify what Checkout has given to the page."""
    names = {
        "razorpayOrderId": given["razorpay_order_id"],
        "razorpayPaymentId": given["razorpay_payment_id"],
        "razorpaySignature": given["razorpay_signature"],
    }
    return await who.graph.mutate("verifyPayment", f"payment {{ {PAYMENT} receipt {{ number }} }}", **names | values)


async def refund(who: Person, payment_id: str, **values: Any) -> Any:
    """Refund something of a payment, with a new key for an amount unless one is given."""
    values = {"idempotencyKey": word()} | values if "amount" in values else values
    return await who.graph.mutate("refundPayment", REFUNDED, paymentId=payment_id, **values)


def money(amount: str, currency: str = "AED") -> dict[str, str]:
    """Write an amount of an input."""
    return {"amount": amount, "currencyCode": currency}


def order_id(row: Any) -> str:
    """Write the global id of an order."""
    return ids.encode("Order", row.id)


async def orders_at(sandbox: SandboxServer, payload: Any) -> list[dict[str, Any]]:
    """List Razorpay's orders for the payment of a payload."""
    decoded = ids.decode(payload["payment"]["id"])
    assert decoded
    return [one for one in (await sandbox.books())["orders"] if one["receipt"] == str(decoded[1])]


async def row_of(world: World, who: Person) -> Any:
    """Read the only payment of somebody."""
    (row,) = await world.database.pool.fetch("SELECT * FROM payment WHERE customer_id = $1", who.key)
    return row


async def refunded_at(sandbox: SandboxServer, payment: str) -> int:
    """Add up what Razorpay has refunded of an attempt to pay."""
    return sum(one["amount"] for one in (await sandbox.books())["refunds"] if one["payment_id"] == payment)


async def paid(world: World, sandbox: SandboxServer, me: Person, **values: Any) -> tuple[str, str]:
    """Begin a payment and pay it; gives our id and Razorpay's id of the attempt."""
    begun = await begin(me, **values or VISIT)
    given = await sandbox.pay(begun["checkout"]["orderId"])
    verified = (await verify(me, given))["payment"]
    assert verified["status"] == "COMPLETED"
    return verified["id"], given["razorpay_payment_id"]


def key_of(payment_id: str) -> Any:
    """Read the key out of an id."""
    return ids.key_of(Payment.__name__, payment_id)
