"""The pool for reads. Unlike asyncpg's pool, it needs no task and no statement to acquire or release a connection."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from database.pool_usage import PoolUsage, Waits

Connect = Callable[[], Awaitable[Any]]


class ConnectionPool:
    """At most `size` connections, opened on demand. The one released last is acquired first."""

    def __init__(self, connect: Connect, size: int, wait: float) -> None:
        self._connect = connect
        self._size = size
        self._wait_seconds = wait
        self._open_count = 0
        self._idle: list[Any] = []
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._waits = Waits()

    @property
    def usage(self) -> PoolUsage:
        """How it is used now."""
        waits = self._waits
        return PoolUsage(
            self._size, self._open_count, len(self._idle), waits.waiting, waits.number, waits.seconds
        )  # fmt: skip

    async def acquire(self) -> Any:
        """A connection; raises TimeoutError if none is released within `wait` seconds."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._open_count -= 1
        if self._open_count < self._size:
            self._open_count += 1
            return await self._open()
        return await self._wait_for_release() or await self._open()

    async def _open(self) -> Any:
        """Open a connection, which is already counted."""
        try:
            async with asyncio.timeout(self._wait_seconds):
                return await self._connect()
        except BaseException:
            self._release_slot()
            raise

    async def _wait_for_release(self) -> Any:
        """Wait for a connection, or for None, which means that a new one may be opened."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            with self._waits.counted():
                async with asyncio.timeout(self._wait_seconds):
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
        if reusable and not connection.is_closed():
            self._pass_on(connection)
        else:
            connection.terminate()
            self._release_slot()

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
            await self._idle.pop().close()
