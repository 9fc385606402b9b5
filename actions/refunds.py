"""What a refund becomes, whether it was requested here or at Razorpay's dashboard."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from actions.payment_changes import NOW, attempt, lock_payment, recount_refunds, refund, reserve_attempt
from database.compiled import Compiled
from database.transactions import Transaction
from mails.payments import notify_refunded
from models.payment_transitions import outweighs
from models.payments import Refund, RefundStatus


@dataclass(frozen=True, slots=True)
class RefundReport:
    """One of Razorpay's refunds (`rfnd_…`) as a webhook or its API reports it."""

    razorpay_refund_id: str
    razorpay_payment_id: str
    amount_minor: int
    currency: str
    status: RefundStatus
    refund_id: UUID | None
    """Ours, from its notes or receipt; None for one that was made at Razorpay's dashboard."""


FIND = Compiled(
    select(refund.id, refund.status, refund.payment_id)
    .where(
        refund.razorpay_payment_id == bindparam("attempt"),
        or_(
            refund.razorpay_refund_id == bindparam("refund"),
            (refund.id == bindparam("own", type_=Uuid())) & refund.razorpay_refund_id.is_(None),
        ),
    )
    .order_by(refund.razorpay_refund_id.nulls_last())
)
PAYMENT = Compiled(select(attempt.payment_id).where(attempt.razorpay_payment_id == bindparam("attempt")))


async def settle_refund(tx: Transaction, reported: RefundReport) -> UUID | None:
    """Record what is reported of a refund, and bring its payment in line; gives the payment's id.

    None while the attempt that it refunds is not known: the refund counts once it is. The same once more has no effect.
    """
    await reserve_attempt(tx, reported.razorpay_payment_id)
    payment_id = await _lock_payment_of(tx, reported.razorpay_payment_id)
    given = {"attempt": reported.razorpay_payment_id, "refund": reported.razorpay_refund_id, "own": reported.refund_id}
    known = (await tx.exec(FIND, given)).first()
    values: dict[str, Any] = {"razorpay_refund_id": reported.razorpay_refund_id}
    if outweighs(reported.status, known and known.status):
        values |= {"status": reported.status}
        values |= {"processed_at": NOW} if reported.status is RefundStatus.PROCESSED else {}
    own = uuid7() if known is None else known.id
    if known is None:
        row = {"razorpay_payment_id": reported.razorpay_payment_id, "amount_minor": reported.amount_minor}
        await tx.exec(insert(Refund).values(id=own, payment_id=payment_id, **row, **values))
    else:
        await tx.exec(update(Refund).where(refund.id == known.id).values(**values))
    if payment_id is not None:
        await recount_refunds(tx, payment_id, refund_changed="status" in values)
        if "processed_at" in values:
            await notify_refunded(tx, own)
    return payment_id


async def _lock_payment_of(tx: Transaction, razorpay_payment_id: str) -> UUID | None:
    """Lock the payment of an attempt, and give its id; None if the attempt is not known."""
    while True:  # as in `actions.payments`: an unknown order can turn out to be that of a payment
        found = (await tx.exec(PAYMENT, {"attempt": razorpay_payment_id})).scalar()
        if found is None:
            return None
        locked = await lock_payment(tx, found)
        if locked is not None:
            return locked.id
