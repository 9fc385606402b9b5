"""Giving tickets that were sent without an account to the account that they turn out to belong to (T3).

Only tickets that nobody has are given, by a condition of the one UPDATE: of two who show the same number, whoever
comes second finds nothing. Rows are locked after the customer's, by id.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, any_, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

import audit
import errors
from context import Context, Info
from loaders.tickets import TicketById
from models import references, rules
from models.columns import columns
from models.customers import Customer
from models.tickets import Ticket
from resolvers import attempts
from resolvers.ticket_submissions import TOO_OFTEN, TRYING, tries
from resolvers.transitions import changed
from resolvers.writes import account, named
from schema import ticket_inputs

LONGEST_REFERENCE = 40
SHOWN = 100
customer, ticket = columns(Customer), columns(Ticket)


async def link(info: Info, input: ticket_inputs.LinkTicketInput) -> dict[str, Any]:
    """Take one ticket. A phone number that is not verified as the viewer's own needs the reference as well."""
    context, me = info.context, info.context.signed_in()
    phone = rules.phone(input.phone_number, "phoneNumber")
    key = named("Ticket", "ticket", input.ticket_id, "ticketId")
    named_by = [ticket.id == key, ticket.phone_number == phone]
    if input.reference is not None:
        if len(input.reference) > LONGEST_REFERENCE:
            raise errors.InvalidInput("A reference has 9 letters and digits, as in TK-4HW-PQ7-XKC.", "reference")
        named_by.append(ticket.reference == await _tried(context, input))
    async with context.transaction() as session:
        mine = phone == await _verified_phone(session, me)
        if input.reference is None and not mine:
            message = "This is not your verified phone number, so give the ticket's reference as well."
            raise errors.InvalidInput(message, "reference")
        linked = await _give(session, me, *named_by)
        await _record(session, linked, me, actor=me, by="phone" if mine else "reference")
    found = await context.loader(TicketById).load(key)
    if found is None or found["customer_id"] != me:
        raise errors.PhoneMismatch
    return {"ticket": found}


async def _tried(context: Context, input: ticket_inputs.LinkTicketInput) -> str:
    """Give the reference, and count the try, also where it will turn out to be wrong."""
    reference = references.read(input.reference or "") or input.reference or ""
    async with context.database.transaction() as session:
        await attempts.count(session, TOO_OFTEN, TRYING, tries(context, reference))
    return reference


async def link_by_phone(info: Info) -> dict[str, Any]:
    """Take all that was sent with the viewer's verified phone number."""
    context, me = info.context, info.context.signed_in()
    async with context.transaction() as session:
        if await _verified_phone(session, me) is None:
            message = "Your account has no verified phone number. Verify it where you sign in, then try again."
            raise errors.NotAllowed(message)
        linked = await by_verified_phone(session, me, actor=me)
    shown = sorted((key for key, _ in linked), reverse=True)[:SHOWN]
    found = await context.loader(TicketById).load_many(shown)
    return {"linked_count": len(linked), "tickets": [row for row in found if row is not None]}


async def by_verified_phone(session: AsyncSession, me: UUID, *, actor: UUID | None = None) -> list[Any]:
    """Give a customer all tickets of their verified phone number; without one there are none."""
    own = select(customer.phone_number).where(customer.id == me, customer.phone_verified).scalar_subquery()
    linked = await _give(session, me, ticket.phone_number == own)
    await _record(session, linked, me, actor=actor, by="phone")
    return linked


async def _verified_phone(session: AsyncSession, me: UUID) -> str | None:
    known = await account(session, me, "phone_number", "phone_verified")
    return known.phone_number if known.phone_verified else None


async def _give(session: AsyncSession, me: UUID, *which: ColumnElement[bool]) -> list[Any]:
    """Give those that nobody has; gives their ids and statuses."""
    free = select(ticket.id).where(*which, ticket.customer_id.is_(None)).order_by(ticket.id)
    locked = func.array(free.with_for_update(key_share=True).scalar_subquery())
    taken = update(Ticket).where(ticket.id == any_(locked), ticket.customer_id.is_(None))
    given = taken.values(customer_id=me, updated_at=func.now()).returning(ticket.id, ticket.status)
    found: Any = await session.exec(given, execution_options={"synchronize_session": False})
    return list(found)


async def _record(session: AsyncSession, linked: list[Any], me: UUID, *, actor: UUID | None, by: str) -> None:
    keys = [key for key, _ in linked]
    for key, status in linked:
        await changed(session, key, status, status)
    await audit.record(session, "ticket.linked", "Ticket", *keys, actor=actor, customer_id=str(me), by=by)
