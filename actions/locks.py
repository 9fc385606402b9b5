"""Locks on customers, always taken in the order of their ids, so that no two transactions wait for each other.

They keep out whatever else changes these customers, their roles or their follows; reading goes on.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, literal
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.customers import Customer, Role

Customers = Collection[UUID] | Select[Any]
"""Customers by their ids, or by a SELECT of their ids."""


async def lock_customers(tx: AsyncSession, customers: Customers, *more: UUID) -> dict[UUID, Role]:
    """Lock customers until the transaction ends, and read their roles; those who do not exist or are deleted are left out.

    Where a SELECT finds other customers by the time that the locks are there, they are given back and taken again.
    """
    if not isinstance(customers, Select):
        return _present(await _lock(tx, col(Customer.id).in_([*customers, *more])))
    wanted = col(Customer.id).in_(customers.union(*(select(literal(one, Uuid())) for one in more)))
    while True:
        attempt = await tx.begin_nested()
        locked = await _lock(tx, wanted)
        if set(await tx.exec(customers)) <= {row.id for row in locked}:  # type: ignore[call-overload]
            return _present(locked)
        await attempt.rollback()


async def _lock(tx: AsyncSession, wanted: Any) -> Sequence[Any]:
    rows = select(Customer.id, Customer.role, Customer.deleted_at).where(wanted)
    return (await tx.exec(rows.order_by(col(Customer.id)).with_for_update(key_share=True))).all()


def _present(locked: Sequence[Any]) -> dict[UUID, Role]:
    return {row.id: Role(row.role) for row in locked if row.deleted_at is None}
