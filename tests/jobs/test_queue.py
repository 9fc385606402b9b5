"""What is queued, and when: with its transaction, once for a key, and only by processes that know the kind."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import orjson
import pytest
import sqlalchemy as sa

from jobs.kinds import JobContext, JobKind, Payload, register
from jobs.queue import enqueue
from tests.jobs.queues import Queue
from tests.rows import counting


class TestEnqueue:
    """A job is there when its transaction is."""

    async def test_runs_with_its_payload(self, queue: Queue) -> None:
        seen: list[Payload] = []

        async def run(context: JobContext, payload: Payload) -> None:
            seen.append(payload)

        kind = queue.kind(run)
        async with queue.worker():
            async with queue.database.transaction() as tx:
                await enqueue(tx, kind, {"customer": "somebody", "number": 3})
            await queue.empty(kind)
        assert seen == [{"customer": "somebody", "number": 3}]

    async def test_not_after_a_rollback(self, queue: Queue) -> None:
        kind = queue.kind(nothing)
        with suppress(RuntimeError):
            async with queue.database.transaction() as tx:
                await enqueue(tx, kind, {})
                raise RuntimeError
        assert await queue.jobs(kind) == []

    async def test_is_one_statement(self, queue: Queue) -> None:
        kind, seen = queue.kind(nothing), []
        async with queue.database.transaction() as tx:
            with counting(seen, tx):
                await enqueue(tx, kind, {}, key="one")
        assert [sql.split()[0] for sql in seen] == ["INSERT"]

    async def test_later(self, queue: Queue) -> None:
        kind = queue.kind(nothing)
        async with queue.database.transaction() as tx:
            await enqueue(tx, kind, {}, delay=timedelta(hours=1))
        [job] = await queue.jobs(kind)
        assert job["execute_after"] - job["created"] == timedelta(hours=1)

    async def test_more_than_ids_is_refused(self, queue: Queue) -> None:
        with pytest.raises(ValueError, match="a few ids"):
            async with queue.database.transaction() as tx:
                await enqueue(tx, queue.kind(nothing), {"text": "x" * 2_000})

    def test_two_kinds_of_one_name_are_refused(self, queue: Queue) -> None:
        kind = queue.kind(nothing)
        with pytest.raises(ValueError, match=kind.name):
            register(JobKind(kind.name, nothing))


class TestKey:
    """Of queued jobs with one key there is one; no change is missed by it."""

    async def test_queued_once(self, queue: Queue) -> None:
        kind, other = queue.kind(nothing), queue.kind(nothing)
        for each, key in ((kind, "one"), (kind, "one"), (kind, "two"), (other, "one")):
            async with queue.database.transaction() as tx:
                await enqueue(tx, each, {}, key=key)
        assert (len(await queue.jobs(kind)), len(await queue.jobs(other))) == (2, 1)

    async def test_at_the_earlier_time(self, queue: Queue) -> None:
        kind = queue.kind(nothing)
        for hours in (2, 1, 3):
            async with queue.database.transaction() as tx:
                await enqueue(tx, kind, {}, key="one", delay=timedelta(hours=hours))
        [job] = await queue.jobs(kind)
        assert timedelta(minutes=59) < job["execute_after"] - job["created"] < timedelta(minutes=61)

    async def test_again_while_it_runs(self, queue: Queue) -> None:
        """The run may have read what was there before the change, so there is another."""
        began, released, runs = asyncio.Event(), asyncio.Event(), []

        async def run(context: JobContext, payload: Payload) -> None:
            runs.append(payload)
            began.set()
            await released.wait()

        kind = queue.kind(run)
        async with queue.worker():
            async with queue.database.transaction() as tx:
                await enqueue(tx, kind, {}, key="one")
            await began.wait()
            async with queue.database.transaction() as tx:  # one, or the second job might begin between the two
                for _ in range(2):
                    await enqueue(tx, kind, {}, key="one")
            released.set()
            await queue.empty(kind)
        assert len(runs) == 2

    async def test_not_before_the_change_is_committed(self, queue: Queue) -> None:
        """A job that was queued earlier waits for a transaction that relies on it."""
        await queue.pool.execute("CREATE TABLE IF NOT EXISTS note (text text); INSERT INTO note VALUES ('old')")
        read: list[str] = []

        async def run(context: JobContext, payload: Payload) -> None:
            async with context.transaction() as tx:
                rows = await tx.exec(sa.text("SELECT text FROM note"))
                read.append(rows.scalar_one())

        kind, sentinel = queue.kind(run), queue.kind(nothing)
        async with queue.database.transaction() as tx:
            await enqueue(tx, kind, {}, key="one")
        async with queue.database.transaction() as tx:
            await tx.exec(sa.text("UPDATE note SET text = 'new'"))
            await enqueue(tx, kind, {}, key="one")
            async with queue.worker():
                async with queue.database.transaction() as other:
                    await enqueue(other, sentinel, {})
                await queue.empty(sentinel)
        async with queue.worker():
            await queue.empty(kind)
        assert read[-1] == "new"

    async def test_a_retry_gives_way_to_a_new_one(self, queue: Queue) -> None:
        """Where the same was queued again while it failed, one of the two is enough."""
        began, released, runs = asyncio.Event(), asyncio.Event(), []

        async def run(context: JobContext, payload: Payload) -> None:
            runs.append(payload)
            if len(runs) == 1:
                began.set()
                await released.wait()
                raise RuntimeError

        kind = queue.kind(run, retry_seconds=3600)
        async with queue.worker():
            async with queue.database.transaction() as tx:
                await enqueue(tx, kind, {"first": 1}, key="one")
            await began.wait()
            async with queue.database.transaction() as tx:
                await enqueue(tx, kind, {"first": 0}, key="one", delay=timedelta(seconds=1))
            released.set()
            await queue.empty(kind)
        assert runs == [{"first": 1}, {"first": 0}]


class TestKinds:
    """Processes of different releases share a queue."""

    async def test_an_unknown_one_is_left_to_others(self, queue: Queue) -> None:
        known, later = queue.kind(nothing), JobKind("test.of_a_later_release", nothing)
        async with queue.worker():
            for kind in (later, known):
                async with queue.database.transaction() as tx:
                    await enqueue(tx, kind, {})
            await queue.empty(known)
        [job] = await queue.jobs(later)
        assert (job["status"], job["attempts"]) == ("queued", 0)

    async def test_one_that_this_process_does_not_do_is_left_to_others(self, queue: Queue) -> None:
        known, left = queue.kind(nothing), queue.kind(nothing, configure=lambda _kind, _settings: None)
        async with queue.worker():
            for kind in (left, known):
                async with queue.database.transaction() as tx:
                    await enqueue(tx, kind, {})
            await queue.empty(known)
        assert [job["status"] for job in await queue.jobs(left)] == ["queued"]

    async def test_those_of_higher_priority_come_first(self, queue: Queue) -> None:
        order: list[int] = []

        async def run(context: JobContext, payload: Payload) -> None:
            order.append(int(payload["number"]))

        low, high = queue.kind(run, priority=-1), queue.kind(run)
        async with queue.database.transaction() as tx:
            for number in range(20):
                await enqueue(tx, low if number < 10 else high, {"number": number})
        async with queue.worker():
            await queue.empty(low)
        assert set(order[:5]) <= set(range(10, 20))


class TestShared:
    """Any number of workers share the jobs."""

    async def test_each_job_runs_once(self, queue: Queue) -> None:
        runs: list[int] = []

        async def run(context: JobContext, payload: Payload) -> None:
            await asyncio.sleep(0.005)
            runs.append(int(payload["number"]))

        kind = queue.kind(run)
        async with queue.worker(), queue.worker(), queue.worker():
            async with queue.database.transaction() as tx:
                for number in range(100):
                    await enqueue(tx, kind, {"number": number})
            await queue.empty(kind)
        assert sorted(runs) == list(range(100))


async def nothing(context: JobContext, payload: Payload) -> None:
    """Do nothing."""


async def test_one_that_cannot_be_read_is_held(queue: Queue) -> None:
    """It would end in the same way whenever it is begun."""
    kind = queue.kind(nothing)
    sql = "INSERT INTO pgqueuer.pgqueuer (priority, entrypoint, payload, headers, status) VALUES (0, $1, 'x', '{}', 'queued')"
    async with queue.worker():
        await queue.pool.execute(sql, kind.name)
        job = await queue.held(kind)
    assert orjson.loads(job["headers"])["reason"] == "its payload cannot be read"
