"""Orders, payments, refunds and events in Razorpay's form."""

from typing import Any

from sandbox.store import Entity, new_id, now

ACCOUNT = "acc_SandboxAccount"
PAYER = {"email": "payer@sandbox.example", "contact": "+919900000000"}
"""Personal data, of nobody: real webhooks have it."""
FAILED = {
    "error_code": "BAD_REQUEST_ERROR", "error_description": "Your payment was declined by the bank.",
    "error_source": "bank", "error_step": "payment_authorization", "error_reason": "payment_failed",
}  # fmt: skip
NO_ERROR = dict.fromkeys(FAILED)


def order(amount: int, currency: str, receipt: str | None, notes: Any) -> Entity:
    """Make a new order."""
    return {
        "id": new_id("order"), "entity": "order", "amount": amount, "amount_paid": 0, "amount_due": amount,
        "currency": currency, "receipt": receipt, "offer_id": None, "status": "created", "attempts": 0,
        "notes": notes or [], "created_at": now(),
    }  # fmt: skip


def payment(order_id: str | None, amount: int, currency: str, notes: Any) -> Entity:
    """Make a payment that has just begun."""
    return {
        "id": new_id("pay"), "entity": "payment", "amount": amount, "currency": currency, "status": "created",
        "order_id": order_id, "invoice_id": None, "international": False, "method": "card", "amount_refunded": 0,
        "refund_status": None, "captured": False, "description": None, "card_id": new_id("card"), "bank": None,
        "wallet": None, "vpa": None, **PAYER, "notes": notes or [], "fee": None, "tax": None, **NO_ERROR,
        "acquirer_data": {"auth_code": None}, "created_at": now(),
    }  # fmt: skip


def refund(payment_id: str, amount: int, currency: str, given: dict[str, Any]) -> Entity:
    """Make a pending refund; `given` is the body of the request."""
    return {
        "id": new_id("rfnd"), "entity": "refund", "amount": amount, "currency": currency, "payment_id": payment_id,
        "notes": given.get("notes") or [], "receipt": given.get("receipt"), "acquirer_data": {"arn": None},
        "created_at": now(), "batch_id": None, "status": "pending", "speed_processed": "normal",
        "speed_requested": given.get("speed", "normal"),
    }  # fmt: skip


def collection(items: list[Entity]) -> dict[str, Any]:
    """Wrap a list."""
    return {"entity": "collection", "count": len(items), "items": items}


def event(kind: str, *entities: Entity) -> dict[str, Any]:
    """Make the body of a webhook: entities as they are now."""
    return {
        "entity": "event", "account_id": ACCOUNT, "event": kind, "contains": [one["entity"] for one in entities],
        "payload": {one["entity"]: {"entity": dict(one)} for one in entities}, "created_at": now(),
    }  # fmt: skip
