"""The statements of an action, recorded once: so that the hand-written mutations send the same ones.

A recording has the SQL that transactions send, and its values, of which those of the request have names. What it takes
to choose statements and to convert rows is what a hand-written route does not pay.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from asyncpg import Connection, Record
from uuid_utils.compat import uuid7

from database.compiled import Bound, Result
from database.engine import Database
from database.transactions import Transaction


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


class RecordedTransaction(Transaction):
    """A transaction that keeps what it sends."""

    __slots__ = ("recording",)

    async def _run(self, bound: Bound) -> Result[Any]:
        self.recording.statements.append((bound.sql, bound.values))
        return await super()._run(bound)


async def record(database: Database, action: Callable[[Transaction, Recording], Awaitable[None]]) -> list[Statement]:
    """Run an action in a transaction that is rolled back; it adds the names of values to the recording."""
    with suppress(Undone):
        async with RecordedTransaction(database.writing, database.info, database.expire) as tx:
            tx.recording = Recording()
            await action(tx, tx.recording)
            raise Undone
    return tx.recording.finished()
