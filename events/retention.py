"""Deleting events that are older than subscribers can miss, in batches, so that no lock and no transaction is long."""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from database.engine import Database
from jobs.kinds import Timer, WorkContext, register_timer

BATCH = 1_000
# A dump that was restored has transaction ids of another server, which say nothing about those of this one.
SWEEP: Any = text("""
WITH old AS (
    SELECT created_at, id FROM event WHERE created_at < now() - make_interval(days => :days)
    ORDER BY created_at, id LIMIT :batch FOR UPDATE SKIP LOCKED
), deleted AS (
    DELETE FROM event USING old WHERE (event.created_at, event.id) = (old.created_at, old.id)
    RETURNING event.transaction_id
), newest AS (
    SELECT max(transaction_id) AS transaction_id FROM deleted
    WHERE transaction_id < pg_snapshot_xmax(pg_current_snapshot())
), remembered AS (
    INSERT INTO event_retention (swept_through)
    SELECT transaction_id FROM newest WHERE transaction_id IS NOT NULL
    ON CONFLICT (single) DO UPDATE SET swept_through = CASE
        WHEN event_retention.swept_through < pg_snapshot_xmax(pg_current_snapshot())
        THEN greatest(event_retention.swept_through, excluded.swept_through) ELSE excluded.swept_through END
)
SELECT count(*) FROM deleted
""")


async def sweep(database: Database, days: int, stopping: asyncio.Event | None = None) -> int:
    """Delete the events that are older than so many days; gives their number. Any process may do it at any time."""
    deleted = 0
    while stopping is None or not stopping.is_set():
        async with database.transaction() as tx:
            count: int = (await tx.exec(SWEEP, params={"days": days, "batch": BATCH})).scalar_one()
        deleted += count
        if count < BATCH:
            break
    return deleted


async def _sweep(context: WorkContext) -> None:
    await sweep(context.database, context.settings.limits.event_days, context.stopping)


register_timer(Timer("events.sweep", timedelta(minutes=10), _sweep))
