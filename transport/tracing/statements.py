"""Spans of SQL statements and transactions. The statements are ours: their text has placeholders where values go."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

from opentelemetry.trace import SpanKind, Tracer

from database.compiled import Bound, Result
from database.engine import Database
from database.reads import MAX_ROWS, Reads
from database.statements import Statement
from database.transactions import Transaction
from transport.tracing.spans import has_parent, started

SYSTEM = {"db.system.name": "postgresql"}
ROWS = "db.response.returned_rows"
_CHANGE = re.compile(r"(?<!\bDO )(?<!\bKEY )(?<!\bFOR )\b(INSERT INTO|UPDATE|DELETE FROM)\s+\"?([\w.]+)", re.IGNORECASE)


class TracedReads(Reads):
    """Reads with a span for each statement; the time until it has a connection counts."""

    __slots__ = ("_tracer",)

    def __init__(self, tracer: Tracer, *given: Any) -> None:
        super().__init__(*given)
        self._tracer = tracer

    async def _run(self, statement: Statement, parameters: dict[str, Any]) -> list[Any]:
        summary = f"SELECT {statement.row.graphql_type}".rstrip()
        attributes = {**SYSTEM, "db.query.summary": summary, "db.query.text": statement.sql}
        with started(self._tracer, summary, attributes, kind=SpanKind.CLIENT) as span:
            rows = await super()._run(statement, parameters)
            span.set_attribute(ROWS, len(rows))
            return rows


class TracedDatabase(Database):
    """A database with spans for what requests do in it."""

    _tracer: Tracer

    @classmethod
    def of(cls, database: Database, tracer: Tracer) -> "TracedDatabase":
        """Take over an open database."""
        traced = cls.__new__(cls)
        traced.__dict__.update(database.__dict__, _tracer=tracer)
        return traced

    def reads(self, most_rows: int = MAX_ROWS) -> Reads:
        return TracedReads(self._tracer, self.connections, most_rows)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Start a span from the first statement until the commit is answered."""
        if not has_parent():
            async with super().transaction() as tx:
                yield tx
            return
        with started(self._tracer, "transaction", SYSTEM):
            async with TracedTransaction(self._tracer, self.writing, self.info, self.expire) as tx:
                yield tx


class TracedTransaction(Transaction):
    """A transaction with a span for each statement."""

    __slots__ = ("_tracer",)

    def __init__(self, tracer: Tracer, *given: Any) -> None:
        super().__init__(*given)
        self._tracer = tracer

    async def _run(self, bound: Bound) -> Result[Any]:
        summary = _summary(bound.sql)
        attributes = {**SYSTEM, "db.query.summary": summary, "db.query.text": bound.sql}
        with started(self._tracer, summary, attributes, kind=SpanKind.CLIENT) as span:
            result = await super()._run(bound)
            span.set_attribute(ROWS, result.rowcount)
            return result


@lru_cache(maxsize=512)
def _summary(sql: str) -> str:
    """Name a statement: what it does, and the tables that it changes, in their order."""
    changes = [f"{verb.split()[0].upper()} {table}" for verb, table in _CHANGE.findall(sql)]
    if changes:
        return " ".join(changes)
    return "SELECT" if sql.split(None, 1)[0].upper() in {"SELECT", "WITH"} else "statement"
