"""The connection pools of one process: one for reads, one for the transactions of mutations.

Reads and transactions are different types, so that a read cannot commit, and reads can use a replica later.
"""

from contextlib import AbstractAsyncContextManager
from functools import partial
from math import inf
from time import monotonic
from typing import Any, Self

from database.connecting import FOR_READS, KEPT_BY_POOLERS, connect, limits_of
from database.lock_queue import LockQueue
from database.pool import Connection, ConnectionPool, PooledConnection
from database.pool_usage import PoolUsage
from database.probe import Probe
from database.reads import MAX_ROWS, Reads
from database.recording import RecordedConnection, RecordedPooledConnection
from database.transactions import Transaction
from database.urls import plain_url

PREPARED_STATEMENTS = 500
MAX_KEPT_CHARACTERS = 32_000
"""Longer statements are prepared each time: the server needs 40 bytes of memory for each character of one that is kept."""
OPTIONAL_WRITES_PAUSE = 60
"""How many seconds nothing is written that is only for statistics, after such a write has failed."""


class Database:
    """The connection pools of one process, one for reads and one for writes."""

    def __init__(
        self, connections: ConnectionPool, writing: ConnectionPool, probe: Probe, locks: LockQueue, info: dict[str, Any]
    ) -> None:
        self.connections = connections
        """For reads."""
        self.writing = writing
        """For transactions."""
        self.probe = probe
        """Whether the database answers."""
        self.locks = locks
        """Where mutations wait that want the same rows."""
        self.info = info
        self._optional_writes_from = 0.0

    @classmethod
    async def connect(
        cls, url: str, *, size: int, statement: float, lock: float, wait: float,
        max_age: float = inf, info: dict[str, Any] | None = None, prepared: int = PREPARED_STATEMENTS,
        pooled: bool = False, recorded: bool = False,
    ) -> Self:  # fmt: skip
        """Open the pools. Times are in seconds; `info` becomes the `info` of each transaction.

        A connection keeps as many statements as `prepared`, as long as it is open. With a pooler in transaction mode
        between (`pooled`) they are not kept by PostgreSQL, and limits are those of the role (`database.pooler`).
        With `recorded`, statements can be recorded (`database.recording`).
        """
        limits, reading = limits_of(statement, lock), limits_of(statement, lock) | FOR_READS
        if pooled:
            limits = reading = KEPT_BY_POOLERS
        kind = PooledConnection if pooled else Connection
        if recorded:
            kind = RecordedPooledConnection if pooled else RecordedConnection
        opening = partial(
            connect, plain_url(url), connection_class=kind, timeout=wait,
            statement_cache_size=prepared, max_cached_statement_lifetime=0,
            max_cacheable_statement_size=MAX_KEPT_CHARACTERS,
        )  # fmt: skip
        read = partial(opening, server_settings=reading)
        connections = ConnectionPool(read, size, wait, max_age)
        async with connections.connection():
            pass  # an unreachable database is reported at the start, not by the first request
        writing = ConnectionPool(partial(opening, server_settings=limits), size, wait, max_age)
        return cls(connections, writing, Probe(read, max_age=max_age), LockQueue(lock), info or {})

    def reads(self, most_rows: int = MAX_ROWS) -> Reads:
        """The reads of one request, which may read so many rows."""
        return Reads(self.connections, most_rows)

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction: committed at the end of the block, rolled back by any exception."""
        return Transaction(self.writing, self.info, self.expire)

    def expire(self) -> None:
        """Replace all connections: the server is stopping, or turns out to be no longer the primary."""
        self.connections.expire()
        self.writing.expire()
        self.probe.expire()

    @property
    def is_busy(self) -> bool:
        """Whether a transaction that begins now would wait for a connection."""
        now = self.writing.usage
        return now.open - now.idle >= now.size

    @property
    def takes_optional_writes(self) -> bool:
        """Whether what is only for statistics may be written now."""
        return not self.is_busy and monotonic() >= self._optional_writes_from

    def pause_optional_writes(self) -> bool:
        """Have nothing written that is only for statistics for a while; False if that was so already."""
        now = monotonic()
        paused, self._optional_writes_from = now < self._optional_writes_from, now + OPTIONAL_WRITES_PAUSE
        return not paused

    @property
    def usage(self) -> dict[str, PoolUsage]:
        """How the pools for reads and for writes are used now."""
        return {"read": self.connections.usage, "write": self.writing.usage}

    async def close(self) -> None:
        """Close every connection."""
        await self.probe.close()
        await self.writing.close()
        await self.connections.close()
