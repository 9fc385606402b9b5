"""Locks on customers, always taken in the order of their ids, so that no two transactions wait for each other.

They keep out whatever else changes these customers, their roles or their follows; reading goes on.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, any_, bindparam, literal
from sqlmodel import col, select

from database.compiled import Compiled
from database.transactions import Transaction
from models.customers import Customer, Role

Customers = Collection[UUID] | Select[Any]
"""Customers by their ids, or by a SELECT of their ids."""


async def lock_customers(tx: Transaction, customers: Customers, *more: UUID) -> dict[UUID, Role]:
    """Lock customers until the transaction ends, and read their roles; those who do not exist or are deleted are left out.

    Where a SELECT finds other customers by the time that the locks are there, they are given back and taken again.
    """
    if not isinstance(customers, Select):
        return _present((await tx.exec(LOCK, {"ids": [*customers, *more]})).all())
    wanted = col(Customer.id).in_(customers.union(*(select(literal(one, Uuid())) for one in more)))
    while True:
        async with tx.savepoint() as attempt:
            locked = (await tx.exec(_locking(wanted))).all()
            if set(await tx.exec(customers)) <= {row.id for row in locked}:
                return _present(locked)
            await attempt.rollback()


def _locking(wanted: Any) -> Any:
    rows = select(Customer.id, Customer.role, Customer.deleted_at).where(wanted)
    return rows.order_by(col(Customer.id)).with_for_update(key_share=True)


LOCK = Compiled(_locking(col(Customer.id) == any_(bindparam("ids", type_=ARRAY(Uuid)))))


def _present(locked: Sequence[Any]) -> dict[UUID, Role]:
    return {key: role for key, role, deleted_at in locked if deleted_at is None}
