"""Writing mails down, in the transaction of what they tell: nothing is sent of what is undone."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession
from uuid_utils.compat import uuid7

from database.engine import Database
from jobs import queue
from models.columns import alias, columns
from models.customers import Customer
from models.mails import Mail, MailKind, kind
from models.tickets import Ticket, TicketStatus
from settings import Settings

SWITCH = "mails"
"""Set in the `info` of sessions where mails are sent at all; without SMTP_URL nothing is written down."""

ticket, customer, mail = columns(Ticket), columns(Customer), columns(Mail)
TO_GUEST: Any = and_(ticket.linked_when_sent, ticket.email.is_not(None))
"""Whoever typed an address hears of the ticket there as any guest does, whether or not the phone number is an account's."""
OWNED = Ticket.__table__.outerjoin(  # type: ignore[attr-defined]
    Customer.__table__,  # type: ignore[attr-defined]
    and_(customer.id == ticket.customer_id, ~TO_GUEST),
)
VERIFIED: Any = customer.clerk_profile["email"].astext
"""The address that Clerk vouches for. What somebody typed into their profile may be anybody's."""
ADDRESS: Any = case(
    (customer.id.is_(None), ticket.email),
    (customer.email_notifications, func.coalesce(VERIFIED, ticket.email)),
)
"""Where a mail about a ticket goes; null where nobody is to get one."""

MOST_RECEIPTS = 5
"""So many tickets a day are confirmed to an address that nobody has verified: it may be somebody else's."""
other = alias(Ticket)
LATELY: Any = (
    select(func.count())
    .where(func.lower(other.email) == func.lower(ticket.email), other.created_at > func.now() - timedelta(days=1))
    .correlate(Ticket.__table__)  # type: ignore[attr-defined]
    .scalar_subquery()
)


async def open_database(settings: Settings, url: str, *, pool_size: int | None = None) -> Database:
    """Open the database for a process that writes mails down if, by its settings, mails are sent."""
    return await Database.connect(
        url,
        size=pool_size or settings.database.pool_size,
        statement=settings.database.statement_seconds,
        lock=settings.database.lock_seconds,
        wait=settings.database.pool_wait_seconds,
        info={SWITCH: settings.mail.smtp_url is not None},
    )


async def notify(tx: AsyncSession, ticket_id: UUID, was: TicketStatus | None, status: TicketStatus) -> None:
    """Have whoever sent a ticket told that it moved, once this transaction is committed. One statement."""
    told = kind(was, status)
    if told is None or not tx.info.get(SWITCH):
        return
    row = select(literal(uuid7()), literal(ticket_id), literal(told.value)).select_from(OWNED)
    rows = row.where(ticket.id == ticket_id, ADDRESS.is_not(None))
    if told is MailKind.RECEIVED:
        rows = rows.where(or_(customer.id.is_not(None), LATELY <= MOST_RECEIPTS))
    new = insert(Mail).from_select(["id", "ticket_id", "kind"], rows).on_conflict_do_nothing().returning(mail.id)
    await tx.exec(queue.jobs_for(new.cte("new")))
