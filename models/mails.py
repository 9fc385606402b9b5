"""E-mails that are to be sent, once each. What they say is made when they are sent, so no address is kept here."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from models.columns import Table, enum_column, foreign_key, primary_key, timestamp
from models.tickets import TicketStatus


class MailKind(StrEnum):
    """What a mail tells of a ticket."""

    RECEIVED = "RECEIVED"
    CLAIMED = "CLAIMED"
    IN_PROGRESS = "IN_PROGRESS"
    UNSOLVED = "UNSOLVED"
    RESOLVED = "RESOLVED"
    CANCELLED = "CANCELLED"
    REOPENED = "REOPENED"


class MailState(StrEnum):
    """Where a mail stands. It is SENDING only while its text is on the way; UNCERTAIN if nobody heard how that ended."""

    QUEUED = "QUEUED"
    SENDING = "SENDING"
    SENT = "SENT"
    FAILED = "FAILED"
    UNCERTAIN = "UNCERTAIN"


class Mail(Table, table=True):
    """One mail about one change of a ticket. Its id is in the Message-ID."""

    __tablename__ = "mail"
    __table_args__: Any = (
        UniqueConstraint("ticket_id", "kind", "created_at"),
        Index("mail_state_idx", "state", "updated_at"),
    )

    id: UUID = primary_key()
    ticket_id: UUID = foreign_key("ticket.id")
    kind: MailKind = enum_column(MailKind, MailKind.RECEIVED)
    state: MailState = enum_column(MailState, MailState.QUEUED)
    error: str | None = Field(default=None)
    """Why it was not sent, without anybody's data."""
    created_at: datetime = timestamp(now=True)
    """When the ticket changed: the same for all that one transaction does, so that it tells of a change once."""
    updated_at: datetime = timestamp(now=True)


def kind(was: TicketStatus | None, status: TicketStatus) -> MailKind | None:
    """Say what is to be told of a change; None where there is nothing, such as when a ticket only got its customer."""
    if was is None:
        return MailKind.RECEIVED
    if was == status:
        return None
    if (was, status) == (TicketStatus.IN_PROGRESS, TicketStatus.CLAIMED):
        return MailKind.UNSOLVED
    return MailKind.REOPENED if status is TicketStatus.OPEN else MailKind(status)
