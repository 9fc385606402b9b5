"""Putting jobs into the queue, a table of pgqueuer, in the transaction of what they are about."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Delete,
    Select,
    Text,
    any_,
    cast,
    column,
    delete,
    func,
    literal,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert

from database.transactions import Transaction
from jobs.kinds import JobKind, Payload

SCHEMA = "pgqueuer"
MAX_PAYLOAD_BYTES = 1_000
LIVE = text("status IN ('queued', 'picked') AND dedupe_key IS NOT NULL")
"""The predicate of the unique index on `dedupe_key`."""
QUEUED: Any = literal_column(f"'queued'::{SCHEMA}.pgqueuer_status")
JOBS: Any = table(
    "pgqueuer",
    *map(column, ("id", "priority", "entrypoint", "dedupe_key", "payload", "status", "execute_after", "created")),
    *map(column, ("updated", "attempts", "queue_manager_id")),
    column("headers", JSONB),
    schema=SCHEMA,
)
LOG: Any = table("pgqueuer_log", column("created"), schema=SCHEMA)
STATUS: Any = cast(JOBS.c.status, Text)
ENQUEUED = ("priority", "entrypoint", "dedupe_key", "payload", "headers", "status", "execute_after")


async def enqueue(
    tx: Transaction, kind: JobKind, payload: Payload, *, key: str | None = None, delay: timedelta = timedelta()
) -> None:
    """Queue a job in the transaction of what it is about. One statement.

    Where a job of the kind with the same `key` is queued already there is no second one; it runs at the earlier of the
    two times, and after this transaction. One that runs already has perhaps read what this transaction changes, so it
    does not count.
    """
    content = orjson.dumps(payload)
    if len(content) > MAX_PAYLOAD_BYTES:
        message = "a job's payload is a few ids"
        raise ValueError(message)
    named = None if key is None else dedupe_key(kind, key)
    row = {
        "priority": kind.priority, "entrypoint": kind.name, "dedupe_key": named, "payload": content,
        "headers": {} if named is None else {"key": named}, "status": QUEUED, "execute_after": func.now() + delay,
    }  # fmt: skip
    await tx.exec(_or_keep(insert(JOBS).values(row)))


def enqueue_rows(kind: JobKind, rows: Select[Any]) -> Insert:
    """Build the INSERT of a job for each row of a SELECT, whose columns are `payload` (JSONB) and `key` (text)."""
    wanted = rows.subquery("wanted")
    named: Any = func.concat(f"{kind.name}:", wanted.c.key)
    values = (
        literal(kind.priority), literal(kind.name), named,
        func.convert_to(cast(wanted.c.payload, Text), literal_column("'UTF8'")),
        func.jsonb_build_object(literal_column("'key'"), named), QUEUED, func.now(),
    )  # fmt: skip
    return _or_keep(insert(JOBS).from_select(ENQUEUED, select(*values)))


def has_job(kind: JobKind, key: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether there is a job that was queued with this key and is neither done nor held: a clause of SQL."""
    waiting = STATUS.in_(["queued", "picked"])
    mine = JOBS.c.headers["key"].astext == func.concat(f"{kind.name}:", key)
    return select(JOBS.c.id).where(JOBS.c.entrypoint == kind.name, waiting, mine).exists()


def drop_held(kind: JobKind, keys: Select[Any]) -> Delete:
    """Build the DELETE of held jobs that were queued with the keys of a SELECT: others will take their place."""
    wanted = keys.subquery("wanted")
    named = select(func.concat(f"{kind.name}:", *wanted.c))
    return delete(JOBS).where(
        JOBS.c.entrypoint == kind.name, STATUS == "failed", JOBS.c.headers["key"].astext.in_(named)
    )


def drop_waiting(kind: JobKind, keys: Sequence[str]) -> Delete:
    """Build the DELETE of the jobs with these keys that nobody has begun."""
    named = [dedupe_key(kind, key) for key in keys]
    return delete(JOBS).where(
        JOBS.c.entrypoint == kind.name, STATUS == "queued", JOBS.c.dedupe_key == any_(literal(named, ARRAY(Text)))
    )


def dedupe_key(kind: JobKind, key: str) -> str:
    """Give the key as it stands in the queue, where all kinds share one index."""
    return f"{kind.name}:{key}"


def _or_keep(new: Insert) -> Insert:
    """Keep a queued job of the same key, and lock it, so that it does not begin before this transaction has ended."""
    earlier = func.least(JOBS.c.execute_after, new.excluded.execute_after)
    return new.on_conflict_do_update(index_elements=["dedupe_key"], index_where=LIVE, set_={"execute_after": earlier})
