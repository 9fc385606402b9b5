"""The statements of an action, recorded once: so that the hand-written mutations send the same ones.

A recording has the SQL that SQLAlchemy sends, and its values, of which those of the request have names. What it takes to
build and compile the statements, and to run them through SQLAlchemy, is what a hand-written route does not pay.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from asyncpg import Connection, Record
from sqlalchemy import event
from sqlmodel.ext.asyncio.session import AsyncSession
from uuid_utils.compat import uuid7

from database.engine import Database
from database.pool import ConnectionPool


class Undone(Exception):
    """Ends the transaction that was recorded."""


@dataclass(slots=True)
class Recording:
    """Statements with their values."""

    statements: list[tuple[str, list[Any]]] = field(default_factory=list)
    names: list[tuple[str, Any]] = field(default_factory=list)
    """The values that belong to the request, by the names by which others are given for them."""

    def finished(self) -> "list[Statement]":
        return [Statement(sql, [self._named(value) for value in values]) for sql, values in self.statements]

    def _named(self, value: Any) -> Callable[[Mapping[str, Any]], Any]:
        for name, known in self.names:
            if value == known:
                return lambda given: given[name]
            if isinstance(value, str) and isinstance(known, UUID) and str(known) in value:
                before, _, after = value.partition(str(known))
                return lambda given: f"{before}{given[name]}{after}"
        if isinstance(value, UUID):  # an id that the action has made
            return lambda _: uuid7()
        return lambda _: value


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement, and what gives each of its values."""

    sql: str
    values: list[Callable[[Mapping[str, Any]], Any]]

    async def run(self, connection: Connection, given: Mapping[str, Any]) -> list[Record]:
        rows: list[Record] = await connection.fetch(self.sql, *[value(given) for value in self.values])
        return rows


async def record(database: Database, action: Callable[[AsyncSession, Recording], Awaitable[None]]) -> list[Statement]:
    """Run an action in a transaction that is rolled back; it adds the names of values to the recording."""
    recording = Recording()

    def remember(_connection: Any, _cursor: Any, sql: str, values: Any, *_: object) -> None:
        recording.statements.append((sql, list(values)))

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", remember)
    try:
        with suppress(Undone):
            async with database.transaction() as tx:
                await action(tx, recording)
                raise Undone
    finally:
        event.remove(engine, "before_cursor_execute", remember)
    return recording.finished()


def driver_pool(database: Database, size: int, wait: float) -> ConnectionPool:
    """A pool of asyncpg's connections as the engine opens them, with the same settings, but used without SQLAlchemy."""
    kept: list[Any] = []

    async def connect() -> Connection:
        kept.append(await database.engine.raw_connection())
        return kept[-1].driver_connection

    return ConnectionPool(connect, size, wait)
