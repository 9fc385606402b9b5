"""Who may see orders."""

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true

import policy.audiences
import policy.customers
import policy.payments
from auth.viewer import ViewerKind
from models.columns import alias, columns
from models.customers import Customer
from models.orders import Order, OrderStatus
from models.payments import Payment
from policy.audiences import Bit
from policy.customers import customer
from policy.parameters import VIEWER

order = columns(Order)


def visible(viewer: ViewerKind) -> ColumnElement[bool]:
    """Which orders exist for this viewer? Their own; of others those that are paid, if these show them their orders."""
    if viewer is ViewerKind.ADMIN:
        return true()
    shown = and_(order.status == OrderStatus.PAID, _shown_by_customer(viewer))
    return shown if viewer is ViewerKind.ANONYMOUS else or_(own(), shown)


def own() -> ColumnElement[bool]:
    """Which orders are the viewer's?"""
    mine: ColumnElement[bool] = order.customer_id == VIEWER
    return mine


def can_pay(viewer: ViewerKind) -> ColumnElement[bool]:
    """Which orders can the viewer pay? Never null."""
    if viewer is ViewerKind.ANONYMOUS:
        return false()
    made = alias(Payment)
    is_settled = exists(select(1).where(made.order_id == order.id, policy.payments.is_settled(made)))
    return func.coalesce(and_(own(), order.status == OrderStatus.PENDING, ~is_settled), false())


def _shown_by_customer(viewer: ViewerKind) -> ColumnElement[bool]:
    """Does the customer of an order show their orders to this viewer?"""
    allowed = policy.audiences.audience(viewer).op("&")(int(Bit.ORDERS)) != 0
    them = customer.id == order.customer_id, policy.customers.visible(viewer), allowed
    return exists(select(1).select_from(Customer).where(*them).correlate_except(Customer))
