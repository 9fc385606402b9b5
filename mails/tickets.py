"""Mails about tickets: one for each change of status that their customer or guest should know of."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, false, func

from database.transactions import Transaction
from mails import outbox, subjects
from mails.subjects import MailSubject
from models.columns import columns
from models.customers import Customer
from models.tickets import Ticket, TicketStatus


class TicketMail(StrEnum):
    """What a mail tells of a ticket; the parts of `words/*/tickets.toml`."""

    RECEIVED = "RECEIVED"
    CLAIMED = "CLAIMED"
    IN_PROGRESS = "IN_PROGRESS"
    UNSOLVED = "UNSOLVED"
    RESOLVED = "RESOLVED"
    CANCELLED = "CANCELLED"
    REOPENED = "REOPENED"


ticket, customer = columns(Ticket), columns(Customer)
TO_GUEST: Any = and_(ticket.linked_when_sent, ticket.email.is_not(None))
"""A ticket sent with an address is answered there, as for any guest, even if its phone number belongs to an account."""
FROM_CLERK: Any = customer.clerk_profile["email"].astext
"""The address that Clerk knows. The one in the profile is unverified, and may belong to anyone."""
VERIFIED: Any = customer.clerk_profile["verified_email"].astext
"""The address that Clerk has verified. Missing where the account has had no event since this was recorded."""

TICKET = subjects.register(
    MailSubject(
        "Ticket",
        rows=Ticket.__table__.outerjoin(  # type: ignore[attr-defined]
            Customer.__table__,  # type: ignore[attr-defined]
            and_(customer.id == ticket.customer_id, ~TO_GUEST),
        ),
        id=ticket.id,
        customer_id=customer.id,
        address=case(
            (customer.id.is_(None), ticket.email),
            (customer.email_notifications, func.coalesce(FROM_CLERK, ticket.email)),
        ),
        verified=and_(customer.id.is_not(None), func.coalesce(VERIFIED == FROM_CLERK, false())),
        language=func.coalesce(customer.preferred_language, ticket.language),
        codes={"reference": ticket.reference},
        texts={"name": customer.name},
    )
)


async def notify(tx: Transaction, ticket_id: UUID, was: TicketStatus | None, status: TicketStatus) -> None:
    """Write the mail, if any, about a ticket's change of status to its customer or guest. One statement.

    A transaction tells of a change once.
    """
    told = change(was, status)
    if told is not None:
        await outbox.write(tx, TICKET, ticket_id, f"tickets.{told}")


def change(was: TicketStatus | None, status: TicketStatus) -> TicketMail | None:
    """Say what is to be told of a change; None where there is nothing, such as when a ticket only got its customer."""
    if was is None:
        return TicketMail.RECEIVED
    if was == status:
        return None
    if (was, status) == (TicketStatus.IN_PROGRESS, TicketStatus.CLAIMED):
        return TicketMail.UNSOLVED
    return TicketMail.REOPENED if status is TicketStatus.OPEN else TicketMail(status)
