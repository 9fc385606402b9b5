"""Refunding what was captured: the row is committed before Razorpay is asked, and counts from then on.

Of a payment with a flag, the money that has the flag is refunded; else that which has completed it.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

import errors
import policy.payments
from actions import audit, leases
from actions.leases import Lease
from actions.payment_changes import lock_payment, record_refund_change
from actions.payment_reports import refund_of
from actions.refunds import settle_refund
from database.compiled import Compiled
from database.engine import Database
from database.transactions import Transaction
from errors.payment_requests import RefundTooHigh
from errors.payments import PaymentProvider, PaymentRejected
from models import ids
from models.audit import AuditAction
from models.columns import columns
from models.money import Money
from models.payments import AttemptStatus, PaymentAttempt, PaymentFlag, Refund, RefundStatus
from payments import failures
from payments.client import Razorpay
from payments.entities import ProviderRefund

NOW = func.clock_timestamp()
attempt, refund = columns(PaymentAttempt), columns(Refund)
CAPTURED = Compiled(
    select(
        attempt.razorpay_payment_id, attempt.currency, attempt.flag,
        policy.payments.refundable(attempt).label("rest"),
    )
    .where(attempt.payment_id == bindparam("payment", type_=Uuid()), attempt.status == AttemptStatus.CAPTURED)
    .order_by(attempt.first_seen_at, attempt.razorpay_payment_id)
)  # fmt: skip
HAS_STOPPED = (
    (refund.status == RefundStatus.PENDING) & refund.razorpay_refund_id.is_(None) & (refund.lease_until <= NOW)
)
"""Whether Razorpay was asked for a refund, without an answer, and nobody is asking for it now."""
EARLIER = Compiled(
    select(refund.id, refund.amount_minor, HAS_STOPPED.label("has_stopped"))
    .where(refund.razorpay_payment_id == bindparam("attempt"), refund.status != RefundStatus.FAILED)
    .order_by(refund.created_at, refund.id)
)
REQUESTED = Compiled(
    select(refund.status, refund.razorpay_refund_id).where(refund.id == bindparam("refund", type_=Uuid()))
)
TO_ASK = Compiled(
    select(refund.razorpay_payment_id, refund.amount_minor).where(refund.id == bindparam("refund", type_=Uuid()))
)
AMBIGUOUS = (
    "Flagged money of this payment was refunded before. Send an idempotency key, so that this request cannot be the "
    "repetition of an earlier one, or the flag."
)
NOT_CAPTURED = "Nothing can be refunded: no money of this payment was captured."
NOT_FLAGGED = "This payment has no money with this flag. Load the payment again to see its flag."
REPEATED = (
    "The same amount of this payment was refunded before. To refund it again, send an idempotency key, so that this "
    "request cannot be the repetition of an earlier one."
)
REFUSED = "The payment provider has refused this refund before. Use a new idempotency key to try again."


async def begin(
    tx: Transaction, admin_id: UUID, payment_id: UUID, amount: Money | None, flag: PaymentFlag | None, *, is_keyed: bool
) -> UUID:
    """Begin a refund, of all that is left unless an amount is given; gives its id.

    One of the same amount that has stopped without an answer of Razorpay's goes on. Another one of the same amount needs a
    key, since without one it may be a repetition.
    """
    locked = await lock_payment(tx, payment_id)
    if locked is None:
        raise errors.NotFound("payment", ids.encode("Payment", payment_id), "paymentId")
    captured = (await tx.exec(CAPTURED, {"payment": payment_id})).all()
    if locked.flag is None and flag is None and not is_keyed and any(one.flag is not None for one in captured):
        raise errors.InvalidInput(AMBIGUOUS, "idempotencyKey")
    wanted = [one for one in captured if _is_meant(one, flag, is_flagged=locked.flag is not None)]
    chosen = next((one for one in wanted if one.rest > 0), wanted[0] if wanted else None)
    if chosen is None:
        field = "paymentId" if flag is None or not captured else "flag"
        message = NOT_CAPTURED if not captured else NOT_FLAGGED if flag is not None else None
        raise RefundTooHigh(Money(0, locked.currency).amount, locked.currency, field, message=message)
    if amount is not None and amount.currency_code != chosen.currency:
        message = f"Give the amount in {chosen.currency}, in which it was paid."
        raise errors.InvalidInput(message, "amount", "currencyCode")
    minor = int(chosen.rest) if amount is None else amount.minor
    is_repeated = False
    for one in captured if flag is None else wanted:
        earlier = (await tx.exec(EARLIER, {"attempt": one.razorpay_payment_id})).all()
        same = [row for row in earlier if amount is None or row.amount_minor == minor]
        stopped = [row.id for row in same if row.has_stopped]
        if stopped and one in wanted and (amount is not None or one.rest <= 0):
            return UUID(str(stopped[0]))
        is_repeated |= bool(same)
    if not 0 < minor <= chosen.rest:
        rest = Money(max(0, int(chosen.rest)), chosen.currency)
        raise RefundTooHigh(rest.amount, rest.currency_code, "paymentId" if amount is None else "amount")
    if is_repeated and amount is not None and not is_keyed:
        raise errors.InvalidInput(REPEATED, "idempotencyKey")
    made = uuid7()
    row = {"id": made, "payment_id": payment_id, "razorpay_payment_id": chosen.razorpay_payment_id}
    await tx.exec(insert(Refund).values(**row, amount_minor=minor, requested_by=admin_id))
    await record_refund_change(tx, locked)
    facts = {"refund_id": str(made), "amount_minor": minor, "currency": chosen.currency}
    await audit.record(tx, AuditAction.PAYMENT_REFUNDED, "Payment", payment_id, actor=admin_id, **facts)
    return made


def _is_meant(captured: Any, flag: PaymentFlag | None, *, is_flagged: bool) -> bool:
    """Whether captured money is what a refund is about: that with the flag, or with any if the payment has one."""
    if flag is not None:
        return bool(captured.flag == flag)
    return (captured.flag is not None) == is_flagged


async def take_lease(tx: Transaction, refund_id: UUID) -> Lease:
    """Take the lease to ask Razorpay for a refund; raises `PaymentRejected` for one that it has refused."""
    known = (await tx.exec(REQUESTED, {"refund": refund_id})).one()
    if known.status == RefundStatus.FAILED and known.razorpay_refund_id is None:
        raise PaymentRejected(REFUSED)
    return await leases.take(tx, Refund, refund_id)


async def ensure_refund(database: Database, razorpay: Razorpay, refund_id: UUID, lease: Lease) -> None:
    """Have Razorpay make a refund, once; raises `PaymentProvider`. One that Razorpay refuses has failed."""

    async def ask(repeated: bool) -> None:
        async with database.transaction() as tx:
            found = (await tx.exec(TO_ASK, {"refund": refund_id})).one()
        made = await _find(razorpay, refund_id, found.razorpay_payment_id) if repeated else None
        if made is None:
            try:
                made = await razorpay.create_refund(found.razorpay_payment_id, found.amount_minor, str(refund_id))
            except PaymentRejected:
                await _fail(database, refund_id)
                raise
        async with database.transaction() as tx:
            await settle_refund(tx, refund_of(made))

    await leases.ask_once(database, Refund, refund_id, lease, ask)


async def _find(razorpay: Razorpay, refund_id: UUID, razorpay_payment_id: str) -> ProviderRefund | None:
    """Look for a refund that was asked for before, since Razorpay forgets idempotency keys one day."""
    try:
        known = await razorpay.fetch_refunds(razorpay_payment_id)
    except PaymentRejected as error:  # the question is refused, not the refund
        raise PaymentProvider(failures.NOT_WORKING, status=error.status, maybe_done=True) from None
    return next((one for one in known if one.refund_id == refund_id), None)


async def _fail(database: Database, refund_id: UUID) -> None:
    """Record that Razorpay has refused a refund, so that its amount can be refunded otherwise."""
    unanswered = refund.id == refund_id, refund.status == RefundStatus.PENDING, refund.razorpay_refund_id.is_(None)
    async with database.transaction() as tx:
        payment_id = (await tx.exec(select(refund.payment_id).where(refund.id == refund_id))).scalar()
        locked = await lock_payment(tx, payment_id)
        failed = await tx.exec(update(Refund).where(*unanswered).values(status=RefundStatus.FAILED))
        if locked is not None and failed.rowcount:
            await record_refund_change(tx, locked)
