"""The reads of one request: rows from asyncpg, never ORM entities."""

import asyncio
from typing import Any

import asyncpg

import errors
from database.failures import is_only_of_statement, map_database_errors
from database.pool import ConnectionPool
from database.statements import Statement
from execution.deadline import TooManyRows

ENDED = "The request has ended."
MAX_ROWS = 50_000
# What is read often is in memory. By the default, which is that of a hard disk, the planner would rather go through an
# index of all products, row by row, than look some hundred of them up.
# Parallel workers would go on reading while the first rows already fill the page. The words of the 10,000 products of a
# search need 10 MB to be sorted in memory.
BEGIN_WITH_CUSTOM_PLANS = (
    "BEGIN READ ONLY; SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL random_page_cost = 1.1; "
    "SET LOCAL enable_memoize = on; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL work_mem = '16MB'"
)
GRACE_SECONDS = 0.3
"""How long the end of a request waits for a statement of a loader whose result is no longer needed."""
ENDING: set[asyncio.Task[None]] = set()
"""Ends of requests that wait for a last statement: the event loop itself holds no reference to its tasks."""


class Reads:
    """Runs the SELECTs of one request, on one connection that is acquired at the first statement."""

    __slots__ = (
        "_connection",
        "_ended",
        "_failed",
        "_lock",
        "_pool",
        "_reader",
        "_reusable",
        "always",
        "is_personal",
        "language",
        "most_rows",
        "read",
        "statements",
    )

    def __init__(self, pool: ConnectionPool, most_rows: int = MAX_ROWS) -> None:
        self._pool = pool
        self._lock = asyncio.Lock()
        self._connection: Any = None
        self._ended = False
        self._failed: dict[Statement | None, tuple[str, str | None]] = {}
        """What is not tried again in this request, and why: a statement, or with None whatever needs a connection."""
        self._reader: asyncio.Task[Any] | None = None
        """The task that is running a statement."""
        self._reusable = True
        self.is_personal = False
        """Whether something was read by the viewer's id or address, so that others may get another answer."""
        self.always: dict[str, Any] = {}
        """Parameters of all statements of the request, such as the id of the viewer."""
        self.language: str | None = None
        """The language of texts, if it is another than that of their columns."""
        self.most_rows = most_rows
        self.statements = self.read = 0
        """How many statements were run, and how many rows they gave."""

    async def rows(self, statement: Statement, **parameters: Any) -> list[Any]:
        """Run a statement. The statements of one request run one after the other."""
        if self.language is not None and statement.translated is not None:
            statement, parameters = statement.translated, parameters | {"language": self.language}
        async with self._lock:
            if self._ended:  # a loader that is no longer needed: nothing would release the connection
                raise errors.Unavailable(ENDED)
            failed = self._failed and (self._failed.get(None) or self._failed.get(statement))
            if failed:
                raise errors.Unavailable(failed[0], reason=failed[1])
            self._reader = asyncio.current_task()
            try:
                with map_database_errors():
                    return await self._run(statement, parameters)
            except errors.Unavailable as error:
                cause = error.__cause__
                failed_for = statement if cause and is_only_of_statement(cause) else None
                self._failed[failed_for] = error.message, error.reason
                raise
            except asyncio.CancelledError:
                if not self._ended or self._reader is None:
                    raise
                self._reader.uncancel()  # cancelled by `release`; tasks that still wait for the rows get the error
                raise errors.Unavailable(ENDED) from None
            finally:
                self._reader = None

    async def _run(self, statement: Statement, parameters: dict[str, Any]) -> list[Any]:
        if self._connection is None:
            self._connection = await self._pool.acquire()
        self.statements += 1
        self.is_personal = self.is_personal or statement.uses_viewer
        values = statement.arguments(self.always | parameters)
        run = self._run_with_custom_plan if statement.custom_plan else self._connection.fetch
        try:
            rows: list[Any] = await run(statement.sql, *values, record_class=statement.row)
        except asyncpg.ReadOnlySQLTransactionError as error:  # no failover, but a bug
            message = f"a statement for {statement.row.graphql_type} tries to write"
            raise TypeError(message) from error
        except asyncpg.PostgresError:
            raise
        except BaseException:
            self._reusable = False
            raise
        self.read += len(rows)
        if self.read > self.most_rows:
            raise TooManyRows(self.most_rows)
        return rows

    async def _run_with_custom_plan(self, sql: str, *values: Any, record_class: Any) -> list[Any]:
        """Run a statement with a plan for its values, in a transaction, since a pooler may not keep other settings."""
        try:
            await self._connection.execute(BEGIN_WITH_CUSTOM_PLANS)
            rows: list[Any] = await self._connection.fetch(sql, *values, record_class=record_class)
            await self._connection.execute("COMMIT")
        except asyncpg.PostgresError:
            await self._connection.execute("ROLLBACK")
            raise
        return rows

    async def detach(self) -> None:
        """Release the connection, if any, until the next statement: who waits for something else needs none."""
        if self._connection is not None:
            async with self._lock:
                self._release_connection()

    async def release(self) -> None:
        """Release the connection, if any. A statement that is still running is cancelled after GRACE_SECONDS."""
        self._ended = True
        if not self._lock.locked():
            self._release_connection()
            return
        ending = asyncio.create_task(self._end())  # its own task: who waits here may be cancelled a second time
        ENDING.add(ending)
        ending.add_done_callback(ENDING.discard)
        await asyncio.shield(ending)

    async def _end(self) -> None:
        reader = self._reader
        cancelling = reader and asyncio.get_running_loop().call_later(GRACE_SECONDS, reader.cancel)
        async with self._lock:
            if cancelling:
                cancelling.cancel()
            self._release_connection()

    def _release_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._pool.release(connection, reusable=self._reusable)
            self._reusable = True
