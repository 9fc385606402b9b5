"""Payments under lock, and what follows from a change of one: its order, what its customer has spent, the event, the mail.

Locks are taken in one order: the advisory lock of an attempt, the customer, the payment, its order, the spending, the
limit of mails to an address.
"""

from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, String, Uuid, bindparam, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from database.compiled import Compiled
from database.transactions import Transaction
from events.payments import PaymentChanged
from events.publisher import publish
from mails import payments as payment_mails
from models.columns import columns
from models.customers import Customer
from models.orders import CustomerSpending, Order, OrderStatus
from models.payment_transitions import TO_GIVE_BACK, next_status, refund_report
from models.payments import AttemptStatus, Payment, PaymentAttempt, PaymentFlag, PaymentStatus, Refund, RefundStatus

NOW = func.clock_timestamp()
HOLDS_MONEY = (AttemptStatus.AUTHORIZED, AttemptStatus.CAPTURED)
ATTEMPTS = 7_956_008_262_370_488_180
"""Added to the hash of an attempt's id, which makes the number of its advisory lock."""

payment, attempt, refund = columns(Payment), columns(PaymentAttempt), columns(Refund)
order, customer, spending = columns(Order), columns(Customer), columns(CustomerSpending)


class LockedPayment(NamedTuple):
    """A payment under lock."""

    id: UUID
    customer_id: UUID | None
    order_id: UUID | None
    session_id: UUID | None
    amount_minor: int
    currency: str
    status: PaymentStatus
    flag: PaymentFlag | None
    is_unknown: bool
    refunded_minor: int
    razorpay_order_id: str | None
    razorpay_payment_id: str | None


PAYMENT, ATTEMPT = bindparam("payment", type_=Uuid()), bindparam("attempt", type_=String())
RESERVE = Compiled(select(func.pg_advisory_xact_lock(func.hashtextextended(ATTEMPT, ATTEMPTS))))
CUSTOMER = Compiled(
    select(customer.id)
    .where(customer.id == select(payment.customer_id).where(payment.id == PAYMENT).scalar_subquery())
    .with_for_update(read=True, key_share=True)
)
LOCK = Compiled(
    select(*(getattr(payment, name) for name in LockedPayment._fields))
    .where(payment.id == PAYMENT)
    .with_for_update(key_share=True)
)
SPEND = insert(CustomerSpending).values(
    customer_id=bindparam("customer", type_=Uuid()), currency=bindparam("currency", type_=String()),
    orders_count=bindparam("orders"), orders_minor=bindparam("ordered", type_=BigInteger()),
    spent_minor=bindparam("spent", type_=BigInteger()),
)  # fmt: skip
ADD_SPENDING = Compiled(
    SPEND.on_conflict_do_update(
        index_elements=["customer_id", "currency"],
        set_={
            name: getattr(spending, name) + getattr(SPEND.excluded, name)
            for name in ("orders_count", "orders_minor", "spent_minor")
        },
    )
)
LESS_SPENDING = Compiled(
    update(CustomerSpending)
    .where(spending.customer_id == bindparam("customer", type_=Uuid()), spending.currency == bindparam("of"))
    .values(
        orders_count=spending.orders_count - bindparam("orders"),
        orders_minor=spending.orders_minor - bindparam("ordered", type_=BigInteger()),
        spent_minor=spending.spent_minor - bindparam("spent", type_=BigInteger()),
    )
)

OF_ATTEMPT = refund.razorpay_payment_id == ATTEMPT
REFUNDS_OF = Compiled(select(refund.id, refund.status, refund.payment_id).where(OF_ATTEMPT))
ATTACH = Compiled(update(Refund).where(OF_ATTEMPT, refund.payment_id.is_(None)).values(payment_id=PAYMENT))
PROCESSED_SUM = select(func.coalesce(func.sum(refund.amount_minor), 0)).where(refund.status == RefundStatus.PROCESSED)
REFUNDED = Compiled(PROCESSED_SUM.where(OF_ATTEMPT))
REMAINING_FLAG = Compiled(
    select(attempt.flag)
    .where(
        attempt.payment_id == PAYMENT,
        attempt.flag.is_not(None),
        attempt.status.in_(HOLDS_MONEY),
        PROCESSED_SUM.where(refund.razorpay_payment_id == attempt.razorpay_payment_id).scalar_subquery()
        < attempt.amount_minor,
    )
    .order_by(attempt.first_seen_at, attempt.razorpay_payment_id)
    .limit(literal_column("1"))
)


async def reserve_attempt(tx: Transaction, razorpay_payment_id: str) -> None:
    """Keep out whatever else is reported of an attempt until the transaction ends, even if it is not known yet."""
    await tx.exec(RESERVE, {"attempt": razorpay_payment_id})


async def lock_payment(tx: Transaction, payment_id: UUID) -> LockedPayment | None:
    """Lock the customer of a payment against deletion, then the payment; None if it does not exist."""
    await tx.exec(CUSTOMER, {"payment": payment_id})
    row = (await tx.exec(LOCK, {"payment": payment_id})).first()
    return None if row is None else LockedPayment(*row)


async def record_change(tx: Transaction, payment_id: UUID, was: PaymentStatus, status: PaymentStatus) -> None:
    """Publish that a payment was changed, and write the mail that follows from it."""
    await publish(tx, PaymentChanged(payment_id, was, status))
    await payment_mails.notify(tx, payment_id, was, status)


async def record_refund_change(tx: Transaction, locked: LockedPayment) -> None:
    """Publish that a refund of a payment under lock was begun or changed, which leaves its status as it is."""
    await set_payment(tx, locked.id)
    await publish(tx, PaymentChanged(locked.id, locked.status, locked.status))


async def set_payment(tx: Transaction, payment_id: UUID, **values: Any) -> None:
    """Change columns of a payment that is under lock. With `razorpay_payment_id` it is completed now."""
    given = {f"new_{name}": value for name, value in values.items()}
    await tx.exec(_setting(tuple(values)), given | {"payment": payment_id})


@cache
def _setting(names: tuple[str, ...]) -> Compiled:
    """Build the statement of `set_payment` for some columns."""
    values: dict[str, Any] = {name: bindparam(f"new_{name}", type_=getattr(payment, name).type) for name in names}
    if "razorpay_payment_id" in names:
        values |= {"completed_at": NOW}
    return Compiled(update(Payment).where(payment.id == PAYMENT).values(updated_at=NOW, **values))


async def add_spending(tx: Transaction, locked: LockedPayment, *, orders: int, ordered: int) -> None:
    """Count a completed payment, and the order that it has paid."""
    if locked.customer_id is not None:
        given = {"customer": locked.customer_id, "currency": locked.currency, "orders": orders, "ordered": ordered}
        await tx.exec(ADD_SPENDING, given | {"spent": locked.amount_minor})


async def lock_spending(tx: Transaction, locked: LockedPayment) -> None:
    """Lock what the customer of a payment has spent, before a mail is written: several attempts are settled after it."""
    if locked.customer_id is not None:
        none = {"customer": locked.customer_id, "currency": locked.currency, "orders": 0, "ordered": 0, "spent": 0}
        await tx.exec(ADD_SPENDING, none)


async def recount_refunds(tx: Transaction, payment_id: UUID, *, refund_changed: bool = False) -> None:
    """Bring a payment under lock, its order and what its customer has spent in line with the processed refunds.

    `refund_changed` has followers of the payment hear of it, even if nothing else has changed.
    """
    locked = await lock_payment(tx, payment_id)
    if locked is None:
        return
    refunded = min(await refunded_of(tx, locked), locked.amount_minor)
    flag = await remaining_flag(tx, payment_id)
    report = refund_report(refunded, locked.amount_minor)
    status = locked.status if report is None else next_status(locked.status, report)
    if (refunded, flag, status) == (locked.refunded_minor, locked.flag, locked.status):
        if refund_changed:
            await record_refund_change(tx, locked)
        return
    await set_payment(tx, payment_id, refunded_minor=refunded, flag=flag, status=status)
    await _take_off(tx, locked, refunded - locked.refunded_minor, wholly=status is PaymentStatus.REFUNDED)
    await record_change(tx, payment_id, locked.status, status)


async def _take_off(tx: Transaction, locked: LockedPayment, more: int, *, wholly: bool) -> None:
    """Take what was refunded off the spending, and the order as well if all was."""
    orders, ordered = 0, 0
    if wholly and locked.status in TO_GIVE_BACK and locked.order_id is not None:
        paid = order.id == locked.order_id, order.status == OrderStatus.PAID
        changed = update(Order).where(*paid).values(status=OrderStatus.REFUNDED).returning(order.total_minor)
        totals = (await tx.exec(changed)).scalars()
        orders, ordered = len(totals), sum(totals)
    if locked.customer_id is not None and (more or orders):
        given = {"customer": locked.customer_id, "of": locked.currency, "orders": orders, "ordered": ordered}
        await tx.exec(LESS_SPENDING, given | {"spent": more})


async def attach_refunds(tx: Transaction, payment_id: UUID, razorpay_payment_id: str) -> bool:
    """Give refunds of an attempt to the payment that they turn out to be of, and tell its customer of processed ones.

    Says whether the attempt has any refunds. Others cannot come: the attempt is reserved, or the payment locked.
    """
    found = (await tx.exec(REFUNDS_OF, {"attempt": razorpay_payment_id})).all()
    if any(row.payment_id is None for row in found):
        await tx.exec(ATTACH, {"attempt": razorpay_payment_id, "payment": payment_id})
    for row in found:
        if row.payment_id is None and row.status == RefundStatus.PROCESSED:
            await payment_mails.notify_refunded(tx, row.id)
    return bool(found)


async def refunded_of(tx: Transaction, locked: LockedPayment) -> int:
    """Add up what was refunded of the attempt that completed a payment."""
    if locked.razorpay_payment_id is None:
        return 0
    return int((await tx.exec(REFUNDED, {"attempt": locked.razorpay_payment_id})).scalar())


async def remaining_flag(tx: Transaction, payment_id: UUID) -> PaymentFlag | None:
    """Find the flag of the first flagged attempt of which something is still to be refunded."""
    return (await tx.exec(REMAINING_FLAG, {"payment": payment_id})).scalar()  # type: ignore[no-any-return]
