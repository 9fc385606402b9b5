"""What follows from the completion of a payment, once: its order is paid, the spending counted, a receipt made."""

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from actions.payment_changes import NOW, LockedPayment, add_spending, order
from database.transactions import Transaction
from models import references
from models.orders import Order, OrderStatus
from models.payments import Receipt


async def fulfil(tx: Transaction, locked: LockedPayment) -> bool:
    """Do what a payment under lock was for; False if its order was cancelled, so that the money has to go back."""
    totals: list[int] = []
    if locked.order_id is not None:
        pending = order.id == locked.order_id, order.status == OrderStatus.PENDING
        paid = update(Order).where(*pending).values(status=OrderStatus.PAID, paid_at=NOW).returning(order.total_minor)
        totals = (await tx.exec(paid)).scalars()
    await add_spending(tx, locked, orders=len(totals), ordered=sum(totals))
    await tx.exec(insert(Receipt).values(payment_id=locked.id, number=references.generate(references.RECEIPT)))
    return locked.order_id is None or bool(totals)
