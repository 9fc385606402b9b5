"""The connection pools of one process: asyncpg for reads, SQLAlchemy for the transactions of mutations.

Reads and transactions are different types, so that a read cannot commit, and reads can use a replica later.
"""

import random
from contextlib import AbstractAsyncContextManager
from functools import partial
from math import inf
from time import monotonic
from typing import Any, Self

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from database.connecting import connect
from database.lock_queue import LockQueue
from database.pool import JITTER, Connection, ConnectionPool
from database.pool_usage import PoolUsage, WritePool
from database.probe import Probe
from database.reads import MOST_ROWS, Reads
from database.transactions import renew_connections, transaction
from database.urls import plain_url

PREPARED_STATEMENTS = 500
MAX_KEPT_CHARACTERS = 32_000
"""Longer statements are prepared each time: the server needs 40 bytes of memory for each character of one that is kept."""
OPTIONAL_WRITES_PAUSE = 60
"""How many seconds nothing is written that is only for statistics, after such a write has failed."""


class Database:
    """The connection pools of one process, one for reads and one for writes."""

    def __init__(
        self, connections: ConnectionPool, engine: AsyncEngine, probe: Probe, locks: LockQueue, info: dict[str, Any]
    ) -> None:
        self.connections = connections
        self.engine = engine
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
    ) -> Self:  # fmt: skip
        """Open the pools. Times are in seconds; `info` becomes the `info` of each transaction.

        A connection for reads keeps as many statements as `prepared`, as long as it is open.
        """
        limits = {
            "statement_timeout": f"{statement * 1000:.0f}",
            "lock_timeout": f"{lock * 1000:.0f}",
            "idle_in_transaction_session_timeout": "10000",
            "timezone": "UTC",
        }
        # Planning takes PostgreSQL longer than running most reads. It would plan them anew each time: a plan for a
        # known number of keys always looks cheaper than one for any number.
        reading = limits | {
            "jit": "off", "plan_cache_mode": "force_generic_plan", "enable_memoize": "off",
            "default_transaction_read_only": "on",
        }  # fmt: skip
        connect_for_reads = partial(
            connect, plain_url(url), server_settings=reading, connection_class=Connection, timeout=wait,
            statement_cache_size=prepared, max_cached_statement_lifetime=0,
            max_cacheable_statement_size=MAX_KEPT_CHARACTERS,
        )  # fmt: skip
        connections = ConnectionPool(connect_for_reads, size, wait, max_age)
        async with connections.connection():
            pass  # an unreachable database is reported at the start, not by the first request
        engine = create_async_engine(
            plain_url(url).replace("postgresql://", "postgresql+asyncpg://", 1),
            poolclass=WritePool, pool_size=size, max_overflow=0, pool_timeout=wait, pool_pre_ping=False,
            pool_recycle=-1 if max_age == inf else max_age * random.uniform(1 - JITTER, 1),  # noqa: S311 - no secret
            connect_args={
                "server_settings": limits, "connection_class": Connection, "timeout": wait, "async_creator_fn": connect,
            },
        )  # fmt: skip
        probe = Probe(connect_for_reads, max_age=max_age)

        def expire() -> None:
            connections.expire()
            probe.expire()

        renew_connections(engine, expire)
        return cls(connections, engine, probe, LockQueue(lock), info or {})

    def reads(self, most_rows: int = MOST_ROWS) -> Reads:
        """The reads of one request, which may read so many rows."""
        return Reads(self.connections, most_rows)

    def transaction(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A transaction: committed at the end of the block, rolled back by any exception."""
        return transaction(self.engine, self.info)

    @property
    def is_busy(self) -> bool:
        """Whether a transaction that begins now would wait for a connection."""
        pool: Any = self.engine.pool
        return bool(pool.checkedout() >= pool.size())

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
        pools = {"read": self.connections.usage}
        if isinstance(self.engine.pool, WritePool):
            pools["write"] = self.engine.pool.usage
        return pools

    async def close(self) -> None:
        """Close every connection."""
        await self.probe.close()
        await self.engine.dispose()
        await self.connections.close()
