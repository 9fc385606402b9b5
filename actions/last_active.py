"""When customers were last active: written at most once a minute, and never waited for."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
import structlog

import errors
from database.compiled import Compiled
from database.engine import Database
from database.reads import Reads
from database.transactions import Transaction
from models.columns import columns
from models.customers import Customer

CUSTOMER = columns(Customer)
DUE = sa.or_(
    CUSTOMER.last_active_at.is_(None), CUSTOMER.last_active_at < sa.func.now() - sa.text("interval '1 minute'")
)
FREE = sa.select(CUSTOMER.id).where(CUSTOMER.id == sa.any_(sa.bindparam("customers", type_=sa.ARRAY(sa.Uuid()))), DUE)
AT_ONCE = FREE.with_for_update(key_share=True, skip_locked=True)
UPDATE = Compiled(sa.update(Customer).where(CUSTOMER.id.in_(AT_ONCE)).values(last_active_at=sa.func.now()))

log = structlog.get_logger()


async def update(tx: Transaction, customers: Sequence[UUID]) -> None:
    """Write the time of those who are due. Whoever has locked a row is activity enough."""
    await tx.exec(UPDATE, {"customers": list(customers)})


async def update_if_possible(database: Database, reads: Reads, customers: Sequence[UUID]) -> None:
    """Do the same in a transaction of its own, unless the database has other work; what needs no time goes on anyway."""
    if not customers or not database.takes_optional_writes:
        return
    await reads.detach()
    try:
        async with database.transaction() as tx:
            await update(tx, customers)
    except errors.Unavailable:
        if database.pause_optional_writes():  # of those that failed at the same time, one has a line
            log.warning("last_active_not_written")
