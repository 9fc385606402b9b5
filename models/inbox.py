"""What came in from outside and must have one effect: webhooks, and requests that may be sent twice."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.columns import Table, counter, enum_column, foreign_key, timestamp


class WebhookStatus(StrEnum):
    """What became of a message."""

    PROCESSED = "PROCESSED"
    IGNORED = "IGNORED"
    FAILED = "FAILED"


class WebhookMessage(Table, table=True):
    """A signed message, kept for ever: its id is what makes a second delivery have no second effect."""

    __tablename__ = "webhook_message"
    __table_args__: Any = (
        Index("webhook_message_failed_idx", "received_at", postgresql_where=text("status = 'FAILED'")),
        Index("webhook_message_subject_idx", "provider", "subject", postgresql_where=text("subject IS NOT NULL")),
    )

    provider: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    kind: str
    body: bytes = Field(sa_type=LargeBinary)
    status: WebhookStatus = enum_column(WebhookStatus, WebhookStatus.PROCESSED)
    subject: str | None = None
    """Whom a failed message is about, by the provider's id, so that its body goes with their account."""
    error: str | None = None
    attempts: int = counter()
    received_at: datetime = timestamp(now=True)
    updated_at: datetime = timestamp(now=True)


class WebhookEffect(Table, table=True):
    """That something was reported, kept for ever: of whom the id of a message is not signed, another id proves nothing."""

    __tablename__ = "webhook_effect"

    provider: str = Field(primary_key=True)
    effect: str = Field(primary_key=True)
    """What was reported of what, such as `payment.captured pay_1`."""
    message_id: str
    """The message that has reported it first."""
    received_at: datetime = timestamp(now=True)


class Remembered(Table):
    """A creating request and what it made, remembered for a day so that sending it again makes nothing more."""

    mutation: str
    digest: bytes = Field(sa_type=LargeBinary)
    answer: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    created_at: datetime = timestamp(now=True, index=True)


class IdempotencyKey(Remembered, table=True):
    """The request of somebody with an account."""

    __tablename__ = "idempotency_key"

    customer_id: UUID = foreign_key("customer.id", primary_key=True)
    key: str = Field(primary_key=True)


class GuestIdempotencyKey(Remembered, table=True):
    """The request of somebody without one; `guest` is a digest of what they are known by."""

    __tablename__ = "guest_idempotency_key"

    guest: bytes = Field(sa_type=LargeBinary, primary_key=True)
    key: str = Field(primary_key=True)


ERASED_WITH_CUSTOMER = {IdempotencyKey: "cascade"}
EXPORTED_WITH_CUSTOMER = {
    IdempotencyKey: "left out because it is deleted after a day and repeats what other tables hold"
}
