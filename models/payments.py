"""Payments through Razorpay, all that is known of each attempt to pay, refunds, and receipts."""

from datetime import datetime
from enum import StrEnum
from secrets import token_hex
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from models.columns import (
    Table,
    bool_column,
    enum_column,
    foreign_key,
    minor_units,
    optional_enum_column,
    primary_key,
    timestamp,
)
from models.sessions import SupportTier


class PaymentStatus(StrEnum):
    """The status of a payment; `models.payment_transitions` has the changes that are allowed."""

    PENDING = "PENDING"
    AUTHORIZED = "AUTHORIZED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"


class PaymentFlag(StrEnum):
    """Why money of a payment has to be looked at, and usually refunded, by an admin."""

    SECOND_CAPTURE = "SECOND_CAPTURE"
    AMOUNT_DIFFERS = "AMOUNT_DIFFERS"
    CURRENCY_DIFFERS = "CURRENCY_DIFFERS"
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    ORDER_CANCELLED = "ORDER_CANCELLED"
    SESSION_CANCELLED = "SESSION_CANCELLED"
    ACCOUNT_DELETED = "ACCOUNT_DELETED"


class AttemptStatus(StrEnum):
    """The status of an attempt to pay, which is what Razorpay calls a payment (`pay_…`). Later ones outweigh earlier ones."""

    FAILED = "FAILED"
    AUTHORIZED = "AUTHORIZED"
    REFUNDED = "REFUNDED"
    """The authorized money was given back without having been captured."""
    CAPTURED = "CAPTURED"
    """The money was taken; what was refunded of it since is said by refunds."""


class RefundStatus(StrEnum):
    """The status of a refund. Later ones outweigh earlier ones."""

    PENDING = "PENDING"
    FAILED = "FAILED"
    PROCESSED = "PROCESSED"


class Payment(Table, table=True):
    """An amount that a customer is to pay, for an order, a support session or what `description` says.

    An order of Razorpay (`order_…`) belongs to it, in which the customer can attempt to pay several times.
    """

    __tablename__ = "payment"
    __table_args__: Any = (
        Index("payment_of_customer_idx", "customer_id", "created_at", "id"),
        Index("payment_newest_idx", "created_at", "id"),
        Index("payment_status_idx", "status", "created_at", "id"),
        Index("payment_flagged_idx", "created_at", "id", postgresql_where=text("flag IS NOT NULL")),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor", name="refunded"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("order_id IS NULL OR session_id IS NULL", name="one_subject"),
        CheckConstraint(
            "(status IN ('COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED')) = "
            "(completed_at IS NOT NULL AND razorpay_payment_id IS NOT NULL)",
            name="completed",
        ),
    )

    id: UUID = primary_key()
    customer_id: UUID | None = foreign_key("customer.id", on_delete="SET NULL", default=None)
    order_id: UUID | None = foreign_key("order.id", on_delete="RESTRICT", default=None, unique=True)
    session_id: UUID | None = foreign_key("session.id", on_delete="SET NULL", default=None, unique=True)
    tier: SupportTier | None = optional_enum_column(SupportTier)
    """That of the support session when the payment was made, which decided the price."""
    amount_minor: int = minor_units()
    currency: str
    description: str | None = None
    status: PaymentStatus = enum_column(PaymentStatus, PaymentStatus.PENDING)
    flag: PaymentFlag | None = optional_enum_column(PaymentFlag)
    is_unknown: bool = bool_column(on=False)
    """Whether the money came for an order at Razorpay that is not ours."""
    refunded_minor: int = minor_units()
    """What was refunded of the attempt that completed the payment."""
    razorpay_order_id: str | None = Field(default=None, unique=True)
    razorpay_payment_id: str | None = Field(default=None, unique=True)
    """Of the attempt that completed it."""
    failure_reason: str | None = None
    """What Razorpay says of the latest failed attempt."""
    created_at: datetime = timestamp(now=True)
    completed_at: datetime | None = timestamp()
    updated_at: datetime = timestamp(now=True)
    checked_at: datetime | None = timestamp()
    """When it was last compared with what Razorpay knows."""
    lease_until: datetime | None = timestamp()
    """Until when one request alone asks Razorpay for the order. In the past, an earlier one may have done so in vain."""


class PaymentAttempt(Table, table=True):
    """An attempt to pay. Of several captured ones, the first completes the payment, and others are flagged."""

    __tablename__ = "payment_attempt"
    __table_args__: Any = (Index("payment_attempt_of_payment_idx", "payment_id", "first_seen_at"),)

    razorpay_payment_id: str = Field(primary_key=True)
    payment_id: UUID = foreign_key("payment.id")
    status: AttemptStatus = enum_column(AttemptStatus, AttemptStatus.FAILED)
    amount_minor: int | None = minor_units(required=False)
    """None while only a signature is known, which does not say how much was paid."""
    currency: str | None = None
    failure_reason: str | None = None
    flag: PaymentFlag | None = optional_enum_column(PaymentFlag)
    """Why the captured money is not, or not only, that of a completed payment."""
    first_seen_at: datetime = timestamp(now=True)
    updated_at: datetime = timestamp(now=True)


class Refund(Table, table=True):
    """Money of a captured attempt that goes back, as an admin has requested here or at Razorpay's dashboard."""

    __tablename__ = "refund"
    __table_args__: Any = (
        Index("refund_of_payment_idx", "payment_id", "created_at"),
        Index("refund_of_attempt_idx", "razorpay_payment_id"),
        CheckConstraint("amount_minor > 0", name="amount"),
    )

    id: UUID = primary_key()
    payment_id: UUID | None = foreign_key("payment.id", default=None)
    """None until the attempt that it refunds is known."""
    razorpay_payment_id: str
    amount_minor: int = minor_units()
    status: RefundStatus = enum_column(RefundStatus, RefundStatus.PENDING)
    razorpay_refund_id: str | None = Field(default=None, unique=True)
    requested_by: UUID | None = foreign_key("customer.id", on_delete="SET NULL", default=None, index=True)
    created_at: datetime = timestamp(now=True)
    processed_at: datetime | None = timestamp()
    lease_until: datetime | None = timestamp()
    """Until when one request alone asks Razorpay for the refund; None for one that was made at Razorpay's dashboard."""


def new_receipt_token() -> str:
    """Make the part of a receipt's address that nobody can guess."""
    return token_hex(16)


class Receipt(Table, table=True):
    """The receipt of a completed payment: made with its completion, and never changed."""

    __tablename__ = "receipt"

    payment_id: UUID = foreign_key("payment.id", primary_key=True)
    number: str = Field(unique=True)
    token: str = Field(
        default_factory=new_receipt_token,
        sa_column_kwargs={"server_default": text("replace(gen_random_uuid()::text, '-', '')")},
    )
    """The end of the address of its page, which whoever knows may read."""
    issued_at: datetime = timestamp(now=True)


class AccountCompared(Table, table=True):
    """Until when the account at Razorpay was compared with what is known here: one row."""

    __tablename__ = "account_compared"
    __table_args__: Any = (CheckConstraint("only_row", name="only_row"),)

    only_row: bool = Field(default=True, primary_key=True, sa_column_kwargs={"server_default": "true"})
    until: datetime = timestamp(now=True)


ERASED_WITH_CUSTOMER = {Payment: "set null", Refund: "set null"}
EXPORTED_WITH_CUSTOMER = {
    Payment: (
        "status", "amount_minor", "currency", "refunded_minor", "description", "tier", "failure_reason", "created_at",
        "completed_at",
    ),
    Refund: "left out because it names the admin who requested it, and the payment says what was refunded",
}  # fmt: skip
