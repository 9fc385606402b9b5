"""The pools of a process. Unlike asyncpg's pool, they need no task and no statement to acquire or release a connection."""

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from math import inf
from typing import Any

import asyncpg

from database.failures import ConnectTimeout
from database.pool_usage import PoolUsage, Waits

CLOSE_SECONDS = 0.3
"""How long a connection may take to be closed in agreement with the server, before it is just ended."""
EXPIRE_SECONDS = 5.0
"""How long connections are used at least: while a server takes no changes, each mutation finds that out again."""
JITTER = 0.1
"""By which part connections may be replaced earlier than at the greatest age, so that they are not all at once."""


class PreparedStatements:
    """How many statements the connections of a pool have prepared."""

    number = 0


class Connection(asyncpg.Connection):  # type: ignore[misc]
    """A connection that a server which does not answer cannot keep open, and that knows its age."""

    opened_at = 0.0
    expires_at = inf
    prepared: "PreparedStatements | None" = None

    def _get_unique_id(self, prefix: str) -> str:
        """Count the statements that asyncpg does not find in its cache: each of them gets a name of its own."""
        if prefix == "stmt" and self.prepared is not None:
            self.prepared.number += 1
        return str(super()._get_unique_id(prefix))

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncpg's signature
        await super().close(timeout=min(timeout or CLOSE_SECONDS, CLOSE_SECONDS))


class PooledConnection(Connection):
    """A connection to a pooler in transaction mode, which runs each transaction on any connection of its own.

    The text of a statement is sent, and planned, each time that it is run, since what was prepared may not be there.
    asyncpg would also ask each time for the types of parameters and columns, one more round trip: they are kept.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._stmt_cache_enabled = False

    async def _get_statement(
        self,
        query: str,
        timeout: Any,  # noqa: ASYNC109 - asyncpg's signature
        *,
        ignore_custom_codec: bool = False,
        record_class: Any = None,
        **options: Any,
    ) -> Any:
        record_class = record_class or self._protocol.get_record_class()
        key = query, record_class, ignore_custom_codec
        statement = self._stmt_cache.get(key)
        if statement is None:
            options |= {"ignore_custom_codec": ignore_custom_codec, "record_class": record_class}
            statement = await super()._get_statement(query, timeout, **options)
            if len(query) <= (self._config.max_cacheable_statement_size or inf):
                self._stmt_cache.put(key, statement)
            if self.prepared is not None:
                self.prepared.number += 1
        return statement


Connect = Callable[[], Awaitable[Any]]


class ConnectionPool:
    """At most `size` connections, opened on demand. The one released last is acquired first.

    One that is older than about `max_age` seconds is replaced when it is not in use.
    """

    def __init__(self, connect: Connect, size: int, wait: float, max_age: float = inf) -> None:
        self._connect = connect
        self._size = size
        self._wait_seconds = wait
        self._max_age = max_age
        self._usable_since = -inf
        self._open_count = 0
        self._idle: list[Any] = []
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._waits = Waits()
        self._prepared = PreparedStatements()
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def usage(self) -> PoolUsage:
        """How it is used now."""
        waits = self._waits
        return PoolUsage(
            self._size, self._open_count, len(self._idle), waits.waiting, waits.number, waits.seconds,
            self._prepared.number,
        )  # fmt: skip

    async def acquire(self) -> Any:
        """A connection; raises TimeoutError if there is none within `wait` seconds, ConnectTimeout if none can be opened."""
        while self._idle:
            connection = self._idle.pop()
            if self._is_usable(connection):
                return connection
            connection.terminate()
            self._open_count -= 1
        opening = False
        try:
            async with asyncio.timeout(self._wait_seconds):
                if self._open_count < self._size:
                    self._open_count += 1
                elif connection := await self._wait_for_release():
                    return connection
                opening = True
                return await self._open()
        except TimeoutError as error:
            if opening:
                raise ConnectTimeout from error
            raise

    def _is_usable(self, connection: Any) -> bool:
        if connection.is_closed():
            return False
        return bool(connection.opened_at >= self._usable_since and self._now() < connection.expires_at)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _open(self) -> Any:
        """Open a connection, which is already counted."""
        try:
            connection = await self._connect()
        except BaseException:
            self._release_slot()
            raise
        connection.opened_at, connection.prepared = self._now(), self._prepared
        connection.expires_at = connection.opened_at + self._max_age * random.uniform(1 - JITTER, 1)  # noqa: S311 - no secret
        return connection

    async def _wait_for_release(self) -> Any:
        """Wait for a connection, or for None, which means that a new one may be opened."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            with self._waits.counted():
                return await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled():
                self._pass_on(waiter.result())
            else:
                with suppress(ValueError):
                    self._waiting.remove(waiter)
            raise

    def release(self, connection: Any, *, reusable: bool = True) -> None:
        """Return a connection. One that is not `reusable`, since its last statement did not end, is closed."""
        if reusable and self._is_usable(connection):
            self._pass_on(connection)
        else:
            self._end(connection)
            self._release_slot()

    def _end(self, connection: Any) -> None:
        """End a connection, once PostgreSQL has been asked to end the statement that it may still run.

        It would run to its end otherwise: PostgreSQL does not notice that nobody waits for it.
        """
        asking = [task for task in getattr(connection, "_cancellations", ()) if not task.done()]
        if not asking or len(self._ending) >= self._size:  # so many at once, and PostgreSQL does not answer
            connection.terminate()
            return
        ending = asyncio.create_task(_wait(asking))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)
        ending.add_done_callback(lambda _: connection.terminate())

    def _pass_on(self, connection: Any) -> None:
        if connection is None:
            self._release_slot()
        elif not self._hand_over(connection):
            self._idle.append(connection)

    def _release_slot(self) -> None:
        if not self._hand_over(None):
            self._open_count -= 1

    def _hand_over(self, connection: Any) -> bool:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False

    def expire(self) -> None:
        """Replace all connections, each when it is not in use; those opened since the last time not at once again."""
        now = self._now()
        if now - self._usable_since >= EXPIRE_SECONDS:
            self._usable_since = now

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """A connection for the duration of the block."""
        connection, reusable = await self.acquire(), False
        try:
            yield connection
            reusable = True
        finally:
            self.release(connection, reusable=reusable)

    async def close(self) -> None:
        """Close the idle connections. Call this when none is in use any more."""
        while self._idle:
            with suppress(TimeoutError):
                await self._idle.pop().close()
        if self._ending:
            await asyncio.wait(self._ending)


async def _wait(tasks: list[asyncio.Task[None]]) -> None:
    await asyncio.wait(tasks, timeout=CLOSE_SECONDS)
