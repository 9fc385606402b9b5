"""Jobs that fail: tried again with pauses, then held for an administrator, and never lost."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

import errors
from jobs import admin
from jobs.kinds import MORE, JobContext, JobKind, Payload, Progress, Refused, Retry
from jobs.lease import LeaseLost
from jobs.queue import enqueue
from tests.jobs.queues import Queue, Run, until
from tests.people import word

PRIVATE = "somebody@example.com"


def failing(*failures: BaseException) -> tuple[Run, list[int]]:
    """A run that fails so, one after the other, and then succeeds; and the numbers of its attempts."""
    left, attempts = list(failures), []

    async def run(context: JobContext, payload: Payload) -> None:
        attempts.append(context.attempt)
        if left:
            raise left.pop(0)

    return run, attempts


async def add(queue: Queue, kind: JobKind, **payload: Any) -> None:
    async with queue.database.transaction() as tx:
        await enqueue(tx, kind, payload)


class TestRetry:
    """What may pass by itself is tried again."""

    async def test_until_it_succeeds(self, queue: Queue) -> None:
        run, attempts = failing(Retry("busy"), RuntimeError(PRIVATE))
        kind = queue.kind(run)
        async with queue.worker():
            await add(queue, kind)
            await queue.empty(kind)
        assert attempts == [1, 2, 3]

    async def test_until_its_tries_are_used_up(self, queue: Queue) -> None:
        run, attempts = failing(*[Retry("busy")] * 9)
        kind = queue.kind(run)
        with capture_logs() as logs:
            async with queue.worker():
                await add(queue, kind, ticket="t1")
                job = await queue.held(kind)
        assert attempts == [1, 2, 3]
        assert [(one["event"], one["payload"], one["reason"]) for one in logs] == [
            ("job_deferred", {"ticket": "t1"}, "busy"),
            ("job_deferred", {"ticket": "t1"}, "busy"),
            ("job_held", {"ticket": "t1"}, "busy, each time it was tried"),
        ]
        assert job["attempts"] == 3

    async def test_pauses_grow(self, queue: Queue) -> None:
        run, _ = failing(*[Retry("busy")] * 9)
        kind = queue.kind(run, retry_seconds=1000.0)
        async with queue.worker():
            await add(queue, kind)
            pauses = []
            for _ in range(2):
                [job] = await until(lambda: waiting(queue, kind))
                pauses.append(round((job["execute_after"] - job["updated"]).total_seconds()))
                await queue.pool.execute("UPDATE pgqueuer.pgqueuer SET execute_after = now() WHERE id = $1", job["id"])
                await queue.pool.execute("NOTIFY ch_pgqueuer")
        assert pauses == [1000, 4000]

    async def test_an_outage_is_not_counted(self, queue: Queue) -> None:
        run, attempts = failing(*[errors.Unavailable("The database is busy.")] * 5)
        kind = queue.kind(run)
        async with queue.worker():
            await add(queue, kind)
            await queue.empty(kind)
        assert attempts == [1] * 6

    async def test_what_takes_too_long_is_stopped(self, queue: Queue) -> None:
        async def run(context: JobContext, payload: Payload) -> None:
            await asyncio.sleep(3600)

        kind = queue.kind(run, run_seconds=0.1, tries=1)
        async with queue.worker():
            await add(queue, kind)
            job = await queue.held(kind)
        assert "it took longer than 0.1 seconds" in job["headers"]


async def waiting(queue: Queue, kind: JobKind) -> list[Any]:
    sql = "SELECT * FROM pgqueuer.pgqueuer WHERE entrypoint = $1 AND status = 'queued' AND execute_after > now()"
    return await queue.pool.fetch(sql, kind.name)


class TestHeld:
    """What nobody can do waits for an administrator, who may have it done again."""

    async def test_refused_at_once(self, queue: Queue) -> None:
        run, attempts = failing(Refused("the ticket is closed"))
        kind = queue.kind(run)
        async with queue.worker():
            await add(queue, kind)
            job = await queue.held(kind)
            listed = [row for row in await admin.listing(queue.database) if row[1] == job["id"]]
            assert listed == [(kind.name, job["id"], "held", 1, job["created"], "the ticket is closed")]
            assert await admin.retry(queue.database, str(job["id"])) == 1
            await queue.empty(kind)
        assert attempts == [1, 1]

    async def test_all_are_retried(self, queue: Queue) -> None:
        run, _ = failing(Refused("no"), Refused("no"))
        kind = queue.kind(run)
        async with queue.worker():
            await add(queue, kind)
            await add(queue, kind)
            await until(lambda: two_held(queue, kind))
            assert await admin.retry(queue.database, admin.ALL) >= 2
            await queue.empty(kind)

    async def test_a_kind_may_insist_on_an_id(self, queue: Queue) -> None:
        async def only_by_id(tx: Any, payload: Payload, chosen: bool) -> bool:
            return chosen

        run, _ = failing(Refused("no"))
        kind = queue.kind(run, before_retry=only_by_id)
        async with queue.worker():
            await add(queue, kind)
            job = await queue.held(kind)
            await admin.retry(queue.database, admin.ALL)
            assert [row["status"] for row in await queue.jobs(kind)] == ["failed"]
            assert await admin.retry(queue.database, str(job["id"])) == 1
            await queue.empty(kind)

    @pytest.mark.parametrize("which", ["999999999", "one", "-1", ""])
    async def test_what_is_not_held_is_not_retried(self, queue: Queue, which: str) -> None:
        assert await admin.retry(queue.database, which) == 0

    async def test_the_queued_are_listed_where_asked_for(self, queue: Queue) -> None:
        kind = queue.kind(failing()[0])
        await add(queue, kind)
        assert kind.name not in str(await admin.listing(queue.database))
        assert f"('{kind.name}'" in str(await admin.listing(queue.database, everything=True))

    async def test_one_that_ends_its_processes(self, queue: Queue) -> None:
        run, attempts = failing()
        kind = queue.kind(run)
        await add(queue, kind)
        await queue.pool.execute(
            """UPDATE pgqueuer.pgqueuer SET headers = '{"starts": 5}' WHERE entrypoint = $1""", kind.name
        )
        async with queue.worker():
            job = await queue.held(kind)
        assert attempts == []
        assert "5 processes ended while they ran it" in job["headers"]

    async def test_nobody_is_named(self, queue: Queue) -> None:
        """The text of an unexpected exception is kept nowhere."""
        run, _ = failing(*[RuntimeError(PRIVATE)] * 9)
        kind = queue.kind(run)
        with capture_logs() as logs:
            async with queue.worker():
                await add(queue, kind)
                await queue.held(kind)
        kept = str(await queue.pool.fetch("SELECT log::text FROM pgqueuer.pgqueuer_log AS log"))
        kept += str(await queue.jobs(kind))
        assert "RuntimeError" in kept
        assert PRIVATE not in kept + str(logs)


async def two_held(queue: Queue, kind: JobKind) -> bool:
    return len(await queue.jobs(kind, "failed")) == 2


class TestSteps:
    """Long work is done in steps, each in a transaction of its own."""

    async def test_until_there_is_no_more(self, queue: Queue) -> None:
        steps: list[int] = []

        async def run(context: JobContext, payload: Payload) -> Progress | None:
            steps.append(context.attempt)
            return MORE if len(steps) < 5 else None

        kind = queue.kind(run)
        async with queue.worker():
            await add(queue, kind)
            await queue.empty(kind)
        assert steps == [1] * 5

    async def test_it_stops_between_steps_and_goes_on_elsewhere(self, queue: Queue) -> None:
        stops, steps = asyncio.Event(), []

        async def run(context: JobContext, payload: Payload) -> Progress | None:
            steps.append(context.stopping)
            if len(steps) == 3:
                stops.set()
                await context.stopping.wait()
            return MORE if len(steps) < 6 else None

        kind = queue.kind(run)
        async with queue.worker():
            await add(queue, kind)
            await stops.wait()
        [job] = await queue.jobs(kind)
        assert (job["status"], job["attempts"], len(steps)) == ("queued", 0, 3)
        async with queue.worker():
            await queue.empty(kind)
        assert len(steps) == 6

    async def test_others_have_their_turn(self, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
        """However many long jobs there are, one that is more urgent begins after a slice of them."""
        monkeypatch.setattr("jobs.runs.SLICE_SECONDS", 0.05)
        urgent_ran = asyncio.Event()

        async def run(context: JobContext, payload: Payload) -> Progress | None:
            await asyncio.sleep(0.01)
            return None if urgent_ran.is_set() else MORE

        async def do(context: JobContext, payload: Payload) -> None:
            urgent_ran.set()

        long, urgent = queue.kind(run, priority=-1), queue.kind(do)
        async with queue.worker():
            for _ in range(15):
                await add(queue, long)
            await until(lambda: queue.jobs(long, "picked"))
            await add(queue, urgent)
            await queue.empty(long)
        assert urgent_ran.is_set()

    async def test_a_step_begins_the_count_of_failures_anew(self, queue: Queue) -> None:
        attempts: list[int] = []

        async def run(context: JobContext, payload: Payload) -> Progress | None:
            attempts.append(context.attempt)
            if len(attempts) % 2 == 0:
                raise Retry("busy")
            return MORE if len(attempts) < 9 else None

        kind = queue.kind(run)
        async with queue.worker():
            await add(queue, kind)
            await queue.empty(kind)
        assert len(attempts) == 9


class TestLease:
    """A process that was silent for too long changes nothing more."""

    async def test_another_process_has_taken_the_job(self, queue: Queue) -> None:
        began, taken, ends = asyncio.Event(), asyncio.Event(), []

        async def run(context: JobContext, payload: Payload) -> None:
            began.set()
            await taken.wait()
            try:
                async with context.transaction():
                    ends.append("changed something")
            except LeaseLost:
                ends.append("lost")
                raise

        kind = queue.kind(run)
        async with queue.worker():
            await add(queue, kind)
            await began.wait()
            sql = "UPDATE pgqueuer.pgqueuer SET queue_manager_id = gen_random_uuid() WHERE entrypoint = $1"
            await queue.pool.execute(sql, kind.name)
            taken.set()
        assert ends == ["lost"]
        assert [(job["status"], job["attempts"]) for job in await queue.jobs(kind)] == [("picked", 0)]

    async def test_nobody_takes_it_during_a_transaction(self, queue: Queue) -> None:
        """Even if its heartbeat could not be written for long."""
        began, ends, runs = asyncio.Event(), asyncio.Event(), []

        async def run(context: JobContext, payload: Payload) -> None:
            runs.append(word())
            async with context.transaction():
                began.set()
                await ends.wait()

        kind, sentinel = queue.kind(run), queue.kind(failing()[0])
        async with queue.worker(), queue.worker():
            await add(queue, kind)
            await began.wait()
            old = "UPDATE pgqueuer.pgqueuer SET heartbeat = now() - interval '1 hour' WHERE entrypoint = $1"
            await queue.pool.execute(old, kind.name)
            for _ in range(20):
                await add(queue, sentinel)
            await queue.empty(sentinel)
            await queue.pool.execute(old.replace("now() - interval '1 hour'", "now()"), kind.name)
            ends.set()
            await queue.empty(kind)
        assert len(runs) == 1
