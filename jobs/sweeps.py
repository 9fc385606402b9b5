"""Deleting what has expired, in batches, each in a transaction of its own."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import ColumnElement, FromClause, any_, delete, func, literal_column, select

from jobs.kinds import WorkContext

BATCH = 1_000


def sweep(table: FromClause, expired: ColumnElement[bool]) -> Callable[[WorkContext], Awaitable[None]]:
    """Give the `run` of a timer that deletes the expired rows of a table; rows that others hold wait for the next run."""
    place: ColumnElement[Any] = literal_column("ctid")
    some = select(place).select_from(table).where(expired).limit(BATCH).with_for_update(skip_locked=True)
    batch = delete(table).where(place == any_(func.array(some.scalar_subquery())))  # type: ignore[arg-type]

    async def run(context: WorkContext) -> None:
        deleted = BATCH
        while deleted == BATCH and not context.stopping.is_set():
            async with context.transaction() as tx:
                deleted = (await tx.exec(batch)).rowcount

    return run
