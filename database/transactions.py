"""Transactions: begun at the first statement, committed at the end of a block, undone in a bounded time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from enum import IntEnum
from typing import Any, Self, TypeVar, overload

import asyncpg
from sqlalchemy import Executable
from sqlmodel.sql.expression import SelectOfScalar

from database.compiled import NO_PARAMETERS, Bound, Compiled, Result, bind
from database.failures import map_database_errors, must_disconnect, was_refused
from database.pool import CLOSE_SECONDS, Connection, ConnectionPool

UNDO_SECONDS = CLOSE_SECONDS
"""How long a ROLLBACK may take. After it the connection is ended, which undoes the transaction as well."""
UNDOING: set[asyncio.Task[None]] = set()
"""Rollbacks under way: the event loop itself holds no reference to its tasks."""

T = TypeVar("T")


class Outcome(IntEnum):
    """Whether a transaction was committed. Of several, the greatest counts."""

    NOT_COMMITTED = 0
    COMMITTED = 1
    UNKNOWN = 2
    """The reply to its COMMIT was lost."""


class Savepoint:
    """What a transaction can go back to."""

    def __init__(self, tx: "Transaction", name: str) -> None:
        self._tx = tx
        self._name = name
        self.ended = False

    async def rollback(self) -> None:
        """Undo what was done since, and release the locks taken since."""
        self.ended = True
        await self._tx.command(f"ROLLBACK TO {self._name}; RELEASE {self._name};")
        self._tx.failure = None


class Transaction:
    """A block that is committed at its end, and rolled back by any exception.

    Its statements run one after the other, on one connection, which it acquires at the first of them.
    """

    __slots__ = (
        "_connection",
        "_ended",
        "_on_renewal",
        "_pool",
        "_reusable",
        "_savepoints",
        "failure",
        "info",
        "outcome",
    )

    def __init__(self, pool: ConnectionPool, info: Mapping[str, Any], on_renewal: Callable[[], None]) -> None:
        self._pool = pool
        self._on_renewal = on_renewal
        self._connection: Connection | None = None
        self._ended = False
        self._reusable = True
        self._savepoints = 0
        self.info = dict(info)
        """What actions need to know that their callers need not."""
        self.outcome = Outcome.NOT_COMMITTED
        self.failure: Exception | None = None
        """Of the first statement that has failed; PostgreSQL refuses those after it."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._ended = True
        if error is not None:
            await self._undo(error)
            with map_database_errors():
                raise error
        with map_database_errors():
            try:
                await self._commit()
            except BaseException as problem:
                await self._undo(problem)
                raise

    async def connection(self) -> Connection:
        """The connection of the transaction, which has begun on it; for what asyncpg alone can do, such as COPY."""
        if self._connection is None:
            if self._ended:  # by a task that was left behind: nothing would release the connection
                message = "the transaction has ended"
                raise RuntimeError(message)
            self._connection = await self._pool.acquire()
            await self.command("BEGIN;")
        return self._connection

    @overload
    async def exec(self, statement: SelectOfScalar[T], params: Mapping[str, Any] = ...) -> Result[T]: ...
    @overload
    async def exec(self, statement: Executable | Compiled, params: Mapping[str, Any] = ...) -> Result[Any]: ...
    async def exec(self, statement: Executable | Compiled, params: Mapping[str, Any] = NO_PARAMETERS) -> Result[Any]:
        """Run a statement."""
        return await self._run(bind(statement, params))

    async def _run(self, bound: Bound) -> Result[Any]:
        connection = self._connection or await self.connection()
        try:
            if bound.form.gives_rows:
                return bound.form.result(await connection.fetch(bound.sql, *bound.values))
            status: str = await connection.execute(bound.sql, *bound.values)
        except BaseException as error:
            self._note(error)
            if self.failure is not None and isinstance(error, asyncpg.InFailedSQLTransactionError):
                raise self.failure from None  # that of the statement before it is the one that says something
            raise
        return Result((), int(status.rpartition(" ")[2]))

    async def command(self, sql: str) -> str:
        """Run a command that takes no values and gives no rows; gives its status."""
        connection = await self.connection() if self._connection is None else self._connection
        try:
            status: str = await connection.execute(sql)
        except BaseException as error:
            self._note(error)
            raise
        return status

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[Savepoint]:
        """A block that is undone by an exception, or by `rollback`, without what was done before it."""
        self._savepoints += 1
        name = f"s{self._savepoints}"
        await self.command(f"SAVEPOINT {name};")
        savepoint = Savepoint(self, name)
        try:
            yield savepoint
        except Exception:
            if not savepoint.ended:
                with suppress(Exception):  # the connection is closed then, and the first error counts
                    await savepoint.rollback()
            raise
        if not savepoint.ended:
            await self.command(f"RELEASE {name};")

    def _note(self, error: BaseException) -> None:
        """Remember what an error means for the connection and for what comes after it."""
        if isinstance(error, asyncpg.PostgresError):
            if self.failure is None:
                self.failure = error
            if must_disconnect(error):
                self._on_renewal()
            elif isinstance(error, asyncpg.InvalidCachedStatementError):  # each connection would find out by itself
                self._pool.expire()
        elif not isinstance(
            error, asyncpg.InterfaceError
        ):  # cancelled, or the driver has lost track: nobody knows its state
            self._reusable = False

    async def _commit(self) -> None:
        connection = self._connection
        if connection is not None:
            if not connection.is_closed():  # else the COMMIT is not sent
                self.outcome = Outcome.UNKNOWN
            if await self.command("COMMIT;") != "COMMIT":  # nobody has passed on that a statement has failed
                self.outcome = Outcome.NOT_COMMITTED
                raise self.failure or RuntimeError("the transaction was rolled back")
            self._connection = None
            self._pool.release(connection)
        self.outcome = Outcome.COMMITTED

    async def _undo(self, error: BaseException) -> None:
        """Roll back. It is a task of its own: who waits for it may be cancelled, and the connection is still to be released."""
        if was_refused(error):
            self.outcome = Outcome.NOT_COMMITTED
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if must_disconnect(error):
            self._on_renewal()
        undoing = asyncio.create_task(self._roll_back(connection))
        UNDOING.add(undoing)
        undoing.add_done_callback(UNDOING.discard)
        limit = asyncio.get_running_loop().call_later(UNDO_SECONDS, connection.terminate)
        undoing.add_done_callback(lambda _: limit.cancel())
        await asyncio.shield(undoing)

    async def _roll_back(self, connection: Connection) -> None:
        reusable = False
        try:
            with suppress(Exception):  # the connection is closed then, and the first error counts
                await connection.execute("ROLLBACK;")
                reusable = self._reusable
        finally:
            self._pool.release(connection, reusable=reusable)
