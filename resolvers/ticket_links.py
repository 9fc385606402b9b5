"""Giving tickets that were sent without an account to the account that they turn out to belong to (T3).

Only tickets that nobody has are given, by a condition of the one UPDATE: of two who show the same number, whoever
comes second finds nothing. The customer is locked first, then the phone number, then the tickets by id. The lock of
the number is what a guest who sends a ticket with it takes, too: so either finds what the other has done.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, any_, func, literal, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

import errors
from actions import audit
from context import Info
from errors.tickets import PhoneMismatch
from inputs import tickets as ticket_inputs
from loaders.tickets import TicketById
from models import references, rules
from models.columns import columns
from models.customers import Customer, Role
from models.tickets import Ticket
from resolvers.guest_attempts import is_right
from resolvers.transitions import changed
from resolvers.writes import fetch_first, lock_customer, parse_id

LONGEST_REFERENCE = 40
TIMES_TO_LOCK = 10
SHOWN = 100
customer, ticket = columns(Customer), columns(Ticket)


async def link(info: Info, input: ticket_inputs.LinkTicketInput) -> dict[str, Any]:
    """Take one ticket. A phone number that is not verified as the viewer's own needs the reference as well."""
    context, me = info.context, info.context.require_signed_in()
    phone = rules.phone(input.phone_number, "phoneNumber")
    key = parse_id("Ticket", "ticket", input.ticket_id, "ticketId")
    named_by = [ticket.id == key, ticket.phone_number == phone]
    if input.reference is not None:
        if len(input.reference) > LONGEST_REFERENCE:
            raise errors.InvalidInput("A reference has 9 letters and digits, as in TK-4HW-PQ7-XKC.", "reference")
        reference = references.read(input.reference) or input.reference
        await is_right(info, reference, phone, key)
        named_by.append(ticket.reference == reference)
    async with context.transaction() as session:
        mine = phone == await _verified_phone(session, me)
        if input.reference is None and not mine:
            message = "This is not your verified phone number, so give the ticket's reference as well."
            raise errors.InvalidInput(message, "reference")
        if not mine and context.viewer.has_role(Role.SOLVER):
            message = "Who sees other people's tickets takes one by their own verified phone number only."
            raise errors.NotAllowed(message)
        linked = await _give(session, me, *named_by)
        await _record(session, linked, me, actor=me, by="phone" if mine else "reference")
    found = await context.loader(TicketById).load(key)
    if found is None or found["customer_id"] != me:
        raise PhoneMismatch
    return {"ticket": found}


async def link_by_phone(info: Info) -> dict[str, Any]:
    """Take all that was sent with the viewer's verified phone number."""
    context, me = info.context, info.context.require_signed_in()
    async with context.transaction() as session:
        if await _verified_phone(session, me) is None:
            message = "Your account has no verified phone number. Verify it where you sign in, then try again."
            raise errors.NotAllowed(message)
        linked = await by_verified_phone(session, me, actor=me)
    shown = sorted((key for key, _ in linked), reverse=True)[:SHOWN]
    found = await context.loader(TicketById).load_many(shown)
    return {"linked_count": len(linked), "tickets": [row for row in found if row is not None]}


async def by_verified_phone(tx: AsyncSession, me: UUID, *, actor: UUID | None = None) -> list[Any]:
    """Give a customer, who is under lock, all tickets of their verified phone number; without one there are none."""
    of_me = customer.id == me, customer.phone_verified
    await fetch_first(tx, select(_lock(customer.phone_number)).where(*of_me))
    linked = await _give(tx, me, ticket.phone_number == select(customer.phone_number).where(*of_me).scalar_subquery())
    await _record(tx, linked, me, actor=actor, by="phone")
    return linked


async def lock_owner(tx: AsyncSession, phone: str) -> UUID | None:
    """Find the one account that has verified a phone number, and keep that so until the transaction ends.

    Whoever verifies a number has their own row, then the number. So rows come first here as well; where somebody has
    verified it while we waited for the number, the locks are given back and taken again.
    """
    rows = select(customer.id).where(customer.phone_number == phone, customer.phone_verified).order_by(customer.id)
    for _ in range(TIMES_TO_LOCK):
        async with tx.begin_nested() as locks:
            owners = await _ids(tx, rows.with_for_update(read=True))
            await fetch_first(tx, select(_lock(literal(phone))))
            if owners == await _ids(tx, rows):
                return owners[0] if len(owners) == 1 else None
            await locks.rollback()
    message = "Accounts with this phone number are changing too often just now; try again in a moment."
    raise errors.Unavailable(message)


def _lock(phone: ColumnElement[str]) -> Any:
    return func.pg_advisory_xact_lock(func.hashtextextended(literal("phone:") + phone, 0))


async def _ids(tx: AsyncSession, rows: Select[Any]) -> list[UUID]:
    return [row.id for row in await tx.exec(rows)]  # type: ignore[call-overload]


async def _verified_phone(tx: AsyncSession, me: UUID) -> str | None:
    known = await lock_customer(tx, me, "phone_number", "phone_verified")
    return known.phone_number if known.phone_verified else None


async def _give(tx: AsyncSession, me: UUID, *which: ColumnElement[bool]) -> list[Any]:
    """Give those that nobody has; gives their ids and statuses."""
    free = select(ticket.id).where(*which, ticket.customer_id.is_(None)).order_by(ticket.id)
    locked = func.array(free.with_for_update(key_share=True).scalar_subquery())
    taken = update(Ticket).where(ticket.id == any_(locked), ticket.customer_id.is_(None))
    given = taken.values(customer_id=me, updated_at=func.now()).returning(ticket.id, ticket.status)
    found: Any = await tx.exec(given, execution_options={"synchronize_session": False})
    return list(found)


async def _record(tx: AsyncSession, linked: list[Any], me: UUID, *, actor: UUID | None, by: str) -> None:
    keys = [key for key, _ in linked]
    for key, status in linked:
        await changed(tx, key, status, status)
    await record_links(tx, *keys, customer_id=me, actor=actor, by=by)


async def record_links(tx: AsyncSession, *keys: UUID, customer_id: UUID, actor: UUID | None, by: str) -> None:
    """Keep for ever who got which tickets, and by what."""
    await audit.record(tx, "ticket.linked", "Ticket", *keys, actor=actor, customer_id=str(customer_id), by=by)
