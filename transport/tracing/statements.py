"""Spans of SQL statements and transactions. The statements are ours: their text has placeholders where values go."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

from opentelemetry.trace import SpanKind, Tracer
from sqlalchemy import event
from sqlmodel.ext.asyncio.session import AsyncSession

from database.engine import Database
from database.reads import MOST_ROWS, Reads
from database.statements import Statement
from transport.tracing.spans import fail, has_parent, started

SYSTEM = {"db.system.name": "postgresql"}
ROWS = "db.response.returned_rows"
_SUMMARY = re.compile(r"\s*(?:(SELECT|WITH)|(INSERT INTO|UPDATE|DELETE FROM)\s+\"?([\w.]+))", re.IGNORECASE)


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
        _trace_engine(database.engine.sync_engine, tracer)
        return traced

    def reads(self, most_rows: int = MOST_ROWS) -> Reads:
        return TracedReads(self._tracer, self.connections, most_rows)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Start a span from the first statement until the commit is answered."""
        if not has_parent():
            async with super().transaction() as tx:
                yield tx
            return
        with started(self._tracer, "transaction", SYSTEM):
            async with super().transaction() as tx:
                yield tx


def _trace_engine(engine: Any, tracer: Tracer) -> None:
    """Have each statement of transactions start a span, in the events that SQLAlchemy has for it."""

    def start(_connection: Any, _cursor: Any, sql: str, _parameters: Any, context: Any, _many: bool) -> None:
        if context is not None and has_parent():
            summary = _summary(sql)
            attributes = {**SYSTEM, "db.query.summary": summary, "db.query.text": sql}
            context.span = tracer.start_span(summary, kind=SpanKind.CLIENT, attributes=attributes)

    def end(_connection: Any, cursor: Any, _sql: str, _parameters: Any, context: Any, _many: bool) -> None:
        span = getattr(context, "span", None)
        if span is not None:
            if cursor.rowcount >= 0:
                span.set_attribute(ROWS, cursor.rowcount)
            span.end()

    def fail_statement(failure: Any) -> None:
        span = getattr(failure.execution_context, "span", None)
        if span is not None:
            fail(span, failure.original_exception)
            span.end()

    event.listen(engine, "before_cursor_execute", start)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", fail_statement)


@lru_cache(maxsize=512)
def _summary(sql: str) -> str:
    """Name a statement: what it does, and the table that it changes."""
    found = _SUMMARY.match(sql)
    if found is None:
        return "statement"
    return found[1].upper() if found[1] else f"{found[2].split()[0].upper()} {found[3]}"
