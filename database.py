"""The engine: reads as rows over asyncpg, writes as one transaction of a SQLModel session.

Two different types, so that reads can go to a replica one day and nobody commits by accident.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, ClassVar, Self

import asyncpg
from sqlalchemy import Boolean, ColumnElement, DateTime, Integer, Select, String, Text
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.sqltypes import AutoString

import errors
from connections import Connections
from execution.edges import Promise

TYPES = {String: str, Text: str, AutoString: str, Integer: int, Boolean: bool, DateTime: datetime}
ENDED = "The request has ended."
GRACE_SECONDS = 0.3
"""How long a request that has ended waits for a statement of a loader that was given up."""
ENDING: set[asyncio.Task[None]] = set()
"""Requests that wait for their last statement: the loop itself does not hold on to its tasks."""
DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
BROKEN = (OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError)
OVERLOADED = (
    TimeoutError, PoolTimeoutError,
    asyncpg.TooManyConnectionsError, asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError,
)  # fmt: skip
"""Looked at before `BROKEN`, since a TimeoutError is an OSError as well."""


class Row(asyncpg.Record):  # type: ignore[misc]
    """A row of a read path. Each statement has a class of its own, which knows what the statement selects."""

    __slots__ = ()
    graphql_type: ClassVar[str] = ""
    """The name of the GraphQL type that the row stands for."""
    columns: ClassVar[dict[str, Promise]] = {}


def row_class(graphql_type: str, select: Select[Any]) -> type[Row]:
    """Make the class of a statement's rows."""
    columns = {
        column.key: Promise(f"row[{place}]", _python_type(column), getattr(column, "nullable", True))
        for place, column in enumerate(select.selected_columns)
    }
    return type(graphql_type, (Row,), {"__slots__": (), "graphql_type": graphql_type, "columns": columns})


def _python_type(column: ColumnElement[Any]) -> type | None:
    """Say which type a column's values surely have, as the driver gives them."""
    kind = type(column.type)
    return next((made for known, made in TYPES.items() if kind is known), None)


class Statement:
    """A SELECT, compiled once to the string that asyncpg runs. Parameters are named as in the SELECT."""

    __slots__ = ("names", "row", "sql", "values")

    def __init__(self, select: Select[Any], graphql_type: str) -> None:
        compiled = select.compile(dialect=DIALECT)
        self.sql = str(compiled)
        self.names: Sequence[str] = compiled.positiontup or ()
        self.values = {name: value for name, value in compiled.params.items() if value is not None}
        self.row = row_class(graphql_type, select)

    def arguments(self, given: dict[str, Any]) -> list[Any]:
        """Put the given values, and those written into the SELECT, in the order of the placeholders."""
        return [given[name] if name in given else self.values[name] for name in self.names]


class Reads:
    """Where one request reads: a connection taken at its first statement, and given back at its end."""

    __slots__ = ("_connection", "_connections", "_lock", "_over", "_reader", "_sound", "always", "statements")

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._lock = asyncio.Lock()
        self._connection: Any = None
        self._over = False
        self._reader: asyncio.Task[Any] | None = None
        """Who runs a statement now."""
        self._sound = True
        self.always: dict[str, Any] = {}
        """Parameters of all statements of the request, such as who asks."""
        self.statements = 0

    async def rows(self, statement: Statement, **parameters: Any) -> list[Any]:
        """Run a statement; statements of one request go one after the other."""
        async with self._lock:
            if self._over:  # a loader whose fields were given up: what it took now would never be given back
                raise errors.Unavailable(ENDED)
            self._reader = asyncio.current_task()
            try:
                with outage_named():
                    return await self._run(statement, parameters)
            except asyncio.CancelledError:
                if not self._over or self._reader is None:
                    raise
                self._reader.uncancel()  # `release` has interrupted it; whoever still waits for the rows must be told
                raise errors.Unavailable(ENDED) from None
            finally:
                self._reader = None

    async def _run(self, statement: Statement, parameters: dict[str, Any]) -> list[Any]:
        if self._connection is None:
            self._connection = await self._connections.take()
        self.statements += 1
        values = statement.arguments(self.always | parameters)
        try:
            return await self._connection.fetch(statement.sql, *values, record_class=statement.row)  # type: ignore[no-any-return]
        except asyncpg.PostgresError:
            raise
        except BaseException:
            self._sound = False
            raise

    async def release(self) -> None:
        """Give the connection back; a statement that still runs has a moment to end. Who never read has none."""
        self._over = True
        if not self._lock.locked():
            self._give_back()
            return
        ending = asyncio.create_task(self._end())  # of its own: whoever waits here may be cancelled once more
        ENDING.add(ending)
        ending.add_done_callback(ENDING.discard)
        await asyncio.shield(ending)

    async def _end(self) -> None:
        reader = self._reader
        interrupting = reader and asyncio.get_running_loop().call_later(GRACE_SECONDS, reader.cancel)
        async with self._lock:
            if interrupting:
                interrupting.cancel()
            self._give_back()

    def _give_back(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._connections.give(connection, sound=self._sound)


class outage_named:  # noqa: N801 - reads as a statement
    """Turn what the driver says of a lost or exhausted database into `errors.Unavailable`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig else error
        if isinstance(cause, OVERLOADED):
            raise errors.Unavailable("The database is too busy to answer in time; try again in a moment.") from error
        if isinstance(cause, BROKEN):
            raise errors.Unavailable("The database cannot be reached just now; try again in a moment.") from error


class Database:
    """The pools of one process: one to read by, one to write by."""

    def __init__(self, connections: Connections, engine: AsyncEngine, info: dict[str, Any]) -> None:
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
        connections = Connections(
            lambda: asyncpg.connect(plain_url(url), server_settings={**limits, "jit": "off"}), size, wait
        )
        async with connections.held():
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
        with outage_named():
            async with AsyncSession(self.engine, expire_on_commit=False, info=self.info) as session, session.begin():
                yield session

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
        await self.connections.close()


def plain_url(url: str) -> str:
    """Give the URL without SQLAlchemy's driver name, as asyncpg and psql want it."""
    _, rest = url.split("://", 1)
    return f"postgresql://{rest}"
