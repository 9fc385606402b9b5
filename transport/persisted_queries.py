"""Documents that clients have registered by their SHA-256, as Apollo's automatic persisted queries do.

They are in a table that all processes share. Each process has those in memory that it has seen lately, so that a known
hash costs no statement.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable
from math import inf
from time import monotonic

import structlog

import errors
from actions import persisted_queries
from context import Context, Resources
from settings import DocumentSettings
from transport.rate_limiter import RateLimiter
from transport.sampled_log import REFUSALS

MEMORY_BYTES = 16 * 1024 * 1024
ENTRY_BYTES = 300
TOUCH_SECONDS = 3_600.0
"""How often it is noted in the table that a document is in use."""
SECONDS_BETWEEN_TOUCHES = 60.0
REPEAT_SECONDS = 60.0
"""How long after a document was stored or read it is not stored again, although a client has sent its text."""
PAUSE_SECONDS = 10.0
"""How long nothing is stored after that has failed."""

log = structlog.get_logger("clientele")


class Known:
    """A document in the memory of the process."""

    __slots__ = ("in_table_at", "text", "touched_at")

    def __init__(self, text: str, in_table_at: float, touched_at: float) -> None:
        self.text = text
        self.in_table_at = in_table_at
        """When this process last knew it to be in the table."""
        self.touched_at = touched_at


class PersistedQueries:
    """The registered documents of one application, by their hashes in hexadecimal digits."""

    def __init__(
        self, settings: DocumentSettings, limiter: RateLimiter, resources: Callable[[], Resources],
        *, memory_bytes: int = MEMORY_BYTES, clock: Callable[[], float] = monotonic,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._limiter = limiter
        self._resources = resources
        self._memory_bytes = memory_bytes
        self._clock = clock
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._used: set[str] = set()
        """What is to be noted in the table as used."""
        self._to_store: set[str] = set()
        self._storing = asyncio.Lock()
        self._paused_until = -inf
        self.weight = 0
        self.outcomes = Counter(dict.fromkeys(("memory", "database", "not_found", "registered", "limited"), 0))
        """Of requests by hash, and of registrations."""

    def __len__(self) -> int:
        return len(self._known)

    def known(self, hash: str) -> str | None:
        """The text of a hash, if this process has it in memory."""
        known = self._known.get(hash)
        return None if known is None else known.text

    async def get(self, hash: str) -> str | None:
        """The text of a hash; None if nobody has registered it. Raises `Unavailable` if that cannot be found out."""
        known = self._known.get(hash)
        if known is None:
            return await self._read(hash)
        self._known.move_to_end(hash)
        self.outcomes["memory"] += 1
        now = self._clock()
        if known.touched_at + TOUCH_SECONDS <= now:
            known.touched_at = now
            self._used.add(hash)
        return known.text

    async def _read(self, hash: str) -> str | None:
        reads = self._resources().database.reads()
        try:
            rows = await reads.rows(persisted_queries.FIND, hash=bytes.fromhex(hash))
        finally:
            await reads.release()
        if not rows:
            self.outcomes["not_found"] += 1
            return None
        self.outcomes["database"] += 1
        now = self._clock()
        text: str = rows[0]["text"]
        self._keep(hash, Known(text, now, now))
        self._used.add(hash)
        return text

    def wants(self, hash: str) -> bool:
        """Whether a document whose text was sent is to be registered, since the table may not have it."""
        known = self._known.get(hash)
        return known is None or known.in_table_at + REPEAT_SECONDS <= self._clock()

    async def register(self, hash: str, text: str, context: Context) -> None:
        """Register a valid document. The operation goes on, whether this can be done or not."""
        settings = self._settings
        if hash not in self._known:
            per_hour = settings.persisted_queries_per_hour_and_address
            if not await self._limiter.take("persisted_queries", context.address, per_hour):
                self.outcomes["limited"] += 1
                REFUSALS.warning("persisted_query_not_registered", "rate")
                return
            self.outcomes["registered"] += 1
        known = Known(text, inf, -inf)
        self._keep(hash, known)
        if is_shared(text):
            known.in_table_at = -inf
            await context.reads.detach()
            await self._store(hash)

    async def _store(self, hash: str) -> None:
        """Store a document with all others that have come meanwhile: a new release brings many at once."""
        self._to_store.add(hash)
        async with self._storing:
            stored = {one: known for one in self._to_store if (known := self._known.get(one))}
            self._to_store = set()
            if not stored or self._clock() < self._paused_until:
                return
            most, most_bytes = self._settings.persisted_queries_kept, self._settings.persisted_queries_bytes
            documents = {bytes.fromhex(one): known.text for one, known in stored.items()}
            try:
                async with self._resources().database.transaction() as tx:
                    await persisted_queries.add(tx, documents, most=most, most_bytes=most_bytes)
            except errors.Unavailable:
                self._paused_until = self._clock() + PAUSE_SECONDS
                log.warning("persisted_queries_not_stored")
                return
            except BaseException:  # cancelled with its request: those who wait store the rest
                self._to_store |= stored.keys()
                raise
            now = self._clock()
            for known in stored.values():
                known.in_table_at = now

    def _keep(self, hash: str, known: Known) -> None:
        former = self._known.pop(hash, None)
        self.weight += _weight(known.text) - (0 if former is None else _weight(former.text))
        self._known[hash] = known
        while self.weight > self._memory_bytes or len(self._known) > self._settings.persisted_queries_kept:
            self.weight -= _weight(self._known.popitem(last=False)[1].text)

    async def run(self) -> None:
        """Note in the table which documents are in use, until cancelled."""
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_TOUCHES)
            try:
                await self.touch()
            except Exception as error:  # noqa: BLE001 - without another attempt, what is in use would be deleted
                log.warning("persisted_query_use_not_noted", error=type(error).__qualname__)

    async def touch(self) -> None:
        """Note which documents were used. What cannot be noted now is noted the next time."""
        used, self._used = self._used, set()
        database = self._resources().database
        if not used:
            return
        try:
            async with database.transaction() as tx:
                await persisted_queries.touch(tx, [bytes.fromhex(hash) for hash in used])
        except BaseException as error:
            self._used |= used & self._known.keys()
            if not isinstance(error, errors.Unavailable):
                raise


def is_shared(text: str) -> bool:
    """Whether a document may be stored in the table. One with literal texts or comments may hold personal data.

    It stays in the memory of the process that it was sent to.
    """
    return '"' not in text and "#" not in text


def _weight(text: str) -> int:
    return ENTRY_BYTES + 2 * len(text)
