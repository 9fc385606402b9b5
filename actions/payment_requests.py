"""Beginning a payment: its row is committed before Razorpay is asked for an order, so that nothing is lost or made twice.

The transactions have locked the customer, so the payments of one customer are begun one after the other.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

import errors
from actions import leases, rate_limits
from actions.leases import Lease
from actions.payments import attach_order
from database.compiled import Compiled
from database.engine import Database
from database.transactions import Transaction
from errors.orders import OrderNotPayable
from errors.payment_requests import AlreadyPaid
from models import ids
from models.columns import columns
from models.money import Money
from models.orders import Order, OrderStatus
from models.payment_amounts import check_payable
from models.payment_transitions import PAYABLE
from models.payments import Payment, PaymentStatus
from models.sessions import SupportSession, SupportSessionStatus
from models.tickets import Ticket
from payments.client import Razorpay

NOW = func.clock_timestamp()
payment, order, session, ticket = columns(Payment), columns(Order), columns(SupportSession), columns(Ticket)
CUSTOMER = bindparam("customer", type_=Uuid())
ABANDONED = Compiled(
    select(payment.id)
    .where(
        payment.customer_id == CUSTOMER,
        payment.order_id.is_(None),
        payment.session_id.is_(None),
        payment.razorpay_order_id.is_(None),
        payment.status == PaymentStatus.PENDING,
        payment.amount_minor == bindparam("amount", type_=payment.amount_minor.type),
        payment.currency == bindparam("currency"),
        payment.description == bindparam("description"),
        payment.lease_until <= NOW,
    )
    .order_by(payment.created_at.desc(), payment.id.desc())
    .limit(1)
)
"""A payment that Razorpay has made no order for, as far as is known: its customer has only seen an error."""
OF_ORDER = Compiled(
    select(
        order.status, order.total_minor, order.currency,
        payment.id.label("payment_id"), payment.status.label("payment_status"),
    )
    .outerjoin(Payment, payment.order_id == order.id)
    .where(order.id == bindparam("order", type_=Uuid()), order.customer_id == CUSTOMER)
)  # fmt: skip
OF_SESSION = Compiled(
    select(session.status, session.tier, payment.id.label("payment_id"), payment.status.label("payment_status"))
    .join(Ticket, ticket.id == session.ticket_id)
    .outerjoin(Payment, payment.session_id == session.id)
    .where(session.id == bindparam("session", type_=Uuid()), ticket.customer_id == CUSTOMER)
)
BY_RAZORPAY_ORDER = Compiled(
    select(payment.id).where(payment.razorpay_order_id == bindparam("razorpay_order"), payment.customer_id == CUSTOMER)
)
IS_PAYABLE = Compiled(
    select(
        payment.status.in_(sorted(PAYABLE))
        & func.coalesce(order.status == OrderStatus.PENDING, True)
        & func.coalesce(session.status != SupportSessionStatus.CANCELLED, True)
    )
    .select_from(Payment)
    .outerjoin(Order, order.id == payment.order_id)
    .outerjoin(SupportSession, session.id == payment.session_id)
    .where(payment.id == bindparam("payment", type_=Uuid()))
)
TO_ASK = Compiled(
    select(payment.amount_minor, payment.currency).where(payment.id == bindparam("payment", type_=Uuid()))
)


async def begin(tx: Transaction, customer_id: UUID, money: Money, description: str) -> UUID:
    """Begin a payment of any amount, or go on with the same one if nobody could pay it yet; gives its id."""
    values: dict[str, Any] = {"currency": money.currency_code, "description": description}
    asked = values | {"customer": customer_id, "amount": money.minor}
    known: UUID | None = (await tx.exec(ABANDONED, asked)).scalar()
    return known or await _insert(tx, customer_id, amount_minor=money.minor, **values)


async def begin_for_order(tx: Transaction, customer_id: UUID, order_id: UUID) -> UUID:
    """Begin the payment of an order of the customer, or go on with it; gives its id."""
    found = (await tx.exec(OF_ORDER, {"order": order_id, "customer": customer_id})).first()
    if found is None:
        raise errors.NotFound("order", ids.encode("Order", order_id), "orderId")
    if found.payment_id is not None and found.status != OrderStatus.CANCELLED:
        return _going_on(found, "orderId")
    if found.status != OrderStatus.PENDING:
        raise OrderNotPayable(found.status)
    return await _insert(tx, customer_id, order_id=order_id, amount_minor=found.total_minor, currency=found.currency)


async def begin_for_session(
    tx: Transaction, customer_id: UUID, session_id: UUID, prices: Mapping[str, int], currency: str
) -> UUID:
    """Begin the payment of a support session on a ticket of the customer, or go on with it; gives its id.

    `prices` are those of the tiers. A payment that was begun keeps the price of its time.
    """
    found = (await tx.exec(OF_SESSION, {"session": session_id, "customer": customer_id})).first()
    if found is None:
        raise errors.NotFound("session", ids.encode("SupportSession", session_id), "sessionId")
    is_cancelled = found.status == SupportSessionStatus.CANCELLED
    if found.payment_id is not None and not (is_cancelled and found.payment_status in PAYABLE):
        return _going_on(found, "sessionId")
    if is_cancelled:
        raise errors.InvalidInput("This session was cancelled: there is nothing to pay.", "sessionId")
    minor = prices.get(found.tier)
    if minor is None:
        raise errors.InvalidInput("Sessions of this tier have no price: there is nothing to pay.", "sessionId")
    check_payable(Money(minor, currency), "sessionId")
    values = {"session_id": session_id, "tier": found.tier, "amount_minor": minor, "currency": currency}
    return await _insert(tx, customer_id, **values)


def _going_on(found: Any, field: str) -> UUID:
    if found.payment_status not in PAYABLE:
        raise AlreadyPaid(found.payment_id, found.payment_status, field)
    return UUID(str(found.payment_id))


async def _insert(tx: Transaction, customer_id: UUID, **values: Any) -> UUID:
    made = uuid7()
    await tx.exec(insert(Payment).values(id=made, customer_id=customer_id, **values))
    return made


async def is_payable(tx: Transaction, payment_id: UUID) -> bool:
    """Whether the customer can still pay: not if they have, nor if the order or the support session was cancelled."""
    return bool((await tx.exec(IS_PAYABLE, {"payment": payment_id})).scalar())


async def take_lease(tx: Transaction, payment_id: UUID, limits: Mapping[str, int]) -> Lease:
    """Take the lease to ask Razorpay for the order of a payment; raises RateLimited where that was done too often."""
    lease = await leases.take(tx, Payment, payment_id)
    if lease.is_mine:
        refusal = "You have begun too many payments in a short time."
        await rate_limits.count(tx, refusal, timedelta(minutes=1), limits)
    return lease


async def ensure_order(database: Database, razorpay: Razorpay, payment_id: UUID, lease: Lease) -> None:
    """Have Razorpay make the order of a payment, unless it has one; raises `PaymentProvider`."""

    async def ask(repeated: bool) -> None:
        async with database.transaction() as tx:
            found = (await tx.exec(TO_ASK, {"payment": payment_id})).one()
        made = await razorpay.create_order(payment_id, found.amount_minor, found.currency, repeated=repeated)
        async with database.transaction() as tx:
            await attach_order(tx, payment_id, made)

    await leases.ask_once(database, Payment, payment_id, lease, ask)


async def find_own(tx: Transaction, customer_id: UUID, razorpay_order_id: str) -> UUID:
    """Find the customer's payment with an order of Razorpay's; gives its id."""
    given = {"razorpay_order": razorpay_order_id, "customer": customer_id}
    found: UUID | None = (await tx.exec(BY_RAZORPAY_ORDER, given)).scalar()
    if found is None:
        raise errors.NotFound("payment", razorpay_order_id, "razorpayOrderId")
    return found
