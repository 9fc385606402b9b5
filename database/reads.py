"""Where one request reads: rows over asyncpg, never entities."""

import asyncio
from typing import Any

import asyncpg

import errors
from database.failures import map_database_errors
from database.pool import ConnectionPool
from database.statements import Statement

ENDED = "The request has ended."
GRACE_SECONDS = 0.3
"""How long a request that has ended waits for a statement of a loader that was given up."""
ENDING: set[asyncio.Task[None]] = set()
"""Requests that wait for their last statement: the loop itself does not hold on to its tasks."""


class Reads:
    """Where one request reads: a connection taken at its first statement, and given back at its end."""

    __slots__ = ("_connection", "_connections", "_lock", "_over", "_reader", "_sound", "always", "statements")

    def __init__(self, connections: ConnectionPool) -> None:
        self._connections = connections
        self._lock = asyncio.Lock()
        self._connection: Any = None
        self._over = False
        self._reader: asyncio.Task[Any] | None = None
        """Who runs a statement now."""
        self._sound = True
        self.always: dict[str, Any] = {}
        """Parameters of all statements of the request, such as who asks."""
        self.statements = 0

    async def rows(self, statement: Statement, **parameters: Any) -> list[Any]:
        """Run a statement; statements of one request go one after the other."""
        async with self._lock:
            if self._over:  # a loader whose fields were given up: what it took now would never be given back
                raise errors.Unavailable(ENDED)
            self._reader = asyncio.current_task()
            try:
                with map_database_errors():
                    return await self._run(statement, parameters)
            except asyncio.CancelledError:
                if not self._over or self._reader is None:
                    raise
                self._reader.uncancel()  # `release` has interrupted it; whoever still waits for the rows must be told
                raise errors.Unavailable(ENDED) from None
            finally:
                self._reader = None

    async def _run(self, statement: Statement, parameters: dict[str, Any]) -> list[Any]:
        if self._connection is None:
            self._connection = await self._connections.acquire()
        self.statements += 1
        values = statement.arguments(self.always | parameters)
        try:
            return await self._connection.fetch(statement.sql, *values, record_class=statement.row)  # type: ignore[no-any-return]
        except asyncpg.PostgresError:
            raise
        except BaseException:
            self._sound = False
            raise

    async def release(self) -> None:
        """Give the connection back; a statement that still runs has a moment to end. Who never read has none."""
        self._over = True
        if not self._lock.locked():
            self._give_back()
            return
        ending = asyncio.create_task(self._end())  # of its own: whoever waits here may be cancelled once more
        ENDING.add(ending)
        ending.add_done_callback(ENDING.discard)
        await asyncio.shield(ending)

    async def _end(self) -> None:
        reader = self._reader
        interrupting = reader and asyncio.get_running_loop().call_later(GRACE_SECONDS, reader.cancel)
        async with self._lock:
            if interrupting:
                interrupting.cancel()
            self._give_back()

    def _give_back(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._connections.release(connection, sound=self._sound)
