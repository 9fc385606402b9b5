"""How many requests a process works on at once: a few more wait, and the rest are refused before they cost anything."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Scope

import errors
from settings import ConnectionSettings
from transport.sampled_log import REFUSALS

T = TypeVar("T")


class Overloaded(errors.Unavailable):
    """The process has as many requests as it can work on, and as many as may wait."""

    def __init__(self) -> None:
        super().__init__("The server is too busy just now. Try again in a moment.", reason="overloaded")


class RequestSlots:
    """The slots of one process."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self._number = self._free = settings.concurrent_requests
        self._queued = settings.queued_requests
        self._seconds = settings.queue_seconds
        self._queue: deque[asyncio.Future[None]] = deque()
        self._returning: deque[asyncio.Future[None]] = deque()
        """Requests that had a slot before their bodies came: they are before all others."""

    @property
    def in_use(self) -> int:
        return self._number - self._free

    @property
    def waiting(self) -> int:
        return len(self._queue) + len(self._returning)

    def slot(self, scope: Scope) -> "Slot":
        """Make the slot of a request, which is held from the start of its `async with` block to the end."""
        return Slot(self, scope)

    async def acquire(self, scope: Scope, *, again: bool = False) -> None:
        """Take a slot, at the latest when `queue_seconds` are over; `again` for a request that has had one before.

        Raises `Overloaded`, or `ClientDisconnect` where the client leaves meanwhile.
        """
        if self._free:
            self._free -= 1
            return
        if len(self._queue) >= self._queued and not again:
            raise self._overloaded(scope)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue = self._returning if again else self._queue
        queue.append(turn)
        try:
            with _ending_with_connection(scope, turn):
                async with asyncio.timeout(self._seconds):
                    await turn
        except BaseException as error:
            if turn in queue:
                queue.remove(turn)
            elif turn.done() and not turn.cancelled() and turn.exception() is None:
                self.release()  # it got the slot at the moment in which it was cancelled
            if isinstance(error, TimeoutError):
                raise self._overloaded(scope) from None
            raise

    def release(self) -> None:
        """Give a slot to the first request that waits for one."""
        while self._returning or self._queue:
            turn = (self._returning or self._queue).popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _overloaded(self, scope: Scope) -> Overloaded:
        # A path can hold a secret, such as that of a receipt; that of a route holds none.
        path = getattr(scope.get("route"), "path", scope["path"])
        REFUSALS.warning("overloaded", path=path, waiting=self.waiting)
        return Overloaded()


@contextmanager
def _ending_with_connection(scope: Scope, turn: asyncio.Future[None]) -> Iterator[None]:
    """Raise `ClientDisconnect` in whoever awaits `turn` as soon as the client leaves."""

    def leave() -> None:
        if not turn.done():
            turn.set_exception(ClientDisconnect())

    connection = scope.get("extensions", {}).get("http.connection")
    if connection is None:
        yield
        return
    connection.on_disconnect = leave
    try:
        yield
    finally:
        connection.on_disconnect = None


class Slot:
    """The slot of one request."""

    __slots__ = ("_held", "_scope", "_slots")

    def __init__(self, slots: RequestSlots, scope: Scope) -> None:
        self._slots = slots
        self._scope = scope
        self._held = False

    async def __aenter__(self) -> Self:
        await self._slots.acquire(self._scope)
        self._held = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._held:
            self._slots.release()

    async def lend_during(self, receiving: Awaitable[T]) -> T:
        """Await what the client has still to send; others have the slot meanwhile."""
        self._held = False
        self._slots.release()
        received = await receiving
        await self._slots.acquire(self._scope, again=True)
        self._held = True
        return received
