"""What follows from a signature that Razorpay Checkout has given to the customer."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import bindparam, select

from actions import rate_limits
from actions.payment_changes import attempt
from actions.payment_reports import attempt_of
from actions.payments import Attempt, settle
from database.compiled import Compiled
from database.engine import Database
from errors import RateLimited
from errors.payments import PaymentProvider
from models.payments import AttemptStatus
from payments.client import Razorpay

REFUSAL = "Razorpay was asked of too many payments in a short time."
IS_CAPTURED = Compiled(
    select(attempt.razorpay_payment_id).where(
        attempt.razorpay_payment_id == bindparam("attempt"), attempt.status == AttemptStatus.CAPTURED
    )
)


async def settle_signed(
    database: Database, razorpay: Razorpay, razorpay_order_id: str, razorpay_payment_id: str, limits: Mapping[str, int]
) -> None:
    """Settle an attempt whose signature is right: by what Razorpay says of it, or, if it does not answer, as authorized.

    A signature does not say how much was paid: a webhook or the reconciliation completes the payment then. Razorpay is
    not asked of an attempt that is known to be captured, which is the last that it can say, nor beyond the limits.
    """
    signed = Attempt(razorpay_payment_id, razorpay_order_id, AttemptStatus.AUTHORIZED, None, None)
    found = None
    try:
        async with database.transaction() as tx:
            if (await tx.exec(IS_CAPTURED, {"attempt": razorpay_payment_id})).first() is not None:
                return
            await rate_limits.count(tx, REFUSAL, timedelta(minutes=1), limits)
        found = attempt_of(await razorpay.fetch_payment(razorpay_payment_id))
    except (PaymentProvider, RateLimited):
        pass
    reported = found if found is not None and found.razorpay_order_id == razorpay_order_id else signed
    async with database.transaction() as tx:
        await settle(tx, reported)
