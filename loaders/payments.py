"""Payments that the viewer may see, with their refunds and receipts."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, ColumnElement, Select, Text, any_, bindparam, func, select

import policy.payments
from auth.viewer import ViewerKind
from loaders.batches import UUID_KEYS, RowLoader, RowsLoader
from loaders.nodes import node_loader
from loaders.pages import ConnectionLoader
from models.columns import columns
from models.payments import Payment, PaymentAttempt, Receipt, Refund

attempt = columns(PaymentAttempt)
payment = columns(Payment)
receipt = columns(Receipt)
refund = columns(Refund)

NOT_LOADED = {"checked_at", "is_unknown", "lease_until", "tier"}
COLUMNS = [column for column in payment if column.name not in NOT_LOADED]
NEWEST: dict[str, ColumnElement[Any]] = {"created_at": payment.created_at, "id": payment.id}


def seen(viewer: ViewerKind) -> Select[Any]:
    """Select the payments that exist for a viewer."""
    can = policy.payments.can_refund(viewer).label("viewer_can_refund")
    return select(*COLUMNS, can).where(policy.payments.visible(viewer))


@node_loader
class PaymentById(RowLoader[UUID]):
    """A payment."""

    graphql_type = "Payment"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By id."""
        return seen(viewer).where(payment.id == UUID_KEYS)


class PaymentsByOrder(RowsLoader):
    """The payment of an order, if there is one that the viewer may see: whoever else sees the order sees none."""

    graphql_type = "Payment"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By order."""
        return seen(viewer).where(payment.order_id == UUID_KEYS)


class PaymentsBySession(RowsLoader):
    """The payment of a support session, if there is one that the viewer may see: its solver sees none."""

    graphql_type = "Payment"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By session."""
        return seen(viewer).where(payment.session_id == UUID_KEYS)


class PaymentsByCustomer(ConnectionLoader):
    """The payments of a customer, the latest first."""

    graphql_type = "Payment"
    order: ClassVar[dict[str, ColumnElement[Any]]] = NEWEST

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By customer."""
        return seen(viewer).where(payment.customer_id == parent)


class AllPayments(ConnectionLoader):
    """All payments that the viewer may see, the latest first."""

    graphql_type = "Payment"
    order: ClassVar[dict[str, ColumnElement[Any]]] = NEWEST
    decisive_filters = frozenset({"statuses", "flagged"})

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By status and by having a flag, if these are given."""
        rows = seen(viewer)
        if "statuses" in given:
            rows = rows.where(payment.status == any_(bindparam("statuses", type_=ARRAY(Text))))
        if "flagged" in given:
            rows = rows.where(payment.flag.is_not(None) == bindparam("flagged", type_=Boolean))
        return rows


class RefundsByPayment(RowsLoader):
    """The refunds of a payment, the earliest first. Reached only through a payment that the viewer may see."""

    graphql_type = "Refund"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By payment, in the currency of the attempt that they refund."""
        currency = func.coalesce(attempt.currency, payment.currency).label("currency")
        rows = select(refund.amount_minor, currency, refund.status, refund.created_at, refund.processed_at)
        rows = rows.join(Payment, payment.id == refund.payment_id)
        rows = rows.outerjoin(PaymentAttempt, attempt.razorpay_payment_id == refund.razorpay_payment_id)
        return rows.where(refund.payment_id == UUID_KEYS).order_by(refund.created_at, refund.id)


class ReceiptByPayment(RowLoader[UUID]):
    """The receipt of a payment. Reached only through a payment that the viewer may see."""

    graphql_type = "Receipt"
    columns = (receipt.payment_id, receipt.number, receipt.token, receipt.issued_at)
    found_by = receipt.payment_id
