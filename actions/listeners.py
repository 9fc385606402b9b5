"""Who the listeners of an event are: their customers, found by one statement for all."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import col

from actions import last_active
from auth.viewer import Viewer
from database.engine import Database
from database.reads import Reads
from database.statements import Statement
from loaders.batches import TEXT_KEYS, TEXT_TABLE
from models.customers import Customer, Role

KNOWN = Statement(
    sa.select(
        TEXT_TABLE.ordinality, Customer.id, Customer.role, Customer.preferred_language, last_active.DUE.label("due")
    ).where(  # type: ignore[call-overload]
        col(Customer.clerk_id) == TEXT_KEYS
    ),
    "Viewer",
)


async def find_viewers(database: Database, reads: Reads, subjects: Sequence[str]) -> dict[str, Viewer]:
    """Find the customers of tokens by their subjects, as they are now. Unknown and deleted ones are left out.

    Updates `last_active_at` of each at most once a minute, as a request of theirs does.
    """
    rows = await reads.rows(KNOWN, keys=list(subjects))
    await last_active.update_if_possible(database, reads, [row["id"] for row in rows if row["due"]])
    return {
        subjects[row["ordinality"] - 1]: Viewer(row["id"], Role(row["role"]), language=row["preferred_language"])
        for row in rows
    }
