"""The receiving side of facts: one connection of this process that LISTENs, and the feeds of its subscribers.

Nobody waits for a slow subscriber, and nothing is promised twice: what a feed may have missed, because the connection
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

from connections import Connections
from database import plain_url
from events import CHANNEL, Fact, read

NAME = "clientele listener"
"""What the connection is called in pg_stat_activity."""
CONNECT_SECONDS = 5.0
HEARTBEAT_SECONDS = 10.0
"""A connection that died without a word is noticed after this and the time of an answer, at most CONNECT_SECONDS."""
PAUSES = (0.1, 10.0)
"""Seconds between tries to connect: the first, and the longest."""
UNHEARD = (
    "What is sent to DATABASE_URL is not heard by the connection that listens. A pooler in transaction mode does not"
    " carry it: set DATABASE_DIRECT_URL to the same database without the pooler."
)

log = structlog.get_logger("clientele")


class Resync(Enum):
    """Said instead of facts that were missed."""

    RESYNC = "RESYNC"


RESYNC = Resync.RESYNC
Heard = Fact | Resync


class Feed:
    """What one subscriber has yet to hear. More than `limit` facts are not kept: one RESYNC takes their place."""

    __slots__ = ("_arrived", "_close", "_limit", "_waiting")

    def __init__(self, limit: int, close: Callable[["Feed"], None]) -> None:
        self._limit = limit
        self._close = close
        self._waiting: deque[Heard] = deque()
        self._arrived = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, heard: Heard) -> None:
        """Add a fact, or make it known that some were missed: whatever waited is part of that."""
        if heard is RESYNC or len(self._waiting) >= self._limit:
            self._waiting.clear()
            heard = RESYNC
        self._waiting.append(heard)
        self._arrived.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Heard:
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()

    def close(self) -> None:
        """Hear nothing more."""
        self._close(self)


class Live:
    """A subscription at work: its feed, and how the root of an answer is found for what it hears.

    `find` is called with the context of a moment, in which rows and rights are new. It gives None for what is not for
    this viewer, raises `Over` where nothing more will be, and an `errors.Expected` to end with that error.
    """

    __slots__ = ("feed", "find")

    def __init__(self, feed: Feed, find: Callable[[Any, Heard], Awaitable[Any]]) -> None:
        self.feed = feed
        self.find = find

    def __aiter__(self) -> Feed:
        return self.feed


class Over(Exception):
    """There is nothing more to hear for this viewer; the reason is not theirs to know."""


class Listener:
    """Hears for all subscribers of this process."""

    def __init__(self, url: str, others: Connections, *, limit: int, wait: float = CONNECT_SECONDS) -> None:
        self._url = plain_url(url)
        self._others = others
        self._limit = limit
        self._wait = wait
        self._feeds: dict[Hashable, set[Feed]] = {}
        self._hearing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """Count the feeds."""
        return sum(map(len, self._feeds.values()))

    def start(self) -> None:
        """Begin to listen, without waiting for it."""
        self._task = asyncio.create_task(self._listen())

    async def close(self) -> None:
        """Listen no more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def subscribe(self, kind: type[Fact], about: Hashable = None) -> Feed:
        """Give the feed of all facts of a kind, or of those about one thing.

        Whatever commits from now on will be heard. Where the database cannot be reached the feed begins all the same,
        with a RESYNC as soon as it can be.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(self._wait):
                await self._hearing.wait()
        topic = (kind, about)

        def close(feed: Feed) -> None:
            feeds = self._feeds.get(topic, set())
            feeds.discard(feed)
            if not feeds:
                self._feeds.pop(topic, None)

        feed = Feed(self._limit, close)
        self._feeds.setdefault(topic, set()).add(feed)
        return feed

    def tell(self, fact: Fact) -> None:
        """Hand a fact to those who wait for its kind, and to those who wait for what it is about."""
        for topic in ((type(fact), None), (type(fact), fact.about)):
            for feed in self._feeds.get(topic, ()):
                feed.put(fact)

    def _resync(self) -> None:
        for feeds in self._feeds.values():
            for feed in feeds:
                feed.put(RESYNC)

    async def _listen(self) -> None:
        shortest, longest = PAUSES
        pause = shortest
        while True:
            try:
                connection = await asyncpg.connect(
                    self._url, timeout=CONNECT_SECONDS, server_settings={"application_name": NAME, "jit": "off"}
                )
                try:
                    await self._hear(connection)
                finally:
                    connection.terminate()
            except Exception as reason:  # noqa: BLE001 - whatever it was: who does not try again hears nothing for ever
                if self._hearing.is_set():
                    pause = shortest
                self._hearing.clear()
                log.warning("listener_lost", error=type(reason).__qualname__)
            # Not all processes at once, when a database that they share is back.
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - no secret
            pause = min(pause * 2, longest)

    async def _hear(self, connection: Any) -> None:
        """Listen on a connection until it is lost, which raises."""
        gone = asyncio.Event()
        connection.add_termination_listener(lambda _: gone.set())
        await _in_time(connection.add_listener(CHANNEL, self._take))
        self._resync()
        self._hearing.set()
        await self._prove(connection)
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await gone.wait()
            await _in_time(connection.execute("SELECT 1"))

    async def _prove(self, connection: Any) -> None:
        """Say so where nothing is heard: everything else would go on as if nothing ever happened."""
        heard, channel = asyncio.Event(), f"{CHANNEL}_{uuid4().hex}"

        def hear(*_: object) -> None:
            heard.set()

        connection.add_termination_listener(hear)
        await _in_time(connection.add_listener(channel, hear))
        with suppress(Exception):  # a database that answers nobody is noticed elsewhere
            async with self._others.held() as other:
                await _in_time(other.execute("SELECT pg_notify($1, '')", channel))
            try:
                await _in_time(heard.wait())
            except TimeoutError:
                log.error("facts_not_heard", message=UNHEARD)  # noqa: TRY400 - there is nothing to trace
        await _in_time(connection.remove_listener(channel, hear))

    def _take(self, _connection: object, _pid: int, _channel: str, payload: str) -> None:
        fact = read(payload)
        if fact is not None:
            self.tell(fact)


async def _in_time(answer: Coroutine[Any, Any, object]) -> None:
    """Wait for the database, but not for one that went away without a word."""
    async with asyncio.timeout(CONNECT_SECONDS):
        await answer
