"""Recording mails in the transaction that causes them: what is rolled back is never mailed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession
from uuid_utils.compat import uuid7

from database.engine import Database
from mails.kind import jobs_for, mail
from models.columns import alias, columns
from models.customers import Customer
from models.mails import Mail, MailKind, kind
from models.tickets import Ticket, TicketStatus
from settings import Settings

SWITCH = "mails"
"""Key in the `info` of a transaction: False where no mails are recorded, because SMTP_URL is not set."""

ticket, customer = columns(Ticket), columns(Customer)
TO_GUEST: Any = and_(ticket.linked_when_sent, ticket.email.is_not(None))
"""A ticket sent with an address is answered there, as for any guest, even if its phone number belongs to an account."""
OWNED = Ticket.__table__.outerjoin(  # type: ignore[attr-defined]
    Customer.__table__,  # type: ignore[attr-defined]
    and_(customer.id == ticket.customer_id, ~TO_GUEST),
)
VERIFIED: Any = customer.clerk_profile["email"].astext
"""The address that Clerk has verified. The one in the profile is unverified, and may belong to anyone."""
ADDRESS: Any = case(
    (customer.id.is_(None), ticket.email),
    (customer.email_notifications, func.coalesce(VERIFIED, ticket.email)),
)
"""The address for mails about a ticket; null where none are to be sent."""

MAX_RECEIPTS = 5
"""Confirmations a day to an unverified address, which may belong to somebody else."""
other = alias(Ticket)
RECENT_RECEIPTS: Any = (
    select(func.count())
    .where(func.lower(other.email) == func.lower(ticket.email), other.created_at > func.now() - timedelta(days=1))
    .correlate(Ticket.__table__)  # type: ignore[attr-defined]
    .scalar_subquery()
)


async def open_database(settings: Settings, url: str, *, pool_size: int | None = None) -> Database:
    """Open the database for a process; its transactions record mails if its settings have SMTP_URL."""
    return await Database.connect(
        url,
        size=pool_size or settings.database.pool_size,
        statement=settings.database.statement_seconds,
        lock=settings.database.lock_seconds,
        wait=settings.database.pool_wait_seconds,
        max_age=settings.database.connection_seconds,
        info={SWITCH: settings.mail.smtp_url is not None},
    )


async def notify(tx: AsyncSession, ticket_id: UUID, was: TicketStatus | None, status: TicketStatus) -> None:
    """Record the mail, if any, about a ticket's change of status to its customer or guest. One statement."""
    mail_kind = kind(was, status)
    if mail_kind is None or not tx.info.get(SWITCH, True):
        return
    row = select(literal(uuid7()), literal(ticket_id), literal(mail_kind.value)).select_from(OWNED)
    rows = row.where(ticket.id == ticket_id, ADDRESS.is_not(None))
    if mail_kind is MailKind.RECEIVED:
        rows = rows.where(or_(customer.id.is_not(None), RECENT_RECEIPTS <= MAX_RECEIPTS))
    new = insert(Mail).from_select(["id", "ticket_id", "kind"], rows).on_conflict_do_nothing().returning(mail.id)
    await tx.exec(jobs_for(select(new.cte("new").c.id)))
