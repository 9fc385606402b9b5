"""Merging products that a crawler sends."""

from collections.abc import Sequence
from typing import NamedTuple

import errors
from database.failures import CONCURRENT
from database.transactions import Transaction
from ingestion.deciding import Item
from ingestion.interference import INTERFERED
from ingestion.merging import merge

TRIES = 3


class Ingested(NamedTuple):
    """How many items were taken, and of these how many created or changed something, or came too late."""

    accepted: int
    created: int
    changed: int
    outdated: int


async def ingest(tx: Transaction, items: Sequence[Item]) -> Ingested:
    """Merge items. What another transaction creates or deletes at the same time is seen when it is tried again."""
    connection = await tx.connection()
    for attempt in range(TRIES):
        try:
            async with tx.savepoint():
                merged = await merge(connection, items)
            break
        except INTERFERED as problem:
            if attempt == TRIES - 1:
                raise errors.Unavailable(CONCURRENT, reason="serialization_failure") from problem
    return Ingested(len(items), len(merged.new), len(merged.changed), len(merged.outdated))
