"""Leases: of several requests that go on with the same payment or refund, one alone asks Razorpay, the others wait.

No transaction is open, and no connection is held, while Razorpay is asked, so a lock on the row cannot see to that.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select, update

from database.compiled import Compiled
from database.engine import Database
from database.transactions import Transaction
from errors import Unavailable
from errors.payments import PaymentProvider, PaymentProviderErrorReason
from models.columns import Table, columns
from models.payments import Payment, Refund, RefundStatus
from payments import failures

LEASE = timedelta(seconds=15)
"""Longer than a request can go on after it has taken one. A process that is killed leaves its lease behind."""
ANSWER_SECONDS = 8.0
"""How long Razorpay is waited for in all; operations end after `OPERATION_SECONDS`."""
POLL_SECONDS = 0.2
NOW = func.clock_timestamp()
payment, refund = columns(Payment), columns(Refund)
IS_DONE: dict[type[Table], Any] = {
    Payment: payment.razorpay_order_id.is_not(None),
    Refund: refund.razorpay_refund_id.is_not(None) | (refund.status != RefundStatus.PENDING),
}
"""Whether nothing is left to ask."""


class Lease(NamedTuple):
    """Whether somebody has to ask Razorpay, whether it is this request, and whether one before it may have done so."""

    is_done: bool
    is_mine: bool
    repeated: bool


@cache
def _statements(table: type[Table]) -> tuple[Compiled, Compiled]:
    row = columns(table)
    this = row.id == bindparam("row", type_=Uuid())
    found = select(
        IS_DONE[table].label("is_done"),
        func.coalesce(row.lease_until <= NOW, True).label("is_free"),
        row.lease_until.is_not(None).label("repeated"),
    )
    until = bindparam("until", type_=row.lease_until.type)
    return (
        Compiled(found.where(this).with_for_update(key_share=True)),
        Compiled(update(table).where(this).values(lease_until=func.coalesce(until, NOW + LEASE))),
    )


async def take(tx: Transaction, table: type[Table], key: UUID) -> Lease:
    """Take the lease of a payment or a refund, if something is left to ask, and nobody has it."""
    find, renew = _statements(table)
    found = (await tx.exec(find, {"row": key})).first()
    if found is None or found.is_done:
        return Lease(is_done=True, is_mine=False, repeated=False)
    if found.is_free:
        await tx.exec(renew, {"row": key, "until": None})
    return Lease(is_done=False, is_mine=found.is_free, repeated=found.repeated)


async def end(database: Database, table: type[Table], key: UUID) -> None:
    """Give a lease back, so that the next request need not wait for its end."""
    row = columns(table)
    async with database.transaction() as tx:
        await tx.exec(update(table).where(row.id == key, row.lease_until > NOW).values(lease_until=NOW))


async def ask_once(
    database: Database, table: type[Table], key: UUID, lease: Lease, ask: Callable[[bool], Awaitable[None]]
) -> None:
    """Run `ask` if this request has the lease, else wait until another one has; raises `PaymentProvider`.

    `ask` gets whether an earlier request may have asked already. It ends with the transaction that records the answer.
    """
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            while not lease.is_done and not lease.is_mine:
                await asyncio.sleep(POLL_SECONDS)
                async with database.transaction() as tx:
                    lease = await take(tx, table, key)
            if lease.is_mine:
                await ask(lease.repeated)
    except TimeoutError:
        if lease.is_mine:
            await end(database, table, key)
        raise PaymentProvider(failures.NO_ANSWER, PaymentProviderErrorReason.TIMEOUT, maybe_done=True) from None
    except Unavailable:  # the database could not take the lease back either
        raise
    except Exception:
        if lease.is_mine:
            await end(database, table, key)
        raise
