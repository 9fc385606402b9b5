"""The statements of one request, for those who develop: texts, times and numbers of rows, never values.

Only where Database.connect is told to are connections of these classes opened; all others record nothing.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter
from typing import Any

import asyncpg

from database.pool import Connection, PooledConnection
from database.statements import Row

MAX_STATEMENTS = 200
MAX_CHARS = 20_000
"""Of the text of a statement; what is longer is cut."""
MAX_ALL_CHARS = 1_000_000
"""Of all texts together."""

_CONTROL = re.compile(r"(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b")


class RecordedStatement:
    """One statement, as it was sent."""

    __slots__ = ("error", "loader", "milliseconds", "rows", "sql", "type")

    def __init__(self, sql: str, row: Any) -> None:
        self.sql = sql if len(sql) <= MAX_CHARS else f"{sql[:MAX_CHARS]} …"
        is_read = isinstance(row, type) and issubclass(row, Row)
        self.type: str | None = row.graphql_type or None if is_read else None
        """The GraphQL type of the rows that a read gives."""
        self.loader: str | None = row.loader or None if is_read else None
        self.milliseconds = 0.0
        """Until the answer was there, waiting for locks included."""
        self.rows: int | None = None
        """How many it gave or changed."""
        self.error: str | None = None
        """The SQLSTATE, or the class of another exception: its text may have values."""

    @property
    def is_control(self) -> bool:
        """Whether it only begins or ends a transaction or a savepoint."""
        return _CONTROL.match(self.sql) is not None


class Recording:
    """What one request has run."""

    def __init__(self) -> None:
        self.statements: list[RecordedStatement] = []
        self.left_out = 0
        """How many were run after there was no room for more."""
        self._chars = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Record what is run in the block, and in the tasks that are started in it."""
        token = RECORDING.set(self)
        try:
            yield
        finally:
            RECORDING.reset(token)

    @contextmanager
    def timing(self, sql: str, row: Any = None) -> Iterator[RecordedStatement]:
        """Record the statement that the block runs."""
        statement = RecordedStatement(sql, row)
        if len(self.statements) < MAX_STATEMENTS and self._chars + len(statement.sql) <= MAX_ALL_CHARS:
            self.statements.append(statement)
            self._chars += len(statement.sql)
        else:
            self.left_out += 1
        began = perf_counter()
        try:
            yield statement
        except BaseException as error:
            statement.error = error.sqlstate if isinstance(error, asyncpg.PostgresError) else type(error).__name__
            raise
        finally:
            statement.milliseconds = (perf_counter() - began) * 1_000


RECORDING: ContextVar[Recording | None] = ContextVar("recording", default=None)


class RecordedConnection(Connection):
    """Tells the recording of the request, if there is one, what it runs."""

    async def fetch(self, query: str, *args: Any, timeout: Any = None, record_class: Any = None) -> Any:  # noqa: ASYNC109 - asyncpg's signature
        recording = RECORDING.get()
        if recording is None:
            return await super().fetch(query, *args, timeout=timeout, record_class=record_class)
        with recording.timing(query, record_class) as statement:
            rows = await super().fetch(query, *args, timeout=timeout, record_class=record_class)
            statement.rows = len(rows)
        return rows

    async def execute(self, query: str, *args: Any, timeout: Any = None) -> str:  # noqa: ASYNC109 - asyncpg's signature
        recording = RECORDING.get()
        if recording is None:
            return str(await super().execute(query, *args, timeout=timeout))
        with recording.timing(query) as statement:
            status = str(await super().execute(query, *args, timeout=timeout))
            statement.rows = _number(status)
        return status

    async def executemany(self, command: str, args: Any, *, timeout: Any = None) -> None:  # noqa: ASYNC109 - asyncpg's signature
        recording = RECORDING.get()
        if recording is None:
            await super().executemany(command, args, timeout=timeout)
            return
        with recording.timing(command):
            await super().executemany(command, args, timeout=timeout)

    async def copy_records_to_table(self, table_name: str, **options: Any) -> str:
        recording = RECORDING.get()
        if recording is None:
            return str(await super().copy_records_to_table(table_name, **options))
        with recording.timing(f"COPY {table_name} FROM STDIN") as statement:
            status = str(await super().copy_records_to_table(table_name, **options))
            statement.rows = _number(status)
        return status


def _number(status: str) -> int | None:
    """Read how many rows a command tag names."""
    number = status.rpartition(" ")[2]
    return int(number) if number.isdigit() else None


class RecordedPooledConnection(RecordedConnection, PooledConnection):
    """The same, to a pooler."""
