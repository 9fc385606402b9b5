"""The pools of one process: reads as rows over asyncpg, writes as one transaction of a SQLModel session.

Two different types, so that reads can go to a replica one day and nobody commits by accident.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from database.failures import map_database_errors
from database.pool import ConnectionPool
from database.reads import Reads
from database.urls import plain_url


class Database:
    """The pools of one process: one to read by, one to write by."""

    def __init__(self, connections: ConnectionPool, engine: AsyncEngine, info: dict[str, Any]) -> None:
        self.connections = connections
        self.engine = engine
        self.info = info

    @classmethod
    async def connect(
        cls, url: str, *, size: int, statement: float, lock: float, wait: float, info: dict[str, Any] | None = None
    ) -> Self:
        """Open the pools. Times are seconds; a `url` of any PostgreSQL scheme will do; `info` is told to sessions."""
        limits = {
            "statement_timeout": f"{statement * 1000:.0f}",
            "lock_timeout": f"{lock * 1000:.0f}",
            "idle_in_transaction_session_timeout": "10000",
            "timezone": "UTC",
        }
        connections = ConnectionPool(
            lambda: asyncpg.connect(plain_url(url), server_settings={**limits, "jit": "off"}), size, wait
        )
        async with connections.connection():
            """Whether the database can be reached is told at the start, not at the first request."""
        engine = create_async_engine(
            plain_url(url).replace("postgresql://", "postgresql+asyncpg://", 1),
            pool_size=size, max_overflow=0, pool_timeout=wait, pool_pre_ping=False,
            connect_args={"server_settings": limits},
        )  # fmt: skip
        return cls(connections, engine, info or {})

    def reads(self) -> Reads:
        """Begin the reading of one request."""
        return Reads(self.connections)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Open the one transaction of a mutation: committed at the end of the block, undone by any exception."""
        with map_database_errors():
            async with AsyncSession(self.engine, expire_on_commit=False, info=self.info) as session, session.begin():
                yield session

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
        await self.connections.close()
