"""The receiving side of events: one connection of this process that LISTENs, and the queues of its subscribers.

Nobody waits for a slow subscriber, and nothing is promised twice: what a queue may have missed, because the connection
was lost or because its reader was slow, is told to it as one RESYNC.
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

NAME = "clientele listener"
"""What the connection is called in pg_stat_activity."""
CONNECT_SECONDS = 5.0
HEARTBEAT_SECONDS = 10.0
"""A connection that died without a word is noticed after this and the time of an answer, at most CONNECT_SECONDS."""
PAUSES = (0.1, 10.0)
"""Seconds between tries to connect: the first, and the longest."""
NOT_RECEIVED = (
    "What is sent to DATABASE_URL is not received by the connection that listens. A pooler in transaction mode does not"
    " carry it: set DATABASE_DIRECT_URL to the same database without the pooler."
)

log = structlog.get_logger("clientele")


class Resync(Enum):
    """Said instead of events that were missed."""

    RESYNC = "RESYNC"


RESYNC = Resync.RESYNC
ReceivedEvent = Event | Resync


class EventQueue:
    """What one subscriber has yet to receive. More than `limit` events are not kept: one RESYNC takes their place."""

    __slots__ = ("_arrived", "_close", "_limit", "_waiting")

    def __init__(self, limit: int, close: Callable[["EventQueue"], None]) -> None:
        self._limit = limit
        self._close = close
        self._waiting: deque[ReceivedEvent] = deque()
        self._arrived = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, received: ReceivedEvent) -> None:
        """Add a event, or make it known that some were missed: whatever waited is part of that."""
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
        """Hear nothing more."""
        self._close(self)


class EventSource:
    """A subscription at work: its queue, and how the root of an answer is found for what it hears.

    `find` is called with the context of a moment, in which rows and rights are new. It gives None for what is not for
    this viewer, raises `Over` where nothing more will be, and an `errors.Expected` to end with that error.
    """

    __slots__ = ("find", "queue")

    def __init__(self, queue: EventQueue, find: Callable[[Any, ReceivedEvent], Awaitable[Any]]) -> None:
        self.queue = queue
        self.find = find

    def __aiter__(self) -> EventQueue:
        return self.queue


class EndSubscription(Exception):
    """There is nothing more to receive for this viewer; the reason is not theirs to know."""


class Listener:
    """Hears for all subscribers of this process."""

    def __init__(self, url: str, others: ConnectionPool, *, limit: int, wait: float = CONNECT_SECONDS) -> None:
        self._url = plain_url(url)
        self._others = others
        self._limit = limit
        self._wait = wait
        self._queues: dict[Hashable, set[EventQueue]] = {}
        self._listening = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """Count the queues."""
        return sum(map(len, self._queues.values()))

    def start(self) -> None:
        """Begin to listen, without waiting for it."""
        self._task = asyncio.create_task(self._listen())

    async def close(self) -> None:
        """Listen no more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def subscribe(self, kind: type[Event], about: Hashable = None) -> EventQueue:
        """Give the queue of all events of a kind, or of those about one thing.

        Whatever commits from now on will be received. Where the database cannot be reached the queue begins all the same,
        with a RESYNC as soon as it can be.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(self._wait):
                await self._listening.wait()
        topic = (kind, about)

        def close(queue: EventQueue) -> None:
            queues = self._queues.get(topic, set())
            queues.discard(queue)
            if not queues:
                self._queues.pop(topic, None)

        queue = EventQueue(self._limit, close)
        self._queues.setdefault(topic, set()).add(queue)
        return queue

    def dispatch(self, event: Event) -> None:
        """Hand a event to those who wait for its kind, and to those who wait for what it is about."""
        for topic in ((type(event), None), (type(event), event.about)):
            for queue in self._queues.get(topic, ()):
                queue.put(event)

    def _resync(self) -> None:
        for queues in self._queues.values():
            for queue in queues:
                queue.put(RESYNC)

    async def _listen(self) -> None:
        shortest, longest = PAUSES
        pause = shortest
        while True:
            try:
                connection = await asyncpg.connect(
                    self._url, timeout=CONNECT_SECONDS, server_settings={"application_name": NAME, "jit": "off"}
                )
                try:
                    await self._receive(connection)
                finally:
                    connection.terminate()
            except Exception as reason:  # noqa: BLE001 - whatever it was: who does not try again hears nothing for ever
                if self._listening.is_set():
                    pause = shortest
                self._listening.clear()
                log.warning("listener_lost", error=type(reason).__qualname__)
            # Not all processes at once, when a database that they share is back.
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - no secret
            pause = min(pause * 2, longest)

    async def _receive(self, connection: Any) -> None:
        """Listen on a connection until it is lost, which raises."""
        gone = asyncio.Event()
        connection.add_termination_listener(lambda _: gone.set())
        await _in_time(connection.add_listener(CHANNEL, self._on_notify))
        self._resync()
        self._listening.set()
        await self._self_test(connection)
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await gone.wait()
            await _in_time(connection.execute("SELECT 1"))

    async def _self_test(self, connection: Any) -> None:
        """Say so where nothing is received: everything else would go on as if nothing ever happened."""
        received, channel = asyncio.Event(), f"{CHANNEL}_{uuid4().hex}"

        def receive(*_: object) -> None:
            received.set()

        connection.add_termination_listener(receive)
        await _in_time(connection.add_listener(channel, receive))
        with suppress(Exception):  # a database that answers nobody is noticed elsewhere
            async with self._others.connection() as other:
                await _in_time(other.execute("SELECT pg_notify($1, '')", channel))
            try:
                await _in_time(received.wait())
            except TimeoutError:
                log.error("facts_not_heard", message=NOT_RECEIVED)  # noqa: TRY400 - there is nothing to trace
        await _in_time(connection.remove_listener(channel, receive))

    def _on_notify(self, _connection: object, _pid: int, _channel: str, payload: str) -> None:
        event = parse(payload)
        if event is not None:
            self.dispatch(event)


async def _in_time(answer: Coroutine[Any, Any, object]) -> None:
    """Wait for the database, but not for one that went away without a word."""
    async with asyncio.timeout(CONNECT_SECONDS):
        await answer
