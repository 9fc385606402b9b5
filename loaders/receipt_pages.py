"""What the page of a receipt shows, for whoever has its address."""

from datetime import datetime
from hmac import compare_digest
from typing import Any, NamedTuple

from sqlalchemy import Text, bindparam, func, select

from database.reads import Reads
from database.statements import Statement
from models.columns import columns
from models.customers import Customer
from models.orders import Order, OrderLine
from models.payments import Payment, Receipt, Refund, RefundStatus

customer, order, line = columns(Customer), columns(Order), columns(OrderLine)
payment, receipt, refund = columns(Payment), columns(Receipt), columns(Refund)


class Line(NamedTuple):
    """A line of the order that was paid."""

    title: str
    quantity: int
    unit_minor: int


class RefundMade(NamedTuple):
    """A refund of the payment that has been processed."""

    processed_at: datetime
    amount_minor: int


def _lines(column: Any) -> Any:
    rows = select(column).where(line.order_id == payment.order_id).order_by(line.position)
    return func.array(rows.correlate(Payment).scalar_subquery())


def _refunds(column: Any) -> Any:
    made = refund.razorpay_payment_id == payment.razorpay_payment_id, refund.status == RefundStatus.PROCESSED
    rows = select(column).where(*made).order_by(refund.processed_at, refund.id)
    return func.array(rows.correlate(Payment).scalar_subquery())


BY_NUMBER = Statement(
    select(
        receipt.token, receipt.number, receipt.issued_at, payment.amount_minor, payment.refunded_minor, payment.currency,
        payment.tier, payment.description, payment.customer_id, customer.preferred_language.label("language"),
        order.number.label("order_number"), payment.razorpay_payment_id,
        _lines(line.title).label("titles"), _lines(line.quantity).label("quantities"),
        _lines(line.unit_minor).label("prices"),
        _refunds(refund.processed_at).label("refunded_at"), _refunds(refund.amount_minor).label("refunded"),
    )
    .join_from(Receipt, Payment, payment.id == receipt.payment_id)
    .outerjoin(Order, order.id == payment.order_id)
    .outerjoin(Customer, customer.id == payment.customer_id)
    .where(receipt.number == bindparam("number", type_=Text)),
    "Receipt",
)  # fmt: skip


class ReceiptPage(NamedTuple):
    """A receipt, without anybody's name or address."""

    number: str
    issued_at: datetime
    amount_minor: int
    refunded_minor: int
    currency: str
    tier: str | None
    description: str | None
    """None once the customer's account was deleted: they have written it."""
    order_number: str | None
    razorpay_payment_id: str
    lines: list[Line]
    refunds: list[RefundMade]
    language: str | None
    """That of the customer."""


async def find(reads: Reads, number: str, token: str) -> ReceiptPage | None:
    """Find a receipt by its number and its token; None if they do not belong together."""
    for row in await reads.rows(BY_NUMBER, number=number):
        if compare_digest(row["token"].encode(), token.encode()):
            return ReceiptPage(
                number=row["number"], issued_at=row["issued_at"], amount_minor=row["amount_minor"],
                refunded_minor=row["refunded_minor"], currency=row["currency"], tier=row["tier"],
                description=row["description"] if row["customer_id"] else None, order_number=row["order_number"],
                razorpay_payment_id=row["razorpay_payment_id"],
                lines=[Line(*one) for one in zip(row["titles"], row["quantities"], row["prices"], strict=True)],
                refunds=[RefundMade(*one) for one in zip(row["refunded_at"], row["refunded"], strict=True)],
                language=row["language"],
            )  # fmt: skip
    return None
