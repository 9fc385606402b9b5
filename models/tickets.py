"""Support tickets, submitted with an account or without."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Index, Integer, text
from sqlmodel import Field

from models.columns import Table, bool_column, enum_column, foreign_key, primary_key, timestamp


class TicketStatus(StrEnum):
    """The status of a ticket; `models.transitions` has the changes that are allowed."""

    OPEN = "OPEN"
    CLAIMED = "CLAIMED"
    IN_PROGRESS = "IN_PROGRESS"
    RESOLVED = "RESOLVED"
    CANCELLED = "CANCELLED"


class TicketUrgency(StrEnum):
    """How urgent a ticket is."""

    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


class DeviceType(StrEnum):
    """The kind of device that a ticket is about."""

    DESKTOP = "DESKTOP"
    LAPTOP = "LAPTOP"
    PHONE = "PHONE"
    TABLET = "TABLET"
    PRINTER = "PRINTER"
    NETWORK = "NETWORK"
    TV = "TV"
    OTHER = "OTHER"


PRIORITIES = {urgency: place for place, urgency in enumerate(reversed(TicketUrgency))}
PRIORITY = " ".join(f"WHEN '{urgency}' THEN {place}" for urgency, place in PRIORITIES.items())


HELD = """(solver_id IS NULL) = (claimed_at IS NULL) AND CASE status
    WHEN 'OPEN' THEN solver_id IS NULL WHEN 'CANCELLED' THEN true ELSE solver_id IS NOT NULL END"""


class Ticket(Table, table=True):
    """A request for help. `customer_id` is set once, by linking; `solver_id` from claiming until it is released."""

    __tablename__ = "ticket"
    __table_args__: Any = (
        Index("ticket_queue_idx", "priority", "created_at", "id", postgresql_where=text("status = 'OPEN'")),
        Index("ticket_unlinked_idx", "phone_number", postgresql_where=text("customer_id IS NULL")),
        Index("ticket_email_idx", text("lower(email)"), "created_at"),
        Index("ticket_of_customer_idx", "customer_id", "created_at", "id"),
        Index("ticket_of_solver_idx", "solver_id", "created_at", "id"),
        CheckConstraint(HELD, name="held"),
    )

    id: UUID = primary_key()
    reference: str = Field(unique=True)
    status: TicketStatus = enum_column(TicketStatus, TicketStatus.OPEN)
    urgency: TicketUrgency = enum_column(TicketUrgency, TicketUrgency.NORMAL)
    priority: int | None = Field(
        default=None, sa_type=Integer, sa_column_args=[Computed(f"CASE urgency {PRIORITY} END", persisted=True)]
    )
    """Rises as the urgency falls: what the queue is sorted by. Made by the database."""
    device_type: DeviceType = enum_column(DeviceType, DeviceType.OTHER)
    description: str
    name: str | None = None
    phone_number: str | None = None
    email: str | None = None
    language: str = Field(default="en", sa_column_kwargs={"server_default": "en"})
    customer_id: UUID | None = foreign_key("customer.id", on_delete="SET NULL", default=None)
    linked_when_sent: bool = bool_column(on=False)
    """Whether a guest submitted it with the verified phone number of its customer; the guest must not learn that it is one."""
    solver_id: UUID | None = foreign_key("solver.id", on_delete="RESTRICT", default=None)
    requested_solver_id: UUID | None = foreign_key("solver.id", on_delete="SET NULL", default=None, index=True)
    claimed_at: datetime | None = timestamp()
    resolved_at: datetime | None = timestamp()
    created_at: datetime = timestamp(now=True)
    updated_at: datetime = timestamp(now=True)


ERASED_WITH_CUSTOMER = {Ticket: "set null"}
EXPORTED_WITH_CUSTOMER = {
    Ticket: (
        "reference", "status", "urgency", "device_type", "description", "name", "phone_number", "email", "language",
        "claimed_at", "created_at", "updated_at",
    ),
}  # fmt: skip
