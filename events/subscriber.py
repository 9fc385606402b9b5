"""Receiving events: one connection of this process is woken, reads them, and passes them to the queues of subscribers.

A slow subscriber does not delay the others. After the connection was lost, what was missed is read. A queue gets one
RESYNC instead of its events if its subscriber was too slow, or if what was missed is too much or no longer there.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Coroutine, Hashable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg
import structlog

from database.pool import ConnectionPool
from database.urls import plain_url
from events import retention  # noqa: F401 - registers its timer
from events.carriers import CHANNEL
from events.positions import Position
from events.publisher import EVENT_TYPES, Event, parse_unrecorded
from events.queues import RESYNC, EventQueue
from events.reader import Reader
from events.watches import PROOF_SECONDS, Watches

APPLICATION_NAME = "clientele listener"
"""The `application_name` of the connection in pg_stat_activity."""
CONNECT_SECONDS = 5.0
HEARTBEAT_SECONDS = 10.0
"""Events are read this often even without a wake-up, which may be lost. A connection that is lost silently is noticed
after this time plus at most CONNECT_SECONDS."""
DISPATCHED_AT_ONCE = 200
"""After so many events the loop has time for other tasks."""
RECONNECT_PAUSES = (0.1, 10.0)
"""Seconds between attempts to connect: at first, and at most."""
REPLAY_SECONDS = 3.0
"""How long a subscriber waits for what was missed, since all share the connection. After this time they get a RESYNC."""
RETEST_SECONDS = 10.0
"""How long after a self-test that has failed the next one begins."""
NOT_RECEIVED = (
    "Notifications sent through DATABASE_URL do not arrive at the connection that listens. A pooler in transaction mode"
    " does not forward them: set DATABASE_DIRECT_URL to the same database without the pooler."
)

log = structlog.get_logger("clientele")
T = TypeVar("T")


class Listener:
    """Receives events for all subscribers of this process."""

    def __init__(self, url: str, pool: ConnectionPool, *, limit: int, wait: float = CONNECT_SECONDS) -> None:
        self._url = plain_url(url)
        self._pool = pool
        self._limit = limit
        self._wait = wait
        self._queues: dict[tuple[type[Event], Hashable], set[EventQueue]] = {}
        self._listening = asyncio.Event()
        self._woken = asyncio.Event()
        self._using = asyncio.Lock()
        """Held while the connection executes a statement."""
        self._reader: Reader | None = None
        self._position: Position | None = None
        """What has been put into the queues; None before the first connection."""
        self._task: asyncio.Task[None] | None = None
        self.watches = Watches()

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

        It receives every event that is committed after this returns, also those of a time without a connection. If
        there has been none yet, it gets a RESYNC once there is one.
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

        async def replay(queue: EventQueue, since: Position) -> None:
            await self._replay(queue, event_type, about, since)

        queue = EventQueue(self._limit, close, replay)
        self._queues.setdefault(topic, set()).add(queue)
        if event_type.carrier.seconds is not None:
            self._woken.set()  # so that the next wait is not longer
        return queue

    def dispatch(self, event: Event, position: Position | None = None, transaction_id: int | None = None) -> None:
        """Put an event into the queues for its type, and into those for the object that it is about."""
        for topic in ((type(event), None), (type(event), event.about)):
            for queue in self._queues.get(topic, ()):
                queue.put(event, position, transaction_id)

    def _pass_on(self, payload: str) -> None:
        event = parse_unrecorded(payload)
        if event is not None:
            self.dispatch(event)

    def _resync(self) -> None:
        for queues in self._queues.values():
            for queue in queues:
                queue.put(RESYNC, self._position)

    async def _replay(self, queue: EventQueue, event_type: type[Event], about: Hashable, since: Position) -> None:
        topic = None if about is None else (event_type.topic, about)
        missed, until = None, None
        try:
            async with asyncio.timeout(REPLAY_SECONDS), self._statement():
                if self._reader is not None:
                    missed, until = await self._reader.read(since, [event_type.__name__], topic)
        except TimeoutError:
            self._woken.set()  # if the connection is silent, the next reading notices
        found = missed is not None and len(missed) <= self._limit
        if until is not None:
            queue.put_first(missed if missed is not None and found else [], until)
        if not found:
            queue.put(RESYNC, until)

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
                    self._reader = None
                    self.watches.distrust()
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
        """Read events on a connection until it is lost; then raise."""
        connection.add_termination_listener(lambda _: self._woken.set())
        for carrier in {event_type.carrier for event_type in EVENT_TYPES.values()}:
            await _within_timeout(carrier.listen(connection, self._woken.set, self._pass_on))
        await _within_timeout(self.watches.listen(connection))
        # After LISTEN, so that there is a wake-up for each event that is committed after the first reading.
        reader = await _within_timeout(Reader.open(connection))
        if self._position is None:
            self._position = await _within_timeout(reader.now())
            self._resync()
        else:
            await self._read(reader)
        self._reader = reader
        self._listening.set()
        testing = asyncio.create_task(self._test(connection))
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._longest_wait()):
                        await self._woken.wait()
                self._woken.clear()  # all wake-ups until now are met by the next reading
                await self._read(reader)
        finally:
            testing.cancel()

    def _longest_wait(self) -> float:
        seconds = (event_type.carrier.seconds for event_type, _ in self._queues)
        return min((HEARTBEAT_SECONDS, *(some for some in seconds if some is not None)))

    async def _read(self, reader: Reader) -> None:
        """Put what is new into the queues."""
        assert self._position is not None  # noqa: S101
        async with self._using:
            events, position = await _within_timeout(reader.read(self._position))
        if events is None:
            self._position = position
            self._resync()
            return
        for number, event in enumerate(events, 1):
            self.dispatch(event.event, event.position, event.transaction_id)
            if number % DISPATCHED_AT_ONCE == 0:
                await asyncio.sleep(0)
        self._position = position

    async def _test(self, connection: Any) -> None:
        """Log an error if notifications do not arrive: nothing else would show it. If they do, go on to prove it."""
        told = False
        while not (arrived := await self._self_test(connection)):
            if arrived is False and not told:
                told = True
                log.error("events_not_received", message=NOT_RECEIVED)
            await asyncio.sleep(RETEST_SECONDS)
        self.watches.trust(connection)
        while self.watches:
            await self.prove()
            await asyncio.sleep(PROOF_SECONDS)

    async def prove(self) -> None:
        """Find out whether all notifications have arrived of what is committed by now."""
        async with self._statement():
            await _within_timeout(self.watches.prove())

    async def _self_test(self, connection: Any) -> bool | None:
        """Whether notifications that other connections send arrive; None if that cannot be found out now."""
        arrived: bool | None = None
        received, channel = asyncio.Event(), f"{CHANNEL}_{uuid4().hex}"

        def receive(*_: object) -> None:
            received.set()

        connection.add_termination_listener(receive)
        async with self._statement():
            await _within_timeout(connection.add_listener(channel, receive))
        with suppress(Exception):  # an unreachable database is reported elsewhere
            async with self._pool.connection() as other:
                await _within_timeout(other.execute("SELECT pg_notify($1, '')", channel))
            with suppress(TimeoutError):
                arrived = False
                await _within_timeout(received.wait())
                arrived = True
        async with self._statement():
            await _within_timeout(connection.remove_listener(channel, receive))
        return arrived

    @asynccontextmanager
    async def _statement(self) -> AsyncIterator[None]:
        """Use the connection between two readings. If it fails, the next reading does, too, and it is opened anew."""
        try:
            async with self._using:
                yield
        except Exception:  # noqa: BLE001 - asyncpg raises InternalClientError, and tells of no loss, at the wrong moment
            self._woken.set()


async def _within_timeout(answer: Coroutine[Any, Any, T]) -> T:
    """Wait for an answer of the database, for at most CONNECT_SECONDS."""
    async with asyncio.timeout(CONNECT_SECONDS):
        return await answer
