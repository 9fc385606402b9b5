"""Payments compared with what Razorpay knows: those that nothing was heard of for long, and refunds that are not done.

No transaction is open while Razorpay is asked. What is settled here is settled as a webhook would settle it.
"""

import traceback
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import DateTime, Interval, bindparam, cast, func, or_, select, union, update

from actions import refund_requests
from actions.payment_reports import settle_payment, settle_refunded
from actions.payments import attach_order
from database.compiled import Compiled
from database.engine import Database
from errors import Unavailable
from errors.payments import PaymentProvider, PaymentRejected
from models.columns import columns
from models.payment_transitions import UNSETTLED
from models.payments import Payment, PaymentFlag, PaymentStatus, Refund, RefundStatus
from payments.client import Razorpay

STALE = timedelta(minutes=15)
"""How long Razorpay's webhooks have, before it is asked."""
GIVEN_UP = timedelta(days=14)
"""After that nobody pays any more: Razorpay gives authorized money back after 5 days."""
MAX_PAUSE = timedelta(days=1)
BATCH = 100
"""How many payments one run of the timer looks at."""

UNEXPECTED = "There was an unexpected error, which the log has."

payment, refund = columns(Payment), columns(Refund)
log = structlog.get_logger()


class Stale(NamedTuple):
    """A payment to compare, as it is here."""

    id: UUID
    status: PaymentStatus
    flag: PaymentFlag | None
    amount_minor: int
    currency: str
    razorpay_order_id: str | None
    refunded_minor: int


class Difference(NamedTuple):
    """A payment that Razorpay knew otherwise: what it was here, and what it is now."""

    payment_id: UUID
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one run has found."""

    checked: int
    differences: Sequence[Difference]
    errors: Sequence[tuple[UUID, str]]
    """Payments of which Razorpay could not be asked, and why."""
    is_cut_short: bool = False
    """Whether some were chosen and not looked at."""


STALE_SINCE, BEFORE = (
    func.now() - bindparam("stale", type_=Interval()),
    bindparam("before", type_=DateTime(timezone=True)),
)
UNHEARD = select(payment.id).where(
    payment.status.in_(sorted(UNSETTLED)),
    ~payment.is_unknown,
    payment.created_at < STALE_SINCE,
    payment.created_at > func.now() - cast(GIVEN_UP, Interval),
)
NOT_REFUNDED = select(refund.payment_id).where(refund.status == RefundStatus.PENDING, refund.created_at < STALE_SINCE)
# The pause before a payment is looked at again doubles each time, up to MAX_PAUSE.
PAUSE = func.least(
    func.greatest(payment.checked_at - payment.created_at, bindparam("stale", type_=Interval())),
    cast(MAX_PAUSE, Interval),
)
CHOOSE = (
    select(*(getattr(payment, name) for name in Stale._fields))
    .where(payment.id.in_(union(UNHEARD, NOT_REFUNDED)))
    .order_by(payment.checked_at.asc().nulls_first(), payment.created_at)
    .limit(BATCH)
)
CHOOSE_DUE = Compiled(CHOOSE.where(or_(payment.checked_at.is_(None), payment.checked_at < func.now() - PAUSE)))
CHOOSE_ALL = Compiled(CHOOSE.where(or_(payment.checked_at.is_(None), payment.checked_at < BEFORE)))
NOW_IS = Compiled(
    select(payment.status, payment.flag, payment.razorpay_order_id, payment.refunded_minor).where(
        payment.id == bindparam("payment")
    )
)
PENDING_REFUNDS = Compiled(
    select(refund.id, refund.razorpay_payment_id, refund.amount_minor, refund.razorpay_refund_id).where(
        refund.payment_id == bindparam("payment"), refund.status == RefundStatus.PENDING
    )
)


async def reconcile_due(database: Database, razorpay: Razorpay, stopping: Callable[[], bool]) -> Reconciled:
    """Compare up to BATCH payments whose turn it is, those first that were not compared for longest."""
    return await _reconcile(database, razorpay, CHOOSE_DUE, {"stale": STALE}, stopping)


async def reconcile_all(database: Database, razorpay: Razorpay, stale: timedelta = STALE) -> AsyncIterator[Reconciled]:
    """Compare all payments that are unsettled for longer than `stale`, batch by batch; ends if Razorpay is down."""
    async with database.transaction() as tx:
        before = (await tx.exec(select(func.clock_timestamp()))).scalar_one()
    while True:
        found = await _reconcile(database, razorpay, CHOOSE_ALL, {"stale": stale, "before": before}, lambda: False)
        yield found
        if not found.checked or found.is_cut_short:
            return


async def _reconcile(
    database: Database, razorpay: Razorpay, choose: Compiled, values: dict[str, Any], stopping: Callable[[], bool]
) -> Reconciled:
    async with database.transaction() as tx:
        chosen = [Stale(*row) for row in await tx.exec(choose, values)]
    differences, errors = list[Difference](), list[tuple[UUID, str]]()
    for checked, one in enumerate(chosen):
        if stopping():
            return Reconciled(checked, differences, errors, is_cut_short=True)
        try:
            differences += await _check(database, razorpay, one)
        except PaymentRejected as error:  # of this one
            errors.append((one.id, str(error)))
        except PaymentProvider as error:  # the others would not fare better
            errors.append((one.id, str(error)))
            await _note_check(database, one.id)  # if it is of this one after all, the next run does not begin with it
            return Reconciled(checked, differences, errors, is_cut_short=True)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - of this one: the others have their turn
            errors.append((one.id, report_unexpected(error, str(one.id))))
        await _note_check(database, one.id)
    return Reconciled(len(chosen), differences, errors)


def report_unexpected(error: Exception, id: str) -> str:
    """Log an error that one payment, attempt or refund has caused, without its text, which may hold people's data."""
    trace = "".join(traceback.format_tb(error.__traceback__))
    log.error("payment_check_failed", id=id, error=type(error).__qualname__, trace=trace)
    return UNEXPECTED


async def _note_check(database: Database, payment_id: UUID) -> None:
    async with database.transaction() as tx:
        await tx.exec(update(Payment).where(payment.id == payment_id).values(checked_at=func.clock_timestamp()))


async def _check(database: Database, razorpay: Razorpay, one: Stale) -> list[Difference]:
    order_id, receipt = one.razorpay_order_id, str(one.id)
    if order_id is None and (order := await razorpay.find_order(receipt)) is not None:
        order_id = order.id
        async with database.transaction() as tx:
            await attach_order(tx, one.id, order_id)
    for attempt in reversed(await razorpay.fetch_payments(order_id) if order_id is not None else []):
        async with database.transaction() as tx:
            await settle_payment(tx, attempt, receipt)
    await _check_refunds(database, razorpay, one.id)  # also of money that came without an order
    return await _difference(database, one)


async def _check_refunds(database: Database, razorpay: Razorpay, payment_id: UUID) -> None:
    """Settle what Razorpay says of pending refunds; those that it has never got are requested again, by the same key."""
    async with database.transaction() as tx:
        pending = (await tx.exec(PENDING_REFUNDS, {"payment": payment_id})).all()
    for razorpay_payment_id in sorted({row.razorpay_payment_id for row in pending}):
        known = await razorpay.fetch_refunds(razorpay_payment_id)
        paid = await razorpay.fetch_payment(razorpay_payment_id)
        lost = [
            row
            for row in pending
            if row.razorpay_payment_id == razorpay_payment_id
            and not any(row.id == each.refund_id or row.razorpay_refund_id == each.id for each in known)
        ]
        for found in reversed(known):
            async with database.transaction() as tx:
                await settle_refunded(tx, found, paid)
        for row in lost:
            async with database.transaction() as tx:
                lease = await refund_requests.take_lease(tx, row.id)
            await refund_requests.ensure_refund(database, razorpay, row.id, lease)


async def _difference(database: Database, one: Stale) -> list[Difference]:
    async with database.transaction() as tx:
        row = (await tx.exec(NOW_IS, {"payment": one.id})).one()
    was = _describe(one.status, one.flag, one.razorpay_order_id, one.refunded_minor)
    now = _describe(row.status, row.flag, row.razorpay_order_id, row.refunded_minor)
    if was == now:
        return []
    log.warning("payment_differed", payment=str(one.id), was=was, now=now)
    return [Difference(one.id, was, now)]


def _describe(status: str, flag: str | None, order_id: str | None, refunded: int) -> str:
    words = [status, *([flag] if flag else []), *([] if order_id else ["without an order"])]
    return ", ".join([*words, *([f"{refunded} refunded"] if refunded else [])])
