"""What remains of payments and orders when an account is deleted."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from actions.payment_changes import attempt, order, payment
from database.transactions import Transaction
from models.orders import Order, OrderStatus
from models.payments import Payment, PaymentAttempt


async def on_customer_deleted(tx: Transaction, customer_id: UUID) -> None:
    """Cancel the customer's pending orders, and erase what they or their bank wrote; amounts stay, for the books.

    The customer's row is locked already, so that no payment of theirs is being settled.
    """
    own: Any = select(payment.id).where(payment.customer_id == customer_id)
    locked = own.order_by(payment.id).with_for_update(key_share=True).subquery()
    await tx.exec(select(func.count()).select_from(locked))
    pending = order.customer_id == customer_id, order.status == OrderStatus.PENDING
    await tx.exec(update(Order).where(*pending).values(status=OrderStatus.CANCELLED))
    await tx.exec(update(PaymentAttempt).where(attempt.payment_id.in_(own)).values(failure_reason=None))
    erased = {"description": None, "failure_reason": None}
    await tx.exec(update(Payment).where(payment.customer_id == customer_id).values(erased))
