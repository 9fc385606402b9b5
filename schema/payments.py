"""Payments, refunds and receipts."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

import strawberry

from execution.field_metadata import ListSize
from inputs import payments as payment_inputs  # noqa: F401 - makes the enums part of the graph
from inputs.scalars import URL
from loaders import payments as found
from loaders.customers import CustomerById
from loaders.orders import OrderById
from loaders.sessions import SessionById
from models.customers import Role
from models.payments import PaymentFlag, PaymentStatus, RefundStatus
from policy.audiences import Audience
from resolvers import payments, payments_live
from schema.connections import ConnectionOf, Node
from schema.fields import connection, edge, field, lookup, subscription
from schema.orders import Order
from schema.prices import Money
from schema.profile import CustomerRef
from schema.sessions import SupportSession

PaymentRef = Annotated["Payment", strawberry.lazy("schema.payments")]
PaymentPage = ConnectionOf[PaymentRef]


@strawberry.type(description="A refund of all or part of a payment.")
class Refund:
    """The source is a refund's row with the currency of what it refunds."""

    amount: Money = field("The amount of the refund.", resolver=payments.amount)
    status: RefundStatus = field("The status of the refund.")
    created_at: datetime = field("When the refund was requested.")
    processed_at: datetime | None = field("When the amount was given back. Null unless the status is PROCESSED.")


@strawberry.type(description="The receipt of a completed payment.")
class Receipt:
    """The source is a receipt's row."""

    number: str = field("A short code that identifies the receipt, for example `RC-4HW-PQ7-XKC`.")
    issued_at: datetime = field("When the receipt was issued: when the payment was completed.")
    url: URL = field(
        "The web page of the receipt, which can be printed. Anyone with this URL can open it without signing in. It shows what was paid and refunded, but no names.",
        resolver=payments.receipt_url,
    )


@strawberry.type(
    description="An amount that a customer pays through Razorpay: for an order, for a support session, or for the purpose in "
    "`description`. Only the customer and admins can see it."
)
class Payment(Node):
    """The source is a payment's row."""

    amount: Money = field("The amount to pay.", resolver=payments.amount)
    refunded: Money = field("How much of the amount was refunded.", resolver=payments.refunded)
    status: PaymentStatus = field("The status of the payment.")
    flag: PaymentFlag | None = field("Why an admin has to review the payment. Null if there is nothing to review.")
    description: str | None = field(
        "What the payment is for. Null if it is for an order or a support session, for payments with the flag UNKNOWN_ORDER, and if the customer's account was deleted."
    )
    failure_reason: str | None = field(
        "Why the latest attempt to pay failed, in Razorpay's words. Null if the status is not FAILED, or if no reason is known."
    )
    customer: CustomerRef | None = edge(
        CustomerById,
        "customer_id",
        "The customer who pays. Null if their account was deleted, and for payments with the flag UNKNOWN_ORDER.",
    )
    order: Order | None = edge(
        OrderById, "order_id", "The order that is paid. Null if the payment is not for an order."
    )
    session: SupportSession | None = edge(
        SessionById, "session_id", "The support session that is paid. Null if the payment is not for one."
    )
    receipt: Receipt | None = edge(found.ReceiptByPayment, "id", "The receipt. Null until the payment is completed.")
    refunds: list[Refund] = edge(
        found.RefundsByPayment,
        "id",
        "The refunds of this payment, the earliest first. They include refunds of flagged money, for example of a second "
        "payment of the same order, which `refunded` does not include.",
        size=ListSize(2),
    )
    razorpay_order_id: str | None = field(
        "Razorpay's id of the order that the customer pays there, for example `order_EKwxwAgItmmXdp`. Null until it was made."
    )
    razorpay_payment_id: str | None = field(
        "Razorpay's id of the attempt that completed the payment, for example `pay_29QQoUBi66xm2f`. Null until then."
    )
    created_at: datetime = field("When the payment was created.")
    updated_at: datetime = field("When the payment last changed.")
    completed_at: datetime | None = field("When the payment became COMPLETED. Null until then.")
    viewer_can_refund: bool = field(
        "Whether the viewer can refund money of the payment with `refundPayment`. Always false for viewers who are not "
        "admins."
    )


@strawberry.type
class OnCustomer:
    """What payments add to a customer."""

    payments: PaymentPage | None = connection(
        found.PaymentsByCustomer, "id", "The customer's payments, the newest first.", audience=Audience.SELF
    )


@strawberry.type
class Queries:
    """The queries of payments."""

    payment: Payment | None = lookup(
        payments.by_id, "Looks up a payment by id. Null if there is no such payment, or if the viewer cannot see it."
    )
    payments: ConnectionOf[PaymentRef] | None = lookup(
        payments.everybodys,
        "The payments of all customers, the newest first.",
        pages_of=found.AllPayments,
        access=Role.ADMIN,
    )


@strawberry.type
class Subscriptions:
    """The subscriptions of payments."""

    payment_updated: AsyncIterator[Payment] = subscription(
        payments_live.updated,
        "Sends a payment each time its status, its flag, its `failureReason` or one of its refunds changes. Ends when the viewer may no longer see the payment. If events "
        'were missed, the payment is sent once with `"extensions": {"resync": true}`.',
    )
