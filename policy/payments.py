"""Who may see payments, and which of them an admin can refund."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, select, true

from auth.viewer import ViewerKind
from models.columns import alias, columns
from models.payment_transitions import PAYABLE
from models.payments import AttemptStatus, Payment, PaymentAttempt, Refund, RefundStatus
from policy.parameters import VIEWER

payment = columns(Payment)


def visible(viewer: ViewerKind) -> ColumnElement[bool]:
    """Which payments exist for this viewer? Their own; for admins all."""
    if viewer is ViewerKind.ADMIN:
        return true()
    if viewer is ViewerKind.ANONYMOUS:
        return false()
    own: ColumnElement[bool] = payment.customer_id == VIEWER
    return own


def is_settled(of: Any) -> ColumnElement[bool]:
    """Which payments can their customers not pay any more?"""
    return and_(*(of.status != status for status in sorted(PAYABLE)))


def refundable(of: Any) -> ColumnElement[int]:
    """How much of a captured attempt neither was refunded nor is being refunded?"""
    back = alias(Refund)
    counted = back.razorpay_payment_id == of.razorpay_payment_id, back.status != RefundStatus.FAILED
    given: Select[Any] = select(func.coalesce(func.sum(back.amount_minor), 0)).where(*counted)
    rest: ColumnElement[int] = of.amount_minor - given.scalar_subquery()
    return rest


def can_refund(viewer: ViewerKind) -> ColumnElement[bool]:
    """Of which payments can this viewer refund something? Admins can, of those with captured money that is left."""
    if viewer is not ViewerKind.ADMIN:
        return false()
    captured = alias(PaymentAttempt)
    held = captured.payment_id == payment.id, captured.status == AttemptStatus.CAPTURED, refundable(captured) > 0
    return exists(select(1).where(*held))
