"""Merging products that a crawler sends."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlmodel.ext.asyncio.session import AsyncSession

from ingestion.deciding import Item
from ingestion.merging import Interfered, merge

TRIES = 3


class Ingested(NamedTuple):
    """How many items were taken, and of these how many created or changed something, or came too late."""

    accepted: int
    created: int
    changed: int
    outdated: int


async def ingest(tx: AsyncSession, items: Sequence[Item]) -> Ingested:
    """Merge items. What another transaction creates at the same time is found when it is tried again."""
    connection: Any = (await (await tx.connection()).get_raw_connection()).driver_connection
    for attempt in range(TRIES):
        attempted = await tx.begin_nested()
        try:
            merged = await merge(connection, items)
        except Interfered:
            await attempted.rollback()
            if attempt == TRIES - 1:
                raise
        else:
            await attempted.commit()
            break
    return Ingested(len(items), len(merged.new), len(merged.changed), len(merged.outdated))
