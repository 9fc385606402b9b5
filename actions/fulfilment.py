"""What follows from the completion of a payment, once: its order is paid, the spending counted, a receipt made."""

from sqlalchemy import Uuid, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from actions.payment_changes import NOW, LockedPayment, add_spending, order
from database.compiled import Compiled
from database.transactions import Transaction
from models import references
from models.columns import columns
from models.orders import Order, OrderStatus
from models.payments import PaymentFlag, Receipt, new_receipt_token
from models.sessions import SupportSession, SupportSessionStatus

session = columns(SupportSession)
PAY_ORDER = Compiled(
    update(Order)
    .where(order.id == bindparam("of", type_=Uuid()), order.status == OrderStatus.PENDING)
    .values(status=OrderStatus.PAID, paid_at=NOW)
    .returning(order.total_minor)
)
ADD_RECEIPT = Compiled(insert(Receipt).values({name: bindparam(name) for name in ("payment_id", "number", "token")}))
SESSION = Compiled(select(session.status).where(session.id == bindparam("session", type_=Uuid())))


async def fulfil(tx: Transaction, locked: LockedPayment) -> PaymentFlag | None:
    """Do what a payment under lock was for; gives the flag for one whose order, support session or customer is gone."""
    totals: list[int] = []
    flag = None
    if locked.order_id is not None:
        totals = (await tx.exec(PAY_ORDER, {"of": locked.order_id})).scalars()
        flag = None if totals else PaymentFlag.ORDER_CANCELLED
    elif locked.session_id is not None:
        status = (await tx.exec(SESSION, {"session": locked.session_id})).scalar()
        flag = PaymentFlag.SESSION_CANCELLED if status == SupportSessionStatus.CANCELLED else None
    elif locked.customer_id is None:
        flag = PaymentFlag.ACCOUNT_DELETED
    await add_spending(tx, locked, orders=len(totals), ordered=sum(totals))
    number = references.generate(references.RECEIPT)
    await tx.exec(ADD_RECEIPT, {"payment_id": locked.id, "number": number, "token": new_receipt_token()})
    return flag
