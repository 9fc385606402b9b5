"""E-mails that are to be sent, once each. What they say is made when they are sent, so no address is kept here."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint
from sqlmodel import Field

from models.columns import Table, enum_column, foreign_key, primary_key, timestamp

KEY = ("subject_type", "subject_id", "template", "key")


class MailState(StrEnum):
    """Where a mail stands. It is SENDING only while its text is on the way; UNCERTAIN if nobody heard how that ended."""

    QUEUED = "QUEUED"
    SENDING = "SENDING"
    SENT = "SENT"
    FAILED = "FAILED"
    UNCERTAIN = "UNCERTAIN"


class Mail(Table, table=True):
    """One mail about one thing. Its id is in the Message-ID."""

    __tablename__ = "mail"
    __table_args__: Any = (
        UniqueConstraint(*KEY, name=f"mail_{'_'.join(KEY)}_key"),
        UniqueConstraint("ticket_id", "kind", "created_at", name="mail_ticket_id_kind_created_at_key"),
        Index("mail_state_idx", "state", "updated_at"),
    )

    id: UUID = primary_key()
    template: str
    """The area and the part of its words, such as `tickets.RECEIVED`."""
    subject_type: str
    """What it is about, such as `Ticket`: `mails.subjects` says how its recipient and its values are found."""
    subject_id: UUID
    customer_id: UUID | None = Field(default=None, index=True)
    """Whom it was written to; null for guests, whose address the subject has.

    No foreign key: writing a mail would have to lock the customer, after a ticket, while a deletion locks them before.
    """
    language: str
    key: str
    """Of mails of one template about one subject, those with the same key are one."""
    state: MailState = enum_column(MailState, MailState.QUEUED)
    error: str | None = Field(default=None)
    """Why it was not sent, without anybody's data."""
    created_at: datetime = timestamp(now=True)
    updated_at: datetime = timestamp(now=True)
    ticket_id: UUID | None = foreign_key("ticket.id", default=None)
    kind: str | None = Field(default=None, sa_type=String(11))
    """With `ticket_id` only for servers of the release before: a trigger fills them. A later migration drops both."""


ERASED_WITH_CUSTOMER = {Mail: "deleted with the account by actions.account_deletion"}
EXPORTED_WITH_CUSTOMER = {Mail: ("template", "subject_type", "subject_id", "language", "state", "created_at")}
