"""What happens in the account: orders are made and paid, payments captured and refunded; each change makes its events."""

import json
from typing import Any, Literal

from sandbox import behaviour, deliveries, entities
from sandbox.errors import ApiError, unknown_id
from sandbox.store import Books, Entity

Outcome = Literal["captured", "authorized", "failed"]
MIN_AMOUNT, MAX_AMOUNT = 100, 10**12
MAX_RECEIPT_CHARS, MAX_NOTES, MAX_NOTE_CHARS, MIN_KEY_CHARS = 40, 15, 256, 10


def create_order(books: Books, given: dict[str, Any]) -> Entity:
    """Make an order, as `POST /v1/orders` does."""
    amount, currency, receipt, notes = (given.get(name) for name in ("amount", "currency", "receipt", "notes"))
    if amount is None:
        raise ApiError("amount: is required.", field="amount")
    if type(amount) is not int:
        raise ApiError("The amount must be an integer.", field="amount")
    if amount < MIN_AMOUNT:
        reason = "amount_less_than_minimum_amount"
        raise ApiError("Order amount less than minimum amount allowed", field="amount", reason=reason)
    if amount > MAX_AMOUNT:
        raise ApiError("Amount exceeds maximum amount allowed.", field="amount")
    if not isinstance(currency, str) or len(currency) != 3 or not currency.isupper():  # noqa: PLR2004 - ISO 4217
        raise ApiError("Currency is not supported", field="currency")
    if receipt is not None and (not isinstance(receipt, str) or len(receipt) > MAX_RECEIPT_CHARS):
        raise ApiError("The receipt may not be greater than 40 characters.", field="receipt")
    if notes and (not isinstance(notes, dict) or len(notes) > MAX_NOTES or _too_long(notes)):
        raise ApiError("The notes may not be greater than 15 pairs of 256 characters.", field="notes")
    known = books.listed("order", receipt=receipt) if receipt and given.get("unique_receipt") is True else []
    match behaviour.read(books).same_receipt if known else "":
        case "refuse":
            raise ApiError("Order receipt should be unique.", field="receipt")
        case "return":
            return known[-1]
    return books.add(entities.order(amount, currency, receipt, notes))


def _too_long(notes: dict[str, Any]) -> bool:
    return any(len(str(value)) > MAX_NOTE_CHARS for value in notes.values())


def pay(
    books: Books, order_id: str, outcome: Outcome, *, amount: int | None = None, currency: str | None = None,
    again: bool = False,
) -> Entity:  # fmt: skip
    """Have somebody pay an order, or try to. A paid order takes no further payment, unless `again` asks for that fault."""
    order = books.find("order", order_id) or _unknown()
    if order["status"] == "paid" and not again:
        raise ApiError("Payment already done for this order.", reason="order_already_paid")
    made = entities.payment(order_id, amount or order["amount"], currency or order["currency"], order["notes"])
    books.add(made, parent=order_id)
    books.change(order, attempts=order["attempts"] + 1, status="paid" if order["status"] == "paid" else "attempted")
    return move(books, made["id"], outcome)


def move(books: Books, payment_id: str, status: Outcome) -> Entity:
    """Give a payment a status: also a failed one, which a bank may authorize days later."""
    payment = books.find("payment", payment_id) or _unknown()
    if payment["status"] in {"captured", "refunded"}:
        raise ApiError("This payment has already been captured", reason="payment_already_captured")
    if status == "failed":
        deliveries.add(
            books, entities.event("payment.failed", books.change(payment, status="failed", **entities.FAILED))
        )
        return payment
    if payment["status"] != "authorized":
        books.change(payment, status="authorized", **entities.NO_ERROR)
        deliveries.add(books, entities.event("payment.authorized", payment))
    if status == "captured":
        _capture(books, payment)
    return payment


def _capture(books: Books, payment: Entity) -> None:
    books.change(payment, status="captured", captured=True, fee=payment["amount"] // 50, tax=0)
    deliveries.add(books, entities.event("payment.captured", payment))
    order = books.find("order", payment["order_id"] or "")
    if order is not None:
        paid = order["amount_paid"] + payment["amount"]
        books.change(order, status="paid", amount_paid=paid, amount_due=max(0, order["amount"] - paid))
        deliveries.add(books, entities.event("order.paid", payment, order))


def capture(books: Books, payment_id: str, given: dict[str, Any]) -> Entity:
    """Capture an authorized payment, as `POST /v1/payments/:id/capture` does."""
    payment = books.find("payment", payment_id) or _unknown()
    if type(given.get("amount")) is not int:
        raise ApiError("The amount must be an integer.", field="amount")
    if payment["status"] in {"captured", "refunded"}:
        raise ApiError("This payment has already been captured")
    if payment["status"] != "authorized":
        raise ApiError("Only payments which have been authorized and not yet captured can be captured")
    if given["amount"] != payment["amount"] or given.get("currency", payment["currency"]) != payment["currency"]:
        raise ApiError("Capture amount must be equal to the amount authorized", field="amount")
    return move(books, payment_id, "captured")


def create_refund(books: Books, payment_id: str, given: dict[str, Any], key: str | None) -> Entity:
    """Refund a payment, as `POST /v1/payments/:id/refund` does; with the header X-Refund-Idempotency once for a key."""
    body = json.dumps([payment_id, given], sort_keys=True)
    if key is not None:
        if len(key) < MIN_KEY_CHARS:
            raise ApiError("The idempotency key must be at least 10 characters.")
        known = books.db.execute("SELECT body, refund_id FROM refund_key WHERE key = ?", (key,)).fetchone()
        if known is not None and known[0] != body:
            raise ApiError("Different request body received with the same Idempotency Key")
        if known is not None:
            return books.find("refund", known[1]) or _unknown()
    made = _refund(books, payment_id, given)
    if key is not None:
        books.db.execute("INSERT INTO refund_key VALUES (?, ?, ?)", (key, body, made["id"]))
    return made


def _refund(books: Books, payment_id: str, given: dict[str, Any]) -> Entity:
    payment = books.find("payment", payment_id) or _unknown()
    left = payment["amount"] - payment["amount_refunded"]
    amount = given.get("amount", left)
    if payment["status"] not in {"captured", "refunded"}:
        raise ApiError("The payment status should be captured for action to be taken")
    if type(amount) is not int or amount < 1:
        raise ApiError("The amount must be an integer.", field="amount")
    if left == 0:
        raise ApiError("The payment has been fully refunded already", reason="payment_already_refunded")
    if amount > left:
        raise ApiError("The total refund amount is greater than the refund payment amount", field="amount")
    made = books.add(entities.refund(payment_id, amount, payment["currency"], given), parent=payment_id)
    _set_refunded(books, payment, payment["amount_refunded"] + amount)
    deliveries.add(books, entities.event("refund.created", made, payment))
    outcome = behaviour.read(books).refunds
    return made if outcome == "pending" else move_refund(books, made["id"], outcome)


def move_refund(books: Books, refund_id: str, status: Literal["processed", "failed"]) -> Entity:
    """End a pending refund."""
    refund = books.find("refund", refund_id) or _unknown()
    if refund["status"] != "pending":
        raise ApiError("The refund has already been processed")
    payment = books.find("payment", refund["payment_id"]) or _unknown()
    if status == "failed":
        _set_refunded(books, payment, payment["amount_refunded"] - refund["amount"])
    books.change(refund, status=status)
    deliveries.add(books, entities.event(f"refund.{status}", refund, payment))
    return refund


def _set_refunded(books: Books, payment: Entity, amount: int) -> None:
    kind = None if amount == 0 else "full" if amount == payment["amount"] else "partial"
    status = "refunded" if kind == "full" else "captured"
    books.change(payment, amount_refunded=amount, refund_status=kind, status=status)


def _unknown() -> Entity:
    raise unknown_id()
