"""The engine: reads as rows over asyncpg, writes as one transaction of a SQLModel session.

Two different types, so that reads can go to a replica one day and nobody commits by accident.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, ClassVar, Self

import asyncpg
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

import errors

DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
BROKEN = (OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError)
OVERLOADED = (TimeoutError, asyncpg.TooManyConnectionsError, asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError)


class Row(asyncpg.Record):  # type: ignore[misc]
    """A row of a read path. Its class bears the name of the GraphQL type that it stands for."""

    __slots__ = ()
    graphql_type: ClassVar[str] = ""


@cache
def row_class(graphql_type: str) -> type[Row]:
    """Make the one row class of a graph type."""
    return type(graphql_type, (Row,), {"__slots__": (), "graphql_type": graphql_type})


class Statement:
    """A SELECT, compiled once to the string that asyncpg runs. Parameters are named as in the SELECT."""

    __slots__ = ("names", "row", "sql", "values")

    def __init__(self, select: Select[Any], graphql_type: str) -> None:
        compiled = select.compile(dialect=DIALECT)
        self.sql = str(compiled)
        self.names: Sequence[str] = compiled.positiontup or ()
        self.values = {name: value for name, value in compiled.params.items() if value is not None}
        self.row = row_class(graphql_type)

    def arguments(self, given: dict[str, Any]) -> list[Any]:
        """Put the given values, and those written into the SELECT, in the order of the placeholders."""
        return [given[name] if name in given else self.values[name] for name in self.names]


class Reads:
    """Where one request reads: a connection taken at its first statement, and given back at its end."""

    __slots__ = ("_connection", "_lock", "_pool", "_wait", "always", "statements")

    def __init__(self, pool: asyncpg.Pool, wait: float) -> None:
        self._pool = pool
        self._wait = wait
        self._lock = asyncio.Lock()
        self._connection: Any = None
        self.always: dict[str, Any] = {}
        """Parameters of all statements of the request, such as who asks."""
        self.statements = 0

    async def rows(self, statement: Statement, **parameters: Any) -> list[Any]:
        """Run a statement; statements of one request go one after the other."""
        async with self._lock:
            with outage_named():
                if self._connection is None:
                    self._connection = await self._pool.acquire(timeout=self._wait)
                self.statements += 1
                return await self._connection.fetch(  # type: ignore[no-any-return]
                    statement.sql, *statement.arguments(self.always | parameters), record_class=statement.row
                )

    async def release(self) -> None:
        """Give the connection back. A request that never read has none."""
        async with self._lock:
            if self._connection is not None:
                connection, self._connection = self._connection, None
                await self._pool.release(connection)


class outage_named:  # noqa: N801 - reads as a statement
    """Turn what the driver says of a lost or exhausted database into `errors.Unavailable`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig else error
        if isinstance(cause, BROKEN):
            raise errors.Unavailable("The database cannot be reached just now; try again in a moment.") from error
        if isinstance(cause, OVERLOADED):
            raise errors.Unavailable("The database is too busy to answer in time; try again in a moment.") from error


class Database:
    """The pools of one process."""

    def __init__(self, pool: asyncpg.Pool, engine: AsyncEngine, wait: float) -> None:
        self.pool = pool
        self.engine = engine
        self._wait = wait

    @classmethod
    async def connect(cls, url: str, *, size: int, statement: float, lock: float, wait: float) -> Self:
        """Open the pools. Times are seconds; a `url` of any PostgreSQL scheme will do."""
        limits = {
            "statement_timeout": f"{statement * 1000:.0f}",
            "lock_timeout": f"{lock * 1000:.0f}",
            "idle_in_transaction_session_timeout": "10000",
            "timezone": "UTC",
        }
        pool = await asyncpg.create_pool(
            plain_url(url), min_size=1, max_size=size, server_settings={**limits, "jit": "off"}, reset=_no_reset
        )
        engine = create_async_engine(
            plain_url(url).replace("postgresql://", "postgresql+asyncpg://", 1),
            pool_size=size, max_overflow=0, pool_timeout=wait, pool_pre_ping=False,
            connect_args={"server_settings": limits},
        )  # fmt: skip
        return cls(pool, engine, wait)

    def reads(self) -> Reads:
        """Begin the reading of one request."""
        return Reads(self.pool, self._wait)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Open the one transaction of a mutation: committed at the end of the block, undone by any exception."""
        with outage_named():
            async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
                yield session

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
        await self.pool.close()


def plain_url(url: str) -> str:
    """Give the URL without SQLAlchemy's driver name, as asyncpg and psql want it."""
    _, rest = url.split("://", 1)
    return f"postgresql://{rest}"


async def _no_reset(_connection: object) -> None:
    """Read connections hold no session state, so a statement to reset them would be wasted at every request."""
