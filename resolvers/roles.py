"""Who has which role. The shop always keeps an owner, and whoever is a solver no more has no ticket."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

import errors
from actions import audit
from actions.locks import lock_customers
from actions.ticket_transitions import reopen_tickets_of
from auth.viewer import RANK
from context import Info
from database.engine import Database
from errors.customers import LastOwner
from inputs.customers import SetRoleInput
from loaders.customers import CustomerById
from models.customers import Customer, Role
from resolvers.writes import parse_id


async def set_role(info: Info, input: SetRoleInput) -> dict[str, Any]:
    """Give somebody a role, as far as the role of the viewer has_role (A6)."""
    context = info.context
    acting = context.require_role(Role.ADMIN)
    target = parse_id("Customer", "customer", input.customer_id, "customerId")
    async with context.transaction(_concerned(target)) as session:
        now = (await session.exec(select(Customer.role).where(Customer.id == target))).first()
        if now is None:
            raise errors.NotFound("customer", input.customer_id, "customerId")
        if {Role.ADMIN, Role.OWNER, Role.SERVICE} & {input.role, now}:
            context.require_role(Role.OWNER)
        await _change(session, target, Role(now), input.role, actor=acting)
    return {"customer": await context.loader(CustomerById).load(target)}


async def set_role_of(database: Database, username: str, role: Role) -> str | None:
    """Give a role past all checks but that of the last owner; gives the username as they write it, or None."""
    async with database.transaction() as session:
        rows = select(Customer.id, Customer.username).where(func.lower(Customer.username) == username.lower())
        found = (await session.exec(rows)).first()
        if found is None:
            return None
        target, known = found
        now = (await lock_customers(session, _concerned(target))).get(target)
        if now is None:
            return None
        await _change(session, target, now, role, actor=None)
        return known


def _concerned(target: UUID) -> Select[Any]:
    """Select who must not change while a role is given: all owners, of whom two may act at once, and the target."""
    return select(Customer.id).where((col(Customer.role) == Role.OWNER) | (col(Customer.id) == target))


async def _change(tx: AsyncSession, target: UUID, now: Role, role: Role, *, actor: UUID | None) -> None:
    """Give a role to somebody who is locked, with all owners; `actor` is None for the command line."""
    owners = (await tx.exec(select(Customer.id).where(Customer.role == Role.OWNER))).all()
    if owners == [target] and role is not Role.OWNER:
        raise LastOwner
    if role is now:
        return
    row = update(Customer).where(col(Customer.id) == target)
    await tx.exec(row.values(role=role, updated_at=func.now()))
    await audit.record(tx, "role.changed", "Customer", target, actor=actor, before=now, after=role)
    if RANK[role] < RANK[Role.SOLVER] <= RANK[now]:
        await reopen_tickets_of(tx, target)
