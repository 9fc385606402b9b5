"""The CPU time of processes, as the kernel counts it, and that of the PostgreSQL processes that work for one server.

Each server connects as a role of its own, which PostgreSQL shows in the title of each backend. A backend that has ended
is found in what the postmaster has inherited from its children (`cutime`).
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks import dataset

TICK = os.sysconf("SC_CLK_TCK")
WAL_WRITER = "walwriter"
TITLE = "postgres: "
PATIENCE, PAUSE = 30.0, 0.05


class Times(NamedTuple):
    """Clock ticks of a process, and of its children that have ended."""

    own: int
    ended: int
    parent: int


class Snapshot(NamedTuple):
    """The ticks of PostgreSQL's processes at one moment."""

    title: dict[int, str]
    ticks: dict[int, int]
    ended: int


def times(pid: int) -> Times:
    """Read the ticks of a process, in user and kernel mode, of all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return Times(int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14]), int(fields[1]))


def snapshot() -> Snapshot:
    """Read the ticks of the PostgreSQL of the data set."""
    postmaster = int((dataset.FOLDER / "postgres" / "postmaster.pid").read_text().split()[0])
    found = dict(_children(postmaster))
    return Snapshot({pid: title for pid, (title, _) in found.items()}, {pid: ticks for pid, (_, ticks) in found.items()},
                    times(postmaster).ended)  # fmt: skip


def _children(postmaster: int) -> Iterator[tuple[int, tuple[str, int]]]:
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                used = times(int(process.name))
                if used.parent == postmaster:
                    title = (process / "cmdline").read_bytes().rstrip(b"\0 ").decode(errors="replace")
                    yield int(process.name), (title.removeprefix(TITLE), used.own)
            except OSError:  # it has ended
                continue


def wait_until_idle(role: str) -> None:
    """Wait until no backend of a role runs a statement: a load may leave some behind that nobody waits for any more."""
    for _ in range(int(PATIENCE / PAUSE)):
        busy = [
            title for title in snapshot().title.values() if title.split(" ")[0] == role and not title.endswith("idle")
        ]
        if not busy:
            return
        time.sleep(PAUSE)
    raise RuntimeError(f"{role} still keeps PostgreSQL busy: {busy}")


def database_seconds(before: Snapshot, after: Snapshot, role: str, *, wal_writer: bool) -> float:
    """Give the CPU seconds that the backends of a role have used between two snapshots.

    What has ended in between counts as well: parallel workers, and backends that were replaced. Other processes of
    PostgreSQL do not, but for the WAL writer where it is asked for.
    """
    ticks = 0
    for pid, title in after.title.items():
        if title.split(" ")[0] == role or (wal_writer and title.startswith(WAL_WRITER)):
            ticks += after.ticks[pid] - before.ticks.get(pid, 0)
    gone = sum(used for pid, used in before.ticks.items() if pid not in after.ticks)
    return (ticks + after.ended - before.ended - gone) / TICK
