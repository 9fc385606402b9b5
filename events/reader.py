"""Reading events from their table: those that were committed after a position, each of them once.

A transaction that began early may commit late. So the ids of events, and those of their transactions, do not say what is
new; a comparison of snapshots does (`events.positions`). Within one reading, events are in the order of their ids: two
changes of one row are in the order in which they were made, since the second waits for the lock of the first.
"""

import zlib
from collections.abc import Hashable, Iterable
from typing import Any, NamedTuple

import asyncpg

from events.positions import Position, Snapshot
from events.publisher import EVENT_TYPES, Event, parse

MAX_MISSED = 10_000
"""Events of all types that are read at once. If more were missed, none is read."""

_COLUMNS = "transaction_id, id, kind, payload"
# The filters come after the limit: nobody can have the whole table searched by a place that was made up.
READ = f"""
WITH missed AS MATERIALIZED (
    (SELECT {_COLUMNS} FROM event WHERE transaction_id = ANY($2::xid8[]) ORDER BY transaction_id, id LIMIT $5)
    UNION ALL
    (SELECT {_COLUMNS} FROM event
     WHERE transaction_id >= $1 AND transaction_id < pg_snapshot_xmax(pg_current_snapshot())
     ORDER BY transaction_id, id LIMIT $5)
)
SELECT pg_current_snapshot()::text AS snapshot, (SELECT count(*) FROM missed) AS count,
    EXISTS (SELECT FROM event_retention WHERE swept_through < pg_snapshot_xmax(pg_current_snapshot()) AND (
        swept_through >= $1 OR EXISTS (
            SELECT FROM unnest($2 || $4) AS ended
            WHERE ended <= swept_through AND pg_visible_in_snapshot(ended, pg_current_snapshot())
    ))) AS swept,
    found.*
FROM (VALUES (1)) AS one LEFT JOIN (
    SELECT * FROM missed
    WHERE (SELECT count(*) FROM missed) < $5 AND (id > $3 OR transaction_id = ANY($4::xid8[]) OR transaction_id >= $9)
        AND kind = ANY($6::text[]) AND ($7::text IS NULL OR payload ->> $7 = $8)
) AS found ON true
ORDER BY found.id
"""  # noqa: S608 - of constants
HISTORY = """
SELECT concat((SELECT system_identifier FROM pg_control_system()),
              left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))
"""


class ReadEvent(NamedTuple):
    """An event with what the one who receives it has received then."""

    event: Event
    transaction_id: int
    position: Position


class Reading(NamedTuple):
    """What was committed between a position and `position`; None instead of events if some cannot be found."""

    events: list[ReadEvent] | None
    position: Position


class Reader:
    """Reads on one connection, one statement at a time."""

    def __init__(self, connection: Any, history: str) -> None:
        self._connection = connection
        self._history = history

    @classmethod
    async def open(cls, connection: Any) -> "Reader":
        """Find out which database this is: after a failover or a restore, transaction ids may be used again."""
        try:
            history = await connection.fetchval(HISTORY)
        except asyncpg.PostgresError:  # a provider may not allow these functions; then the ids must do
            history = ""
        return cls(connection, f"{zlib.crc32(history.encode()):08x}")

    async def now(self) -> Position:
        """Give the position after all events that are committed."""
        return self._position(await self._connection.fetchval("SELECT pg_current_snapshot()::text"))

    async def read(
        self, since: Position, kinds: Iterable[str] = EVENT_TYPES, about: tuple[str, Hashable] | None = None
    ) -> Reading:
        """Read the events after a position: of some types, and with one value in their payload."""
        snapshot, limit = since.snapshot, MAX_MISSED + 1
        member, value = about or (None, None)
        rows = await self._connection.fetch(
            READ, snapshot.xmax, snapshot.in_progress, since.last_id, since.batch.in_progress, limit, list(kinds),
            member, value and str(value), since.batch.xmax,
        )  # fmt: skip
        first = rows[0]
        now = self._position(first["snapshot"])
        went_back = since.history != self._history or snapshot.xmax > now.snapshot.xmax
        if went_back or first["swept"] or first["count"] > MAX_MISSED:
            return Reading(None, now)
        found = [] if first["id"] is None else rows
        events = []
        for number, row in enumerate(found, 1):
            event = parse(row["kind"], row["payload"])
            if event is not None:
                position = now if number == len(found) else _after(row["id"], since, now)
                events.append(ReadEvent(event, row["transaction_id"], position))
        return Reading(events, now)

    def _position(self, snapshot: str) -> Position:
        return Position(self._history, Snapshot.parse(snapshot))


def _after(id: int, since: Position, now: Position) -> Position:
    """The position after an event that is not the last of its reading.

    If the batch of `since` did not see it, the position does not move: who is disconnected here gets it again.
    """
    if id <= since.last_id:
        return since
    return Position(since.history, since.snapshot, id, now.snapshot)
