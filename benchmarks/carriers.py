"""What it costs writers to tell of an event, and how soon it is received: by NOTIFY, and by polling.

Sixteen connections of pgbench commit a change and an event, as fast as they can; a listener of ours receives them in
this process. The clock runs from the start of the transaction until the event is in the queue.
"""

import asyncio
import re
import tempfile
import time
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import ClassVar

import migrations
from benchmarks.dataset import execute
from database import embedded
from database.engine import Database
from database.urls import plain_url
from events.carriers import CHANNEL, NOTIFY, Carrier, Poll
from events.publisher import EVENT_TYPES
from events.queues import RESYNC, EventQueue
from events.subscriber import Listener
from events.tickets import TicketChanged

CARRIERS = "carriers"
WRITERS = 16
SECONDS = 3
ROUNDS = 2
TABLE = "CREATE TABLE IF NOT EXISTS benchmark_carrier (id int PRIMARY KEY, changes int NOT NULL)"
ROWS = f"INSERT INTO benchmark_carrier SELECT n, 0 FROM generate_series(1, {WRITERS}) AS n ON CONFLICT DO NOTHING"
CHANGE = "UPDATE benchmark_carrier SET changes = changes + 1 WHERE id = :client_id + 1;\n"
EVENT = """INSERT INTO event (kind, payload) VALUES
    ('{kind}', jsonb_build_object('ticket_id', lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000000)::bigint), 32, '0'),
    'was', 'OPEN', 'status', 'OPEN'));
"""
WAKE = f"SELECT pg_notify('{CHANNEL}', '{{kind}}');\n"


@dataclass(frozen=True, slots=True)
class Notified(TicketChanged):
    """Its transaction notifies."""

    carrier: ClassVar[Carrier] = NOTIFY


@dataclass(frozen=True, slots=True)
class PolledOften(TicketChanged):
    """Listeners poll."""

    carrier: ClassVar[Carrier] = Poll(0.01)


@dataclass(frozen=True, slots=True)
class Polled(TicketChanged):
    """Listeners poll less often."""

    carrier: ClassVar[Carrier] = Poll(0.025)


WAYS: dict[str, type[TicketChanged] | None] = {
    "nobody is told": None,
    "NOTIFY in each transaction": Notified,
    "polled every 10 ms": PolledOften,
    "polled every 25 ms": Polled,
}


@dataclass(slots=True)
class Way:
    """Commits per second, and the milliseconds until each event was received."""

    per_second: list[float] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)


def measured() -> dict[str, Way]:
    """Measure on a PostgreSQL of its own, with fsync, the ways by turns."""
    found = {name: Way() for name in WAYS}
    with tempfile.TemporaryDirectory() as folder, embedded.Postgres(Path(folder)) as postgres:
        migrations.upgrade(postgres.url)
        asyncio.run(execute(postgres.url, TABLE, ROWS))
        for _ in range(ROUNDS):
            for name, event_type in WAYS.items():
                asyncio.run(_measure(postgres.url, Path(folder), event_type, found[name]))
    return found


async def _measure(url: str, folder: Path, event_type: type[TicketChanged] | None, found: Way) -> None:
    kind = event_type.__name__ if event_type else "Untold"
    script = folder / f"{kind}.sql"
    wake = WAKE if event_type is Notified else ""
    script.write_text(f"BEGIN;\n{CHANGE}{EVENT.format(kind=kind)}{wake.format(kind=kind)}COMMIT;\n")
    if event_type is None:
        found.per_second.append(await _write(url, script))
        return
    database = await Database.connect(url, size=1, statement=60, lock=5, wait=5)
    listener = Listener(url, database.connections, limit=1_000_000)
    EVENT_TYPES[kind] = event_type
    listener.start()
    queue = await listener.subscribe(event_type)
    receiving = asyncio.create_task(_receive(queue, found.milliseconds))
    try:
        found.per_second.append(await _write(url, script))
        await asyncio.sleep(1)
    finally:
        receiving.cancel()
        del EVENT_TYPES[kind]
        await listener.close()
        await database.close()


async def _receive(queue: EventQueue, milliseconds: list[float]) -> None:
    async for event in queue:
        if event is RESYNC:
            raise RuntimeError("Events were missed.")
        milliseconds.append((time.time_ns() / 1000 - event.ticket_id.int) / 1000)


async def _write(url: str, script: Path) -> float:
    """Commit as fast as possible; gives the commits per second."""
    pgbench = embedded._programs() / "pgbench"  # noqa: SLF001 - the same version as the server
    options = ("--no-vacuum", f"--client={WRITERS}", "--jobs=2", f"--time={SECONDS}", "--protocol=prepared")
    running = await asyncio.create_subprocess_exec(
        pgbench, *options, f"--file={script}", plain_url(url), stdout=PIPE, stderr=PIPE
    )
    out, problems = await running.communicate()
    tps = re.search(rb"tps = ([\d.]+)", out)
    if tps is None:
        raise RuntimeError(problems.decode())
    return float(tps[1])


def table(ways: Mapping[str, Way]) -> list[tuple[str, ...]]:
    """Give the rows of a table, the head first."""
    base = median(ways["nobody is told"].per_second)
    rows = [("16 writers", "commits/s", "ratio", "p50 ms", "p99 ms", "events received")]
    for name, way in ways.items():
        rate = median(way.per_second)
        times = quantiles(way.milliseconds, n=100) if way.milliseconds else None
        cells = (f"{times[49]:.1f}", f"{times[98]:.1f}", f"{len(way.milliseconds):,}") if times else ("", "", "")
        rows.append((name, f"{rate:,.0f}", f"{rate / base:.2f}", *cells))
    return rows
