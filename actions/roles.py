"""Who has which role. The shop always keeps an owner; nobody who is not a solver has a ticket."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, update
from sqlmodel import col, select

import errors
import policy.roles
from actions import audit
from actions.locks import lock_customers
from actions.ticket_transitions import reopen_tickets_of
from auth.viewer import RANK, Viewer
from database.transactions import Transaction
from errors.customers import LastOwner
from models import ids
from models.audit import AuditAction
from models.customers import Customer, Role


def customers_to_lock(target: UUID) -> Select[Any]:
    """Select who must not change while a role is given: all owners, of whom two may act at once, and the target."""
    return select(Customer.id).where((col(Customer.role) == Role.OWNER) | (col(Customer.id) == target))


async def has_owner(tx: Transaction) -> bool:
    """Whether anybody can give all roles."""
    return (await tx.exec(select(Customer.id).where(Customer.role == Role.OWNER).limit(1))).first() is not None


async def set_role(tx: Transaction, actor: Viewer, target: UUID, role: Role) -> list[UUID]:
    """Give a customer a role, in a transaction that has locked `customers_to_lock`; gives the tickets that are open again."""
    _require_role(actor, Role.ADMIN)
    present = Customer.id == target, col(Customer.deleted_at).is_(None)
    now = (await tx.exec(select(Customer.role).where(*present))).first()
    if now is None:
        raise errors.NotFound("customer", ids.encode("Customer", target), "customerId")
    _require_role(actor, policy.roles.required_role(Role(now), role))
    return await _change(tx, target, Role(now), role, actor=actor.id)


def _require_role(actor: Viewer, role: Role) -> None:
    if not actor.has_role(role):
        raise errors.NotAllowed(f"This needs the role {role}.", role)


async def set_role_by_username(tx: Transaction, username: str, role: Role) -> str | None:
    """Give a role as the operator of the server may, who needs no role: only the last owner must remain.

    Gives the username in the letter case of its customer, or None where there is no such customer.
    """
    rows = select(Customer.id, Customer.username).where(func.lower(Customer.username) == username.lower())
    found = (await tx.exec(rows)).first()
    if found is None:
        return None
    target: UUID = found.id
    known: str = found.username
    now = (await lock_customers(tx, customers_to_lock(target))).get(target)
    if now is None:
        return None
    await _change(tx, target, now, role, actor=None)
    return known


async def _change(tx: Transaction, target: UUID, now: Role, role: Role, *, actor: UUID | None) -> list[UUID]:
    owners = (await tx.exec(select(Customer.id).where(Customer.role == Role.OWNER))).all()
    if owners == [target] and role is not Role.OWNER:
        raise LastOwner
    if role is now:
        return []
    row = update(Customer).where(col(Customer.id) == target)
    await tx.exec(row.values(role=role, updated_at=func.now()))
    await audit.record(tx, AuditAction.ROLE_CHANGED, "Customer", target, actor=actor, before=now, after=role)
    if RANK[role] < RANK[Role.SOLVER] <= RANK[now]:
        return await reopen_tickets_of(tx, target)
    return []
