"""What Razorpay reports, in the words of the actions that settle it."""

from actions.payments import Attempt, settle
from actions.refunds import RefundReport, settle_refund
from database.transactions import Transaction
from models.payments import AttemptStatus, RefundStatus
from payments.entities import ProviderPayment, ProviderPaymentStatus, ProviderRefund

STATUSES = {
    ProviderPaymentStatus.AUTHORIZED: AttemptStatus.AUTHORIZED,
    ProviderPaymentStatus.CAPTURED: AttemptStatus.CAPTURED,
    ProviderPaymentStatus.FAILED: AttemptStatus.FAILED,
}


def attempt_of(payment: ProviderPayment, receipt: str | None = None) -> Attempt | None:
    """Give what a payment of Razorpay's means for ours; None while somebody is about to pay. `receipt` is its order's."""
    if payment.status is ProviderPaymentStatus.CREATED:
        return None
    given_back = AttemptStatus.CAPTURED if payment.captured else AttemptStatus.REFUNDED
    return Attempt(
        razorpay_payment_id=payment.id,
        razorpay_order_id=payment.order_id,
        status=STATUSES.get(payment.status, given_back),
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        failure_reason=payment.failure_reason,
        receipt=receipt,
    )


def refund_of(refund: ProviderRefund) -> RefundReport:
    """Give what a refund of Razorpay's means for ours."""
    return RefundReport(
        razorpay_refund_id=refund.id,
        razorpay_payment_id=refund.payment_id,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        status=RefundStatus[refund.status.name],
        refund_id=refund.refund_id,
    )


async def settle_payment(tx: Transaction, payment: ProviderPayment, receipt: str | None = None) -> None:
    """Settle what Razorpay reports of a payment."""
    attempt = attempt_of(payment, receipt)
    if attempt is not None:
        await settle(tx, attempt)


async def settle_refunded(tx: Transaction, refund: ProviderRefund, payment: ProviderPayment | None) -> None:
    """Settle what Razorpay reports of a refund, and of the payment that it is of.

    Authorized money that Razorpay gives back by itself, since nobody has captured it, is no refund of ours.
    """
    if payment is not None:
        await settle_payment(tx, payment)
    if payment is None or payment.captured:
        await settle_refund(tx, refund_of(refund))
