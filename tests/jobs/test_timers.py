"""Timers, sweeps, and a database that goes away, in one process."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

import migrations
from database.embedded import Postgres
from database.transactions import Transaction
from jobs import pgqueuer_adapter, timers
from jobs.kinds import TIMERS, JobContext, Payload, Timer, WorkContext, register_timer
from jobs.queue import enqueue
from jobs.sweeps import sweep
from settings import Settings
from tests.jobs.queues import Queue, open_queue, until
from tests.rows import counting

PRIVATE = "somebody@example.com"


class TestTimer:
    """What fails once runs again."""

    async def test_it_runs_again_after_a_failure(self, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
        runs: list[int] = []
        enough = asyncio.Event()

        async def run(context: WorkContext) -> None:
            runs.append(1)
            if len(runs) == 1:
                raise RuntimeError(PRIVATE)
            enough.set()

        monkeypatch.setitem(TIMERS, "test.again", Timer("test.again", timedelta(seconds=0.01), run))
        with capture_logs() as logs:
            async with queue.worker():
                await enough.wait()
        assert [log["timer"] for log in logs if log["event"] == "timer_failed"] == ["test.again"]
        assert PRIVATE not in str(logs)

    def test_two_of_one_name_are_refused(self) -> None:
        with pytest.raises(ValueError, match=r"mails\.sweep"):
            register_timer(Timer("mails.sweep", timedelta(1), nothing_to_do))


async def nothing_to_do(context: WorkContext) -> None:
    """Do nothing."""


class TestSweep:
    """Expired rows go in batches, and no others."""

    async def test_in_batches(self, queue: Queue) -> None:
        await queue.pool.execute("CREATE TABLE old (age int); INSERT INTO old SELECT generate_series(1, 2500)")
        table = sa.table("old", sa.column("age"))
        context = WorkContext(queue.settings, queue.database, asyncio.Event())
        deleted: list[str] = []
        with counting(deleted):
            await sweep(table, table.c.age <= 2300)(context)
        assert await queue.pool.fetchval("SELECT count(*) FROM old") == 200
        assert len([sql for sql in deleted if sql.startswith('DELETE FROM "old"')]) == 3

    async def test_it_stops_between_batches(self, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
        await queue.pool.execute("CREATE TABLE older (age int); INSERT INTO older SELECT generate_series(1, 2500)")
        table = sa.table("older", sa.column("age"))
        context = WorkContext(queue.settings, queue.database, asyncio.Event())
        commit = Transaction._commit

        async def commit_and_stop(tx: Transaction) -> None:
            await commit(tx)
            context.stopping.set()

        monkeypatch.setattr(Transaction, "_commit", commit_and_stop)
        await sweep(table, table.c.age > 0)(context)
        assert await queue.pool.fetchval("SELECT count(*) FROM older") == 1500


class TestDatabase:
    """A database that goes away takes the worker along, not the jobs."""

    async def test_its_connections_are_ended(self, queue: Queue) -> None:
        """Without the one that listens, a job would wait for the next poll."""
        began, released, runs = asyncio.Event(), asyncio.Event(), []

        async def run(context: JobContext, payload: Payload) -> None:
            runs.append(payload)
            began.set()
            await released.wait()

        kind = queue.kind(run)
        async with queue.worker():
            async with queue.database.transaction() as tx:
                await enqueue(tx, kind, {"number": 1})
            await began.wait()
            end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'clientele jobs' AND datname = current_database()"
            assert await queue.pool.fetchval(end) > 0
            released.set()
            async with queue.database.transaction() as tx:
                await enqueue(tx, kind, {"number": 2})
            await queue.empty(kind)
        assert {"number": 2} in runs

    async def test_it_is_gone_and_comes_back(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        runs: list[Payload] = []

        async def run(context: JobContext, payload: Payload) -> None:
            runs.append(payload)

        monkeypatch.setattr(timers, "CHECK_SECONDS", 0.2)
        monkeypatch.setattr("jobs.worker.POLL_SECONDS", 0.2)
        ticks: list[int] = []

        async def tick(context: WorkContext) -> None:
            async with context.transaction() as tx:
                await tx.exec(sa.text("SELECT 1"))
            ticks.append(1)

        monkeypatch.setitem(TIMERS, "test.tick", Timer("test.tick", timedelta(seconds=0.05), tick))
        postgres = Postgres(tmp_path, options={"fsync": "off"})
        with postgres:
            await asyncio.to_thread(migrations.upgrade, postgres.url)
            async with open_queue(postgres.url, settings, monkeypatch) as queue:
                kind = queue.kind(run)
                async with queue.worker():
                    await until(reached(ticks, 1))
                    postgres.stop()
                    await asyncio.sleep(0.5)
                    postgres.start()
                    async with queue.database.transaction() as tx:
                        await enqueue(tx, kind, {"number": 1})
                    await queue.empty(kind)
                    await until(reached(ticks, len(ticks) + 2))
        assert runs == [{"number": 1}]


def reached(ticks: list[int], number: int) -> Callable[[], Awaitable[bool]]:
    """Whether there are so many."""

    async def there() -> bool:
        return len(ticks) >= number

    return there


async def test_a_connection_that_is_never_released_stops_no_worker(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pgqueuer may forget one when it loses the database: the worker begins again all the same."""
    monkeypatch.setattr("jobs.worker.POLL_SECONDS", 0.2)
    monkeypatch.setattr("jobs.worker.CLOSE_SECONDS", 0.2)
    runs: list[Payload] = []
    work, kept = pgqueuer_adapter.work, []

    async def forgetful(pool: asyncpg.Pool, *given: Any, **options: Any) -> None:
        if not kept:
            kept.append(await pool.acquire())
            raise ConnectionError
        await work(pool, *given, **options)

    async def run(context: JobContext, payload: Payload) -> None:
        runs.append(payload)

    monkeypatch.setattr(pgqueuer_adapter, "work", forgetful)
    kind = queue.kind(run)
    async with queue.worker():
        async with queue.database.transaction() as tx:
            await enqueue(tx, kind, {"number": 1})
        await queue.empty(kind)
    assert runs == [{"number": 1}]
    assert kept[0]._con is None or kept[0].is_closed()
