"""The audit log: who did what to whom, for ever."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.columns import Table, primary_key, timestamp


class AuditAction(StrEnum):
    """What was done, as the log keeps it: in the past tense, for ever."""

    TICKET_LINKED = "ticket.linked"
    ROLE_CHANGED = "role.changed"
    ACCOUNT_DELETED = "customer.deleted"
    LAST_OWNER_DELETED = "owner.last_deleted"
    PAYMENT_REFUNDED = "payment.refunded"


class AuditEntry(Table, table=True):
    """A sensitive action. Refers to nobody by foreign key: it stays when they are gone. Only ever inserted: a trigger says so."""

    __tablename__ = "audit_entry"
    __table_args__: Any = (
        Index("audit_entry_actor_idx", "actor_id", "created_at", "id"),
        Index("audit_entry_action_idx", "action", "created_at", "id"),
        Index("audit_entry_target_idx", "target_id", "created_at", "id"),
        Index("audit_entry_time_idx", "created_at", "id"),
    )

    id: UUID = primary_key()
    actor_id: UUID | None = None
    """The customer who acted; None for the system itself, such as a webhook."""
    impersonator: str | None = None
    """The Clerk id of who acted as that customer: `act.sub` of the token. None unless somebody did."""
    action: str
    """One of `AuditAction`, or one that a newer release has recorded."""
    target_type: str
    target_id: UUID
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB, sa_column_kwargs={"server_default": "{}"})
    """Facts of the action, without personal data."""
    created_at: datetime = timestamp(now=True)
