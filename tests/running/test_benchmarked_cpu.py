"""Whose CPU time the benchmarks count as that of a server's backends."""

from benchmarks.cpu import TICK, Snapshot, database_seconds

BEFORE = Snapshot(
    {1: "ours shop [local] idle", 2: "ceiling shop [local] idle", 3: "walwriter", 4: "ours shop [local] idle"},
    {1: 100, 2: 50, 3: 10, 4: 30},
    ended=1_000,
)
AFTER = Snapshot(
    {1: "ours shop [local] SELECT", 2: "ceiling shop [local] idle", 3: "walwriter", 5: "ours shop [local] idle"},
    {1: 150, 2: 80, 3: 25, 5: 7},
    ended=1_052,
)
"""Backend 4 has ended, after 10 ticks more, and so has a parallel worker that took 12."""


def test_backends_of_a_server_and_what_has_ended() -> None:
    assert round(database_seconds(BEFORE, AFTER, "ours", wal_writer=False) * TICK) == 50 + 7 + 10 + 12


def test_the_wal_writer_is_counted_only_for_writes() -> None:
    with_it = database_seconds(BEFORE, AFTER, "ours", wal_writer=True)
    assert round((with_it - database_seconds(BEFORE, AFTER, "ours", wal_writer=False)) * TICK) == 15
