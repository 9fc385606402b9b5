"""The only module that imports pgqueuer: its names, its statements, its connection and its manager, as we use them.

It takes a tenth of a second to import, so the worker imports it in a thread once the server has started.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

import asyncpg
from pgqueuer import AsyncpgPoolDriver, Job, Queries, QueueManager, RetryRequested
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.domain.models import TracebackRecord
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import JOB_STATUS, Channel
from pgqueuer.ports.driver import Driver, NotifyCallback

from jobs.lease import Lease
from jobs.queue import SCHEMA
from jobs.runs import Ended, Hold, Outcome, PutBack, TakenJob

BATCH = 5
MAX_RUNNING = 10
NOTICE_PAUSE = 0.1
"""Seconds. The first job after a pause is begun at once, others together after it."""
CHANGED = "table_changed_event"
STALE = timedelta(seconds=15)
"""How long a process may be silent before another takes its jobs."""
BEGIN = f"""
    UPDATE {SCHEMA}.pgqueuer SET dedupe_key = NULL, headers = coalesce(headers, '{{}}')
        || jsonb_build_object('starts', coalesce((headers->>'starts')::int, 0) + 1)
    WHERE id = $1 AND queue_manager_id = $2 AND status = 'picked' RETURNING (headers->>'starts')::int AS starts
"""  # noqa: S608 - a constant
PUT_BACK = f"""
    WITH again AS (
        UPDATE {SCHEMA}.pgqueuer SET status = 'queued', execute_after = now() + $3, attempts = $4, updated = now(),
            queue_manager_id = NULL, dedupe_key = headers->>'key',
            headers = headers - 'starts' || jsonb_build_object('reason', $5::text)
        WHERE id = $1 AND queue_manager_id = $2 RETURNING id, entrypoint, priority
    )
    INSERT INTO {SCHEMA}.pgqueuer_log (job_id, status, entrypoint, priority, traceback)
    SELECT id, 'queued', entrypoint, priority, $6::jsonb FROM again
"""  # noqa: S608 - a constant
DROP = f"DELETE FROM {SCHEMA}.pgqueuer WHERE id = $1 AND queue_manager_id = $2"  # noqa: S608 - a constant
HOLD = f"""
    UPDATE {SCHEMA}.pgqueuer SET attempts = $3, headers = headers - 'starts' || jsonb_build_object('reason', $4::text)
    WHERE id = $1 AND queue_manager_id = $2
"""  # noqa: S608 - a constant

logging.getLogger("pgqueuer").setLevel(logging.CRITICAL + 1)
"""It logs the texts of exceptions, which may name people. The worker logs what becomes of each job."""


class Held(Exception):
    """The job is kept for an administrator. Its text is the reason."""


class Abandoned(Exception):
    """The job is not this process's any more, or its outcome could not be written: it is left to whoever takes it."""


def names() -> DBSettings:
    """Give the names of pgqueuer's things, each given here: it would take them from variables such as CHANNEL."""
    return DBSettings(
        prefix="", db_schema=SCHEMA, channel="ch_pgqueuer", function="fn_pgqueuer_changed",
        statistics_table="pgqueuer_statistics", queue_status_type="pgqueuer_status", queue_table="pgqueuer",
        queue_table_log="pgqueuer_log", trigger="tg_pgqueuer_changed", schedules_table="pgqueuer_schedules",
        durability=Durability.balanced,
    )  # fmt: skip


def queries(driver: Driver) -> "JobQueries":
    """Give pgqueuer's statements over a driver."""
    of = names()
    return JobQueries(driver, QueryBuilderEnvironment(of), QueryQueueBuilder(of), QuerySchedulerBuilder(of))


@dataclass
class JobQueries(Queries):
    """pgqueuer's statements, changed where a process could end a job that is not done.

    What is neither done, put back nor held stays `picked`, and another process takes it after `STALE`.
    """

    returned: dict[int, PutBack] = field(default_factory=dict)
    """What becomes of jobs for which a retry was requested."""

    async def begin(self, job: Job) -> int:
        """Make room for another job of the same key; gives how often this one has begun, 0 if others have it."""
        rows = await self.driver.fetch(BEGIN, job.id, job.queue_manager_id)
        return int(str(rows[0]["starts"])) if rows else 0

    async def hold(self, job: Job, outcome: Hold) -> None:
        """Write down why a job will be held."""
        await self.driver.execute(HOLD, job.id, job.queue_manager_id, outcome.attempts, outcome.reason)

    async def retry_job(self, job: Job, delay: timedelta, traceback_record: TracebackRecord | None) -> None:
        """Put a job back. Where one of the same key was queued meanwhile, that one takes its place."""
        outcome = self.returned.pop(job.id)
        record = traceback_record.model_dump_json() if traceback_record else None
        mine = job.id, job.queue_manager_id
        try:
            await self.driver.execute(PUT_BACK, *mine, delay, outcome.attempts, outcome.reason, record)
        except asyncpg.UniqueViolationError:
            await self.driver.execute(DROP, *mine)

    async def log_jobs(self, job_status: list[tuple[Job, JOB_STATUS, TracebackRecord | None]]) -> None:
        """End the jobs that are done or held, and no others: not those that were cancelled with their process."""
        ended: list[tuple[Job, JOB_STATUS, TracebackRecord | None]] = [
            (job, status, record)
            for job, status, record in job_status
            if status == "successful" or (status == "failed" and record and record.exception_type == Held.__name__)
        ]
        if ended:
            await super().log_jobs(ended)


class NoticeFilter:
    """Passes notices of the queue on; of those that it has changed, one in NOTICE_PAUSE.

    pgqueuer looks at the whole queue, by three or four statements, for each of them.
    """

    def __init__(self, pass_on: NotifyCallback) -> None:
        self._pass_on = pass_on
        self._latest: str | bytes | bytearray | None = None
        self._is_pausing = False

    def __call__(self, payload: str | bytes | bytearray) -> None:
        if CHANGED not in str(payload):
            self._pass_on(payload)
        elif self._is_pausing:
            self._latest = payload
        else:
            self._is_pausing = True
            asyncio.get_running_loop().call_later(NOTICE_PAUSE, self._end_pause)
            self._pass_on(payload)

    def _end_pause(self) -> None:
        self._is_pausing, latest, self._latest = False, self._latest, None
        if latest is not None:
            self(latest)


class _PoolDriver(AsyncpgPoolDriver):
    """A pool that tells when the connection that listens is lost: without it, jobs would wait for the next poll."""

    def __init__(self, pool: asyncpg.Pool, on_loss: Callable[[], None]) -> None:
        super().__init__(pool)
        self._on_loss = on_loss

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        await super().add_listener(channel, NoticeFilter(callback))
        if self._listener_connection is not None:
            self._listener_connection.add_termination_listener(lambda _: self._on_loss())


async def work(
    pool: asyncpg.Pool,
    kinds: Iterable[str],
    run: Callable[[TakenJob], Awaitable[Outcome]],
    *,
    shutdown: asyncio.Event,
    poll_seconds: float,
) -> None:
    """Do jobs of these kinds until `shutdown` is set, which this does itself if it loses its connection."""
    driver = _PoolDriver(pool, shutdown.set)
    statements = queries(driver)
    manager = QueueManager(statements, Channel(names().channel))
    manager.shutdown = shutdown

    async def do(job: Job) -> None:
        starts = await statements.begin(job)
        if not starts or job.queue_manager_id is None:
            raise Abandoned
        lease = Lease(job.id, job.queue_manager_id)
        outcome = await run(TakenJob(lease, job.entrypoint, job.payload or b"", job.attempts, starts))
        if isinstance(outcome, PutBack):
            statements.returned[job.id] = outcome
            raise RetryRequested(timedelta(seconds=outcome.seconds), outcome.reason)
        if isinstance(outcome, Hold):
            await statements.hold(job, outcome)
            raise Held(outcome.reason)
        if outcome is Ended.LOST:
            raise Abandoned

    for kind in kinds:
        manager.entrypoint(kind, on_failure="hold")(do)
    await manager.run(
        dequeue_timeout=timedelta(seconds=poll_seconds),
        batch_size=BATCH,
        max_concurrent_tasks=MAX_RUNNING,
        heartbeat_timeout=STALE,
        log_aggregation_interval=timedelta(0),
    )
