"""Mails about payments: the receipt of each that is completed, and one for each amount that was refunded.

They are documents of what was paid, so customers get them even if they have turned notifications by e-mail off.
"""

from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import false, func, literal

from database.transactions import Transaction
from mails import outbox, subjects
from mails.subjects import MailSubject
from mails.tickets import FROM_CLERK, VERIFIED
from models.columns import columns
from models.customers import Customer
from models.payment_transitions import UNSETTLED
from models.payments import Payment, PaymentAttempt, PaymentStatus, Receipt, Refund


class PaymentMail(StrEnum):
    """What a mail tells of a payment; the parts of `words/*/payments.toml`."""

    RECEIPT = "RECEIPT"
    REFUNDED = "REFUNDED"


ONCE = "once"
"""The key of mails of which there is one for a payment or a refund, whatever transaction writes it."""
payment, customer = columns(Payment), columns(Customer)
receipt, refund, attempt = columns(Receipt), columns(Refund), columns(PaymentAttempt)
PAYMENTS = (
    sa.inspect(Payment)
    .local_table.join(sa.inspect(Customer).local_table, customer.id == payment.customer_id)
    .outerjoin(sa.inspect(Receipt).local_table, receipt.payment_id == payment.id)
)
OF_CUSTOMER: dict[str, Any] = {
    "customer_id": customer.id,
    "address": FROM_CLERK,
    "verified": func.coalesce(VERIFIED == FROM_CLERK, false()),
    "language": customer.preferred_language,
    "texts": {"name": customer.name},
    "pages": {"receipt": literal("/receipts/").op("||")(receipt.number).op("||")("/").op("||")(receipt.token)},
}

PAYMENT = subjects.register(
    MailSubject(
        "Payment",
        rows=PAYMENTS,
        id=payment.id,
        codes={"number": receipt.number},
        amounts={"amount": (payment.amount_minor, payment.currency)},
        **OF_CUSTOMER,
    )
)
REFUND = subjects.register(
    MailSubject(
        "Refund",
        rows=PAYMENTS.join(sa.inspect(Refund).local_table, refund.payment_id == payment.id).outerjoin(
            sa.inspect(PaymentAttempt).local_table, attempt.razorpay_payment_id == refund.razorpay_payment_id
        ),
        id=refund.id,
        codes={"number": func.coalesce(receipt.number, "")},
        amounts={"amount": (refund.amount_minor, func.coalesce(attempt.currency, payment.currency))},
        **OF_CUSTOMER,
    )
)


async def notify(tx: Transaction, payment_id: UUID, was: PaymentStatus, status: PaymentStatus) -> None:
    """Write the receipt if a change of status has completed the payment. One statement."""
    if status is PaymentStatus.COMPLETED and was in UNSETTLED:
        await outbox.write(tx, PAYMENT, payment_id, f"payments.{PaymentMail.RECEIPT}", key=ONCE)


async def notify_refunded(tx: Transaction, refund_id: UUID) -> None:
    """Write the mail about a refund that has been processed, of a payment that is known. One statement."""
    await outbox.write(tx, REFUND, refund_id, f"payments.{PaymentMail.REFUNDED}", key=ONCE)
