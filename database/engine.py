"""The connection pools of one process: asyncpg for reads, SQLAlchemy for the transactions of mutations.

Reads and transactions are different types, so that a read cannot commit, and reads can use a replica later.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from database.failures import map_database_errors
from database.pool import ConnectionPool
from database.reads import MOST_ROWS, Reads
from database.urls import plain_url


class Database:
    """The connection pools of one process, one for reads and one for writes."""

    def __init__(self, connections: ConnectionPool, engine: AsyncEngine, info: dict[str, Any]) -> None:
        self.connections = connections
        self.engine = engine
        self.info = info

    @classmethod
    async def connect(
        cls, url: str, *, size: int, statement: float, lock: float, wait: float, info: dict[str, Any] | None = None
    ) -> Self:
        """Open the pools. Times are in seconds; `info` becomes the `info` of each transaction."""
        limits = {
            "statement_timeout": f"{statement * 1000:.0f}",
            "lock_timeout": f"{lock * 1000:.0f}",
            "idle_in_transaction_session_timeout": "10000",
            "timezone": "UTC",
        }
        # Planning takes PostgreSQL longer than running most reads. It would plan them anew each time: a plan for a
        # known number of keys always looks cheaper than one for any number.
        reading = limits | {"jit": "off", "plan_cache_mode": "force_generic_plan"}
        connections = ConnectionPool(lambda: asyncpg.connect(plain_url(url), server_settings=reading), size, wait)
        async with connections.connection():
            pass  # an unreachable database is reported at the start, not by the first request
        engine = create_async_engine(
            plain_url(url).replace("postgresql://", "postgresql+asyncpg://", 1),
            pool_size=size, max_overflow=0, pool_timeout=wait, pool_pre_ping=False,
            connect_args={"server_settings": limits},
        )  # fmt: skip
        return cls(connections, engine, info or {})

    def reads(self, most_rows: int = MOST_ROWS) -> Reads:
        """The reads of one request, which may read so many rows."""
        return Reads(self.connections, most_rows)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A transaction: committed at the end of the block, rolled back by any exception."""
        with map_database_errors():
            async with AsyncSession(self.engine, expire_on_commit=False, info=self.info) as tx, tx.begin():
                yield tx

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
        await self.connections.close()
