"""ConnectionPool to read by. Taking and giving one back costs no task and no statement, unlike a general pool's."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

Connect = Callable[[], Awaitable[Any]]


class ConnectionPool:
    """At most `size` connections, made when they are needed; the one given back last is taken first."""

    def __init__(self, connect: Connect, size: int, wait: float) -> None:
        self._connect = connect
        self._size = size
        self._wait = wait
        self._made = 0
        self._idle: list[Any] = []
        self._waiting: deque[asyncio.Future[Any]] = deque()

    async def acquire(self) -> Any:
        """Take a connection, or raise TimeoutError where none came free within the time to wait."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._made -= 1
        if self._made < self._size:
            self._made += 1
            return await self._make()
        return await self._queue() or await self._make()

    async def _make(self) -> Any:
        """Connect; the place is counted already."""
        try:
            async with asyncio.timeout(self._wait):
                return await self._connect()
        except BaseException:
            self._free()
            raise

    async def _queue(self) -> Any:
        """Wait for a connection, or for None: a place to make one."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(self._wait):
                return await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled():
                self._pass_on(waiter.result())
            else:
                with suppress(ValueError):
                    self._waiting.remove(waiter)
            raise

    def release(self, connection: Any, *, sound: bool = True) -> None:
        """Give a connection back. One that is not `sound`, since what it ran did not end, is dropped."""
        if sound and not connection.is_closed():
            self._pass_on(connection)
        else:
            connection.terminate()
            self._free()

    def _pass_on(self, connection: Any) -> None:
        if connection is None:
            self._free()
        elif not self._hand(connection):
            self._idle.append(connection)

    def _free(self) -> None:
        if not self._hand(None):
            self._made -= 1

    def _hand(self, what: Any) -> bool:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(what)
                return True
        return False

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """Hold a connection for a while, such as to ask the database how it is."""
        connection, sound = await self.acquire(), False
        try:
            yield connection
            sound = True
        finally:
            self.release(connection, sound=sound)

    async def close(self) -> None:
        """Close the idle ones; nobody uses the others any more."""
        while self._idle:
            await self._idle.pop().close()
