"""Held jobs whose payload cannot be read: they keep an administrator from nothing."""

from typing import Any

from jobs import admin
from jobs.kinds import Payload, Refused
from tests.jobs.queues import Queue, until
from tests.jobs.test_failures import add, failing, two_held


async def test_all_are_retried(queue: Queue) -> None:
    async def allowed(tx: Any, payload: Payload, chosen: bool) -> bool:
        return True

    run, attempts = failing(Refused("no"), Refused("no"))
    kind = queue.kind(run, before_retry=allowed)
    async with queue.worker():
        await add(queue, kind)
        await add(queue, kind)
        await until(lambda: two_held(queue, kind))
        first, second = await queue.jobs(kind)
        await queue.pool.execute("UPDATE pgqueuer.pgqueuer SET payload = $2 WHERE id = $1", first["id"], b"\xff")
        assert await admin.retry(queue.database, admin.ALL) >= 2
        assert (await queue.held(kind))["id"] == first["id"]
        await until(lambda: done(queue, second["id"]))
    assert attempts == [1, 1, 1], "the one that can be read was done"


async def done(queue: Queue, job: int) -> bool:
    return not await queue.pool.fetchval("SELECT count(*) FROM pgqueuer.pgqueuer WHERE id = $1", job)
