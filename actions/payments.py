"""What a payment becomes: decided here alone, whoever reports an attempt, by the table in `models.payment_transitions`."""

from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from asyncpg import UniqueViolationError
from sqlalchemy import String, Uuid, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from actions.fulfilment import fulfil
from actions.payment_changes import (
    NOW,
    LockedPayment,
    attach_refunds,
    attempt,
    lock_payment,
    lock_spending,
    payment,
    record_change,
    recount_refunds,
    refund,
    remaining_flag,
    reserve_attempt,
    set_payment,
)
from database.compiled import Compiled
from database.transactions import Transaction
from models.payment_transitions import AttemptFacts, Report, difference, next_status, outweighs, report_of
from models.payments import AttemptStatus, Payment, PaymentAttempt, PaymentFlag, PaymentStatus, Refund


@dataclass(frozen=True, slots=True)
class Attempt:
    """One of Razorpay's payments (`pay_…`) as a webhook, its API or a verified signature reports it.

    Razorpay's status `refunded` is CAPTURED, with a `RefundReport` for each refund, unless `captured` is false.
    """

    razorpay_payment_id: str
    razorpay_order_id: str | None
    status: AttemptStatus
    amount_minor: int | None
    """None where only a signature is known. A captured attempt has it."""
    currency: str | None
    failure_reason: str | None = None
    receipt: str | None = None
    """Of Razorpay's order; ours is the payment's id."""

    def __post_init__(self) -> None:
        if self.status is AttemptStatus.CAPTURED and (self.amount_minor is None or self.currency is None):
            message = "a captured attempt has an amount and a currency"
            raise ValueError(message)


class KnownAttempt(NamedTuple):
    """An attempt as it is recorded."""

    razorpay_payment_id: str
    payment_id: UUID
    status: AttemptStatus
    amount_minor: int | None
    currency: str | None


ATTEMPT = bindparam("attempt", type_=String())
KNOWN_ATTEMPT = select(attempt.payment_id).where(attempt.razorpay_payment_id == ATTEMPT).scalar_subquery()
FIND = Compiled(
    select(payment.id, payment.is_unknown)
    .where(
        or_(
            payment.id == KNOWN_ATTEMPT,
            payment.razorpay_order_id == bindparam("order", type_=String()),
            payment.id == bindparam("receipt", type_=Uuid()),
        )
    )
    .order_by(
        payment.is_unknown,
        func.coalesce(payment.id == KNOWN_ATTEMPT, False).desc(),
        func.coalesce(payment.razorpay_order_id == bindparam("order"), False).desc(),
    )
)
"""The payment that an attempt belongs to, and after it what was recorded for it as unknown."""
ATTEMPTS_OF = Compiled(
    select(*(getattr(attempt, name) for name in KnownAttempt._fields)).where(
        attempt.payment_id == bindparam("payment", type_=Uuid())
    )
)

RECORDED = insert(PaymentAttempt).values(
    {
        name: bindparam(name, type_=getattr(attempt, name).type)
        for name in ("razorpay_payment_id", "payment_id", "flag", "failure_reason", *AttemptFacts._fields)
    }
)
RECORD = Compiled(
    RECORDED.on_conflict_do_update(
        index_elements=["razorpay_payment_id"],
        set_={name: RECORDED.excluded[name] for name in ("payment_id", "flag", "failure_reason", *AttemptFacts._fields)}
        | {"updated_at": NOW},
    )
)


async def settle(tx: Transaction, reported: Attempt) -> UUID | None:
    """Record what is reported of an attempt, and bring its payment in line; gives the payment's id.

    None for a failed attempt of an order that is not ours, which is not recorded. The same once more has no effect.
    A transaction settles one attempt: whoever reserves a second one under the lock of the payment may wait in a circle.
    """
    await reserve_attempt(tx, reported.razorpay_payment_id)
    return await _settle_reserved(tx, reported)


async def _settle_reserved(tx: Transaction, reported: Attempt) -> UUID | None:
    locked = None
    while locked is None:  # while this waits for an unknown order, it may turn out to be that of a payment
        payment_id = await _find(tx, reported) or await _record_unknown(tx, reported)
        if payment_id is None:
            return None
        locked = await lock_payment(tx, payment_id)
    if locked.razorpay_order_id is None and reported.razorpay_order_id is not None:
        await _set_order(tx, locked.id, reported.razorpay_order_id)
        locked = await lock_payment(tx, locked.id) or locked  # money of the order may have completed it
    known = [KnownAttempt(*row) for row in await tx.exec(ATTEMPTS_OF, {"payment": locked.id})]
    own = next((one for one in known if one.razorpay_payment_id == reported.razorpay_payment_id), None)
    if outweighs(reported.status, own and own.status):
        await _advance(tx, locked, reported, own, [one.status for one in known if one is not own])
    return locked.id


async def attach_order(tx: Transaction, payment_id: UUID, razorpay_order_id: str) -> None:
    """Record which of Razorpay's orders belongs to a payment, unless it has one already."""
    locked = await lock_payment(tx, payment_id)
    if locked is not None and locked.razorpay_order_id is None:
        await _set_order(tx, locked.id, razorpay_order_id)


async def _set_order(tx: Transaction, payment_id: UUID, razorpay_order_id: str) -> None:
    """Give a payment under lock its order of Razorpay's, with the money that was recorded for it as unknown."""
    strangers = payment.razorpay_order_id == razorpay_order_id, payment.is_unknown
    while True:
        unknown = (await tx.exec(select(payment.id).where(*strangers))).scalars()
        if unknown:
            await _adopt(tx, payment_id, unknown)
        try:
            async with tx.savepoint():
                await set_payment(tx, payment_id, razorpay_order_id=razorpay_order_id)
        except UniqueViolationError:
            if not (await tx.exec(select(payment.id).where(*strangers))).all():
                raise  # it is that of another payment of ours
        else:
            return


async def _find(tx: Transaction, reported: Attempt) -> UUID | None:
    given = {"attempt": reported.razorpay_payment_id, "order": reported.razorpay_order_id}
    found = (await tx.exec(FIND, given | {"receipt": _payment_id(reported.receipt)})).all()
    if not found:
        return None
    first, *others = found
    unknown = [row.id for row in others if row.is_unknown]
    if unknown:
        await _adopt(tx, first.id, unknown)
    return UUID(str(first.id))


def _payment_id(receipt: str | None) -> UUID | None:
    try:
        return UUID(receipt or "")
    except ValueError:
        return None


async def _record_unknown(tx: Transaction, reported: Attempt) -> UUID | None:
    """Keep money that came for an order that is not ours, for admins to look at; gives the id of its row."""
    if reported.status is AttemptStatus.FAILED or not reported.amount_minor or not reported.currency:
        return None
    row = {
        "id": uuid7(), "amount_minor": reported.amount_minor, "currency": reported.currency,
        "razorpay_order_id": reported.razorpay_order_id, "flag": PaymentFlag.UNKNOWN_ORDER, "is_unknown": True,
    }  # fmt: skip
    added = insert(Payment).values(row).on_conflict_do_nothing(index_elements=["razorpay_order_id"])
    made = (await tx.exec(added.returning(payment.id))).scalar()
    return made or await _find(tx, reported)


async def _adopt(tx: Transaction, payment_id: UUID, unknown: list[UUID]) -> None:
    """Settle anew, for the payment that it turned out to be of, what was recorded for an unknown order."""
    found = await lock_payment(tx, payment_id)
    if unknown and found is not None:
        await lock_spending(tx, found)
    for one in unknown:
        await lock_payment(tx, one)
        recorded = [KnownAttempt(*row) for row in await tx.exec(ATTEMPTS_OF, {"payment": one})]
        await tx.exec(update(Refund).where(refund.payment_id == one).values(payment_id=None))
        await tx.exec(delete(PaymentAttempt).where(attempt.payment_id == one))
        await tx.exec(delete(Payment).where(payment.id == one))
        for each in recorded:
            facts = each.status, each.amount_minor, each.currency
            await _settle_reserved(tx, Attempt(each.razorpay_payment_id, None, *facts, receipt=str(payment_id)))


async def _advance(
    tx: Transaction, locked: LockedPayment, reported: Attempt, own: KnownAttempt | None, others: list[AttemptStatus]
) -> None:
    """Record the new status of an attempt, and change the payment as the table says."""
    facts = AttemptFacts(
        reported.status,
        reported.amount_minor if reported.amount_minor is not None else own and own.amount_minor,
        reported.currency or (own and own.currency),
    )
    report = report_of(facts, locked.amount_minor, locked.currency, others)
    status = locked.status if report is None else next_status(locked.status, report)
    completes = report is Report.CAPTURED and status is PaymentStatus.COMPLETED and status is not locked.status
    flag = _flag(locked, facts, completes=completes)
    if completes and flag is None:
        flag = await fulfil(tx, locked)
    # It is about whoever has paid: nothing of it is kept once their account is deleted.
    reason = reported.failure_reason if locked.customer_id is not None else None
    await _record(tx, locked.id, reported.razorpay_payment_id, facts, flag, reason)
    changes: dict[str, Any] = {"status": status}
    if completes:
        changes |= {"razorpay_payment_id": reported.razorpay_payment_id, "failure_reason": None}
    elif status is PaymentStatus.FAILED:
        if reported.status is AttemptStatus.FAILED:
            changes |= {"failure_reason": reason}
    elif status is not locked.status:
        changes |= {"failure_reason": None}
    if flag is not None or locked.flag is not None:
        changes |= {"flag": await remaining_flag(tx, locked.id)}
    if completes or changes.get("flag") != locked.flag or status is not locked.status or "failure_reason" in changes:
        await set_payment(tx, locked.id, **changes)
        await record_change(tx, locked.id, locked.status, status)
    has_refunds = await attach_refunds(tx, locked.id, reported.razorpay_payment_id)
    if has_refunds and reported.status is AttemptStatus.CAPTURED:
        await recount_refunds(tx, locked.id)


def _flag(locked: LockedPayment, facts: AttemptFacts, *, completes: bool) -> PaymentFlag | None:
    """Say what is wrong with an attempt that may hold money."""
    if locked.is_unknown:
        return PaymentFlag.UNKNOWN_ORDER
    if facts.status is not AttemptStatus.CAPTURED:
        return None
    return difference(facts, locked.amount_minor, locked.currency) or (
        None if completes else PaymentFlag.SECOND_CAPTURE
    )


async def _record(
    tx: Transaction,
    payment_id: UUID,
    attempt_id: str,
    facts: AttemptFacts,
    flag: PaymentFlag | None,
    reason: str | None,
) -> None:
    values = {"payment_id": payment_id, "flag": flag, "failure_reason": reason, **facts._asdict()}
    await tx.exec(RECORD, values | {"razorpay_payment_id": attempt_id})
