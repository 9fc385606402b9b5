"""Who the listeners of an event are: their customers, found by one statement for all."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlmodel import col

import errors
from actions.accounts import DUE
from auth.viewer import Viewer
from database.compiled import Compiled
from database.engine import Database
from database.reads import Reads
from database.statements import Statement
from loaders.batches import TEXT_KEYS, TEXT_TABLE
from models.customers import Customer, Role

KNOWN = Statement(
    sa.select(TEXT_TABLE.ordinality, Customer.id, Customer.role, Customer.preferred_language, DUE.label("due")).where(  # type: ignore[call-overload]
        col(Customer.clerk_id) == TEXT_KEYS
    ),
    "Viewer",
)

DUE_ONES = sa.select(Customer.id).where(  # type: ignore[call-overload]
    col(Customer.id) == sa.any_(sa.bindparam("customers", type_=sa.ARRAY(sa.Uuid))), DUE
)
AT_ONCE = DUE_ONES.with_for_update(key_share=True, skip_locked=True)
UPDATE_LAST_ACTIVE = Compiled(
    sa.update(Customer).where(col(Customer.id).in_(AT_ONCE)).values(last_active_at=sa.func.now())
)

log = structlog.get_logger()


async def find_viewers(database: Database, reads: Reads, subjects: Sequence[str]) -> dict[str, Viewer]:
    """Find the customers of tokens by their subjects, as they are now. Unknown and deleted ones are left out.

    Updates `last_active_at` of each at most once a minute, as a request of theirs does.
    """
    rows = await reads.rows(KNOWN, keys=list(subjects))
    due = [row["id"] for row in rows if row["due"]]
    if due and database.takes_optional_writes:
        await reads.detach()
        await _update_last_active(database, due)
    return {
        subjects[row["ordinality"] - 1]: Viewer(row["id"], Role(row["role"]), language=row["preferred_language"])
        for row in rows
    }


async def _update_last_active(database: Database, customers: list[UUID]) -> None:
    """Write the time, and never wait: whoever has locked a row is activity enough."""
    try:
        async with database.transaction() as tx:
            await tx.exec(UPDATE_LAST_ACTIVE, {"customers": customers})
    except errors.Unavailable:
        database.pause_optional_writes()
        log.warning("last_active_not_written")  # the events themselves can still be answered
