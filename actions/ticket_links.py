"""Linking tickets that were submitted without an account to the account that they belong to.

Only tickets without a customer are linked, by a condition of the one UPDATE: of two customers who give the same number,
the second finds nothing. Locks are taken in one order: the customer, the phone number, the tickets by id. A guest who
submits a ticket locks its number too, so each of the two sees what the other has done.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, any_, func, literal, select, update

import errors
from actions import audit
from actions.queries import fetch_first
from actions.ticket_transitions import record_change
from auth.viewer import Viewer
from database.transactions import Transaction
from models.audit import AuditAction, AuditEntry
from models.columns import columns
from models.customers import Customer, Role
from models.tickets import Ticket, TicketStatus

TIMES_TO_LOCK = 10
customer, ticket, entry = columns(Customer), columns(Ticket), columns(AuditEntry)


class LinkedTicket(NamedTuple):
    """A ticket that was just linked."""

    id: UUID
    status: TicketStatus


async def link(tx: Transaction, actor: Viewer, ticket_id: UUID, phone_number: str, reference: str | None) -> None:
    """Link one ticket. A phone number that is not the actor's own verified one needs the reference as well.

    Links nothing where id, phone number and reference do not belong together, or another customer has the ticket.
    """
    customer_id = _signed_in(actor)
    own_phone = phone_number == await _verified_phone(tx, customer_id)
    if reference is None and not own_phone:
        message = "This is not your verified phone number, so give the reference of the ticket as well."
        raise errors.InvalidInput(message, "reference")
    if not own_phone and actor.has_role(Role.SOLVER):
        message = "Solvers and admins can link only tickets of their own verified phone number."
        raise errors.NotAllowed(message)
    which = [ticket.id == ticket_id, ticket.phone_number == phone_number]
    if reference is not None:
        which.append(ticket.reference == reference)
    linked = await _link(tx, customer_id, *which)
    await _record(tx, linked, customer_id, actor_id=customer_id, by="phone" if own_phone else "reference")


async def link_by_phone(tx: Transaction, actor: Viewer) -> list[UUID]:
    """Link all tickets of the actor's verified phone number that no account has, and give them, the latest first."""
    customer_id = _signed_in(actor)
    if await _verified_phone(tx, customer_id) is None:
        message = "Your account has no verified phone number. Verify it where you sign in, then try again."
        raise errors.NotAllowed(message)
    linked = await link_verified_phone(tx, customer_id, actor_id=customer_id)
    return sorted((ticket.id for ticket in linked), reverse=True)


def _signed_in(actor: Viewer) -> UUID:
    if actor.id is None:
        raise errors.SignedOut
    return actor.id


async def link_verified_phone(
    tx: Transaction, customer_id: UUID, *, actor_id: UUID | None = None
) -> list[LinkedTicket]:
    """Link all tickets of the verified phone number, if there is one, of a customer who is under lock."""
    own = customer.id == customer_id, customer.phone_verified
    await fetch_first(tx, select(_lock_phone(customer.phone_number)).where(*own))
    phone_number = select(customer.phone_number).where(*own).scalar_subquery()
    linked = await _link(tx, customer_id, ticket.phone_number == phone_number)
    await _record(tx, linked, customer_id, actor_id=actor_id, by="phone")
    return linked


async def lock_owner(tx: Transaction, phone_number: str) -> UUID | None:
    """Find the one account that has verified a phone number, and keep that so until the transaction ends.

    Whoever verifies a number locks their own row, then the number. So rows come first here as well; if somebody
    verified the number while we waited for its lock, the locks are given back and taken again.
    """
    verified = customer.phone_number == phone_number, customer.phone_verified
    rows = select(customer.id).where(*verified).order_by(customer.id)
    for _ in range(TIMES_TO_LOCK):
        async with tx.savepoint() as locks:
            owners = await _ids(tx, rows.with_for_update(read=True))
            await fetch_first(tx, select(_lock_phone(literal(phone_number))))
            if owners == await _ids(tx, rows):
                return owners[0] if len(owners) == 1 else None
            await locks.rollback()
    message = "Accounts with this phone number are changing too often just now; try again in a moment."
    raise errors.Unavailable(message)


def _lock_phone(phone_number: ColumnElement[str]) -> Any:
    return func.pg_advisory_xact_lock(func.hashtextextended(literal("phone:") + phone_number, 0))


async def _ids(tx: Transaction, rows: Select[Any]) -> list[UUID]:
    return [row.id for row in await tx.exec(rows)]


async def _verified_phone(tx: Transaction, customer_id: UUID) -> str | None:
    own = select(customer.phone_number).where(customer.id == customer_id, customer.phone_verified)
    found = await fetch_first(tx, own)
    return found and found.phone_number  # type: ignore[no-any-return]


async def _link(tx: Transaction, customer_id: UUID, *which: ColumnElement[bool]) -> list[LinkedTicket]:
    free = select(ticket.id).where(*which, ticket.customer_id.is_(None)).order_by(ticket.id)
    locked = func.array(free.with_for_update(key_share=True).scalar_subquery())
    rows = update(Ticket).where(ticket.id == any_(locked), ticket.customer_id.is_(None))
    linked = rows.values(customer_id=customer_id, updated_at=func.now()).returning(ticket.id, ticket.status)
    found: Any = await tx.exec(linked)
    return [LinkedTicket(*row) for row in found]


async def _record(
    tx: Transaction, linked: Sequence[LinkedTicket], customer_id: UUID, *, actor_id: UUID | None, **facts: str
) -> None:
    for one in linked:
        await record_change(tx, one.id, one.status, one.status)
    await record_links(tx, *(one.id for one in linked), customer_id=customer_id, actor_id=actor_id, **facts)


async def record_links(
    tx: Transaction, *ticket_ids: UUID, customer_id: UUID, actor_id: UUID | None, **facts: str
) -> None:
    """Write to the audit log which tickets were linked to whom; `by` says by what they were recognized."""
    facts = {"customer_id": str(customer_id)} | facts
    await audit.record(tx, AuditAction.TICKET_LINKED, "Ticket", *ticket_ids, actor=actor_id, **facts)
