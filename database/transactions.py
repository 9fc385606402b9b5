"""Transactions: begun at the first statement, committed at the end of a block, undone in a bounded time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from enum import IntEnum
from math import inf
from time import monotonic
from typing import Any

import sqlmodel
from sqlalchemy import event
from sqlalchemy.engine import Connection, ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from database.failures import map_database_errors, must_disconnect, unusable, was_refused
from database.pool import CLOSE_SECONDS, EXPIRE_SECONDS

UNDO_SECONDS = CLOSE_SECONDS
"""How long a ROLLBACK may take. After it the connection is ended, which undoes the transaction as well."""
UNDOING: set[asyncio.Task[None]] = set()
"""Rollbacks under way: the event loop itself holds no reference to its tasks."""
DRIVER, OUTCOME = "driver", "outcome"
"""Keys in the `info` of a transaction: asyncpg's connection, and whether it was committed."""


class Outcome(IntEnum):
    """Whether a transaction was committed. Of several, the greatest counts."""

    NOT_COMMITTED = 0
    COMMITTED = 1
    UNKNOWN = 2
    """The reply to its COMMIT was lost."""


class TransactionSession(sqlmodel.Session):
    """The synchronous session behind a transaction; it knows its connection."""


@event.listens_for(TransactionSession, "after_begin")
def _remember_driver(session: TransactionSession, _transaction: Any, connection: Connection) -> None:
    session.info[DRIVER] = connection.connection.driver_connection


def outcome(tx: AsyncSession) -> Outcome:
    """Whether a transaction that has ended was committed."""
    found: Outcome = tx.info.get(OUTCOME, Outcome.NOT_COMMITTED)
    return found


@asynccontextmanager
async def transaction(engine: AsyncEngine, info: dict[str, Any]) -> AsyncIterator[AsyncSession]:
    """A transaction: committed at the end of the block, rolled back by any exception."""
    tx = AsyncSession(engine, sync_session_class=TransactionSession, expire_on_commit=False, info=info)
    with map_database_errors():
        try:
            yield tx
            await tx.flush()
            tx.info[OUTCOME] = Outcome.UNKNOWN
            await tx.commit()
        except BaseException as error:
            if was_refused(error):
                tx.info[OUTCOME] = Outcome.NOT_COMMITTED
            await _undo(tx)
            raise
        tx.info[OUTCOME] = Outcome.COMMITTED
        await tx.close()


async def _undo(tx: AsyncSession) -> None:
    """Roll back. It is a task of its own: who waits for it may be cancelled, and the connection is still to be released."""
    undoing = asyncio.create_task(_roll_back(tx))
    UNDOING.add(undoing)
    undoing.add_done_callback(UNDOING.discard)
    driver = tx.info.get(DRIVER)
    if driver is not None:
        limit = asyncio.get_running_loop().call_later(UNDO_SECONDS, driver.terminate)
        undoing.add_done_callback(lambda _: limit.cancel())
    await asyncio.shield(undoing)


async def _roll_back(tx: AsyncSession) -> None:
    with suppress(Exception):  # the connection is closed then, and the first error counts
        await tx.rollback()
    await tx.close()


def renew_connections(engine: AsyncEngine, expire_others: Callable[[], None]) -> None:
    """Have connections replaced that were closed while nobody used them.

    All are replaced when the server is stopping, or turns out to be no longer the primary; those that were opened since
    then not at once again, for it may stay read-only for long.
    """
    renewed_at = -inf

    @event.listens_for(engine.sync_engine, "checkout")
    def check(connection: Any, _record: Any, _proxy: Any) -> None:
        if connection.driver_connection.is_closed():
            raise DisconnectionError  # SQLAlchemy opens another one

    @event.listens_for(engine.sync_engine, "handle_error")
    def renew(context: ExceptionContext) -> None:
        nonlocal renewed_at
        error = context.sqlalchemy_exception or context.original_exception
        if must_disconnect(error):
            expire_others()
            if monotonic() - renewed_at >= EXPIRE_SECONDS:
                renewed_at = monotonic()
                context.is_disconnect = True
        elif unusable(error):
            context.is_disconnect = True
