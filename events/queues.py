"""The queues between the listener of a process and its subscribers."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, Self

from events.positions import Position, Snapshot
from events.publisher import Event
from events.reader import ReadEvent

if TYPE_CHECKING:
    from events.rows import EventRows


class Resync(Enum):
    """Sent instead of events that were missed."""

    RESYNC = "RESYNC"


RESYNC = Resync.RESYNC
ReceivedEvent = Event | Resync


class EventQueue:
    """The events that one subscriber has not received yet. If there are more than `limit`, one RESYNC replaces them."""

    __slots__ = ("_arrival", "_close", "_limit", "_replay", "_replayed", "_stands", "_waiting", "position")

    def __init__(
        self, limit: int, close: Callable[["EventQueue"], None],
        replay: Callable[["EventQueue", Position], Awaitable[None]] | None = None,
    ) -> None:  # fmt: skip
        self._limit = limit
        self._close = close
        self._replay = replay
        self._replayed: Snapshot | None = None
        self._waiting: deque[ReceivedEvent] = deque()
        self._stands: deque[tuple[Position | None, int | None]] = deque()
        """For each event that waits, its position and its transaction."""
        self._arrival: asyncio.Future[None] | None = None
        """What the subscriber waits for. There is only one, so this needs no Event, which takes longer than all else here."""
        self.position: Position | None = None
        """What the subscriber has received together with the last event."""

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, received: ReceivedEvent, position: Position | None = None, transaction_id: int | None = None) -> None:
        """Add an event. A RESYNC replaces everything that is waiting."""
        if transaction_id is not None and self._replayed is not None and self._replayed.sees(transaction_id):
            return
        if received is RESYNC or len(self._waiting) >= self._limit:
            if position is None:
                position = self._stands[-1][0] if self._stands else self.position
            self._waiting.clear()
            self._stands.clear()
            received = RESYNC
        self._waiting.append(received)
        self._stands.append((position, transaction_id))
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    async def replay(self, since: Position) -> None:
        """Let the subscriber first receive what was committed after a position."""
        if self._replay is not None:
            await self._replay(self, since)

    def put_first(self, missed: list[ReadEvent], until: Position) -> None:
        """Add events before those that are waiting. What `until` sees is among them, and is not received again."""
        waiting = [(received, *stand) for received, stand in zip(self._waiting, self._stands, strict=True)]
        self._waiting.clear()
        self._stands.clear()
        for event in missed:
            self.put(event.event, event.position)
        self._replayed = until.snapshot
        for received, position, transaction_id in waiting:
            self.put(received, position, transaction_id)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ReceivedEvent:
        while not self._waiting:
            self._arrival = asyncio.get_running_loop().create_future()
            await self._arrival
        self.position, _ = self._stands.popleft()
        return self._waiting.popleft()

    def close(self) -> None:
        """Unsubscribe."""
        self._close(self)


class EventSource:
    """A running subscription: its queue, and the function that gives the root value for an event.

    `find` is called with a new context for each event, so that it reads current rows and rights. It returns None for an
    event that is not for this viewer; it raises `EndSubscription` to end the subscription, and an `errors.KnownError`
    to end it with that error.
    """

    __slots__ = ("find", "queue", "rows")

    def __init__(
        self, queue: EventQueue, find: Callable[[Any, ReceivedEvent], Awaitable[Any]], rows: "EventRows | None" = None
    ) -> None:
        self.queue = queue
        self.find = find
        self.rows = rows
        """What finds the same for many viewers at once, where that is possible."""

    def __aiter__(self) -> EventQueue:
        return self.queue


class EndSubscription(Exception):
    """Ends a subscription without an error, since the viewer must not learn the reason."""
