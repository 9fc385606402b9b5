"""Receiving events: one connection of this process LISTENs, and passes events to the queues of subscribers.

A slow subscriber does not delay the others. A queue that may have missed events, because the connection was lost or
because its subscriber was too slow, gets one RESYNC instead of them.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from contextlib import suppress
from enum import Enum
from typing import Any, Self
from uuid import uuid4

import asyncpg
import structlog

from database.pool import ConnectionPool
from database.urls import plain_url
from events.publisher import CHANNEL, Event, parse

APPLICATION_NAME = "clientele listener"
"""The `application_name` of the connection in pg_stat_activity."""
CONNECT_SECONDS = 5.0
HEARTBEAT_SECONDS = 10.0
"""A connection that is lost silently is noticed after this time plus at most CONNECT_SECONDS."""
RECONNECT_PAUSES = (0.1, 10.0)
"""Seconds between attempts to connect: at first, and at most."""
NOT_RECEIVED = (
    "Notifications sent through DATABASE_URL do not arrive at the connection that listens. A pooler in transaction mode"
    " does not forward them: set DATABASE_DIRECT_URL to the same database without the pooler."
)

log = structlog.get_logger("clientele")


class Resync(Enum):
    """Sent instead of events that were missed."""

    RESYNC = "RESYNC"


RESYNC = Resync.RESYNC
ReceivedEvent = Event | Resync


class EventQueue:
    """The events that one subscriber has not received yet. If there are more than `limit`, one RESYNC replaces them."""

    __slots__ = ("_arrived", "_close", "_limit", "_waiting")

    def __init__(self, limit: int, close: Callable[["EventQueue"], None]) -> None:
        self._limit = limit
        self._close = close
        self._waiting: deque[ReceivedEvent] = deque()
        self._arrived = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, received: ReceivedEvent) -> None:
        """Add an event. A RESYNC replaces everything that is waiting."""
        if received is RESYNC or len(self._waiting) >= self._limit:
            self._waiting.clear()
            received = RESYNC
        self._waiting.append(received)
        self._arrived.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ReceivedEvent:
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
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

    __slots__ = ("find", "queue")

    def __init__(self, queue: EventQueue, find: Callable[[Any, ReceivedEvent], Awaitable[Any]]) -> None:
        self.queue = queue
        self.find = find

    def __aiter__(self) -> EventQueue:
        return self.queue


class EndSubscription(Exception):
    """Ends a subscription without an error, since the viewer must not learn the reason."""


class Listener:
    """Receives events for all subscribers of this process."""

    def __init__(self, url: str, pool: ConnectionPool, *, limit: int, wait: float = CONNECT_SECONDS) -> None:
        self._url = plain_url(url)
        self._pool = pool
        self._limit = limit
        self._wait = wait
        self._queues: dict[Hashable, set[EventQueue]] = {}
        self._listening = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """The number of queues."""
        return sum(map(len, self._queues.values()))

    @property
    def backlog(self) -> int:
        """The number of events that subscribers have not taken yet."""
        return sum(len(queue) for queues in self._queues.values() for queue in queues)

    def start(self) -> None:
        """Start listening in the background."""
        self._task = asyncio.create_task(self._listen())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def subscribe(self, event_type: type[Event], about: Hashable = None) -> EventQueue:
        """A queue of all events of a type, or of those about one object.

        It receives every event that is committed after this returns. If the database cannot be reached, it gets a
        RESYNC once it can be reached again.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(self._wait):
                await self._listening.wait()
        topic = (event_type, about)

        def close(queue: EventQueue) -> None:
            queues = self._queues.get(topic, set())
            queues.discard(queue)
            if not queues:
                self._queues.pop(topic, None)

        queue = EventQueue(self._limit, close)
        self._queues.setdefault(topic, set()).add(queue)
        return queue

    def dispatch(self, event: Event) -> None:
        """Put an event into the queues for its type, and into those for the object that it is about."""
        for topic in ((type(event), None), (type(event), event.about)):
            for queue in self._queues.get(topic, ()):
                queue.put(event)

    def _resync(self) -> None:
        for queues in self._queues.values():
            for queue in queues:
                queue.put(RESYNC)

    async def _listen(self) -> None:
        shortest, longest = RECONNECT_PAUSES
        pause = shortest
        while True:
            try:
                connection = await asyncpg.connect(
                    self._url,
                    timeout=CONNECT_SECONDS,
                    server_settings={"application_name": APPLICATION_NAME, "jit": "off"},
                )
                try:
                    await self._receive(connection)
                finally:
                    connection.terminate()
            except Exception as reason:  # noqa: BLE001 - without another attempt, no event would arrive any more
                if self._listening.is_set():
                    pause = shortest
                self._listening.clear()
                log.warning("listener_lost", error=type(reason).__qualname__)
            # Random, so that not all processes reconnect at once when their database is back.
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - no secret
            pause = min(pause * 2, longest)

    async def _receive(self, connection: Any) -> None:
        """Listen on a connection until it is lost; then raise."""
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        await _within_timeout(connection.add_listener(CHANNEL, self._on_notify))
        self._resync()
        self._listening.set()
        await self._self_test(connection)
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await lost.wait()
            await _within_timeout(connection.execute("SELECT 1"))

    async def _self_test(self, connection: Any) -> None:
        """Log an error if notifications do not arrive: nothing else would show it."""
        received, channel = asyncio.Event(), f"{CHANNEL}_{uuid4().hex}"

        def receive(*_: object) -> None:
            received.set()

        connection.add_termination_listener(receive)
        await _within_timeout(connection.add_listener(channel, receive))
        with suppress(Exception):  # an unreachable database is reported elsewhere
            async with self._pool.connection() as other:
                await _within_timeout(other.execute("SELECT pg_notify($1, '')", channel))
            try:
                await _within_timeout(received.wait())
            except TimeoutError:
                log.error("events_not_received", message=NOT_RECEIVED)  # noqa: TRY400 - no traceback is needed
        await _within_timeout(connection.remove_listener(channel, receive))

    def _on_notify(self, _connection: object, _pid: int, _channel: str, payload: str) -> None:
        event = parse(payload)
        if event is not None:
            self.dispatch(event)


async def _within_timeout(answer: Coroutine[Any, Any, object]) -> None:
    """Wait for an answer of the database, for at most CONNECT_SECONDS."""
    async with asyncio.timeout(CONNECT_SECONDS):
        await answer
