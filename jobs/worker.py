"""The worker: a part of each server process, which shares the work with those of all others."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from typing import Any

import asyncpg
import structlog
from sqlalchemy import func

from database.engine import Database
from database.urls import plain_url
from jobs import timers
from jobs.kinds import KINDS, JobKind, Timer, WorkContext, register_timer
from jobs.queue import LOG
from jobs.runs import GRACE_SECONDS, Outcome, TakenJob, run_job
from jobs.sweeps import sweep
from settings import Settings

APPLICATION_NAME = "clientele jobs"
"""The `application_name` in pg_stat_activity of the connections that the queue uses."""
QUEUE_CONNECTIONS = 3
WORK_CONNECTIONS = 4
STATEMENT_SECONDS, WAIT_SECONDS = 30.0, 10.0
POLL_SECONDS, QUICKEST_POLL = 5.0, 0.1
CLOSE_SECONDS = 3.0
GIVE_BACK_SECONDS = 5.0
"""How long the jobs that were cancelled at the end may take to be given back to the queue."""

LOG_KEPT = timedelta(days=7)

register_timer(Timer("jobs.log", timedelta(minutes=10), sweep(LOG, LOG.c.created < func.now() - LOG_KEPT)))
log = structlog.get_logger()


@asynccontextmanager
async def working(settings: Settings, url: str, info: dict[str, Any] | None = None) -> AsyncIterator[None]:
    """Do jobs, and run timers, while the block runs. `info` becomes the `info` of their transactions."""
    direct = settings.database.direct_url
    worker = _Worker(settings, direct.get_secret_value() if direct else url, info or {})
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        await asyncio.wait({task}, timeout=GRACE_SECONDS + GIVE_BACK_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@dataclass
class _Worker:
    settings: Settings
    url: str
    info: dict[str, Any]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    shutdown: asyncio.Event = field(default_factory=asyncio.Event)
    """Ends the present connection to the queue."""

    def stop(self) -> None:
        """Take no more jobs; what runs has a moment left."""
        self.stopping.set()
        self.shutdown.set()

    async def run(self) -> None:
        """Work until stopped; where the database is lost, begin again once it is back."""
        await asyncio.to_thread(import_module, "jobs.pgqueuer_adapter")
        while not self.stopping.is_set():
            try:
                await self._work()
            except Exception as error:  # noqa: BLE001 - whatever the driver says of a lost database
                if not self.stopping.is_set():
                    log.warning("job_worker_interrupted", error=type(error).__qualname__)
            if not self.stopping.is_set():
                await self._pause(POLL_SECONDS)

    async def _work(self) -> None:
        from jobs import pgqueuer_adapter

        settings = self.settings.database
        database = await Database.connect(
            self.url, size=WORK_CONNECTIONS, statement=STATEMENT_SECONDS, lock=settings.lock_seconds,
            wait=WAIT_SECONDS, max_age=settings.connection_seconds, info=self.info,
        )  # fmt: skip
        context = WorkContext(self.settings, database, self.stopping)
        kinds = {kind.name: kind for each in KINDS.values() if (kind := each.configure(each, self.settings))}

        async def run(taken: TakenJob) -> Outcome:
            return await run_job(kinds[taken.kind], taken, context)

        leading = asyncio.create_task(timers.lead(self.url, context))
        try:
            async with self._pool() as pool:
                self.shutdown = asyncio.Event()
                if not self.stopping.is_set():
                    await pgqueuer_adapter.work(
                        pool, kinds, run, shutdown=self.shutdown, poll_seconds=_poll_seconds(kinds.values())
                    )
        finally:
            leading.cancel()
            await asyncio.gather(leading, return_exceptions=True)
            await database.close()

    @asynccontextmanager
    async def _pool(self) -> AsyncIterator[asyncpg.Pool]:
        """A pool that is closed in a bounded time: pgqueuer may keep a connection whose loss has surprised it."""
        options = {"application_name": APPLICATION_NAME, "statement_timeout": "5000", "lock_timeout": "2000"}
        pool = await asyncpg.create_pool(
            plain_url(self.url), min_size=0, max_size=QUEUE_CONNECTIONS, server_settings=options, reset=_keep
        )
        try:
            yield pool
        finally:
            with suppress(TimeoutError):  # then it has ended its connections
                async with asyncio.timeout(CLOSE_SECONDS):
                    await pool.close()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stopping.wait()


async def _keep(_connection: object) -> None:
    """Leave a connection as it is: pgqueuer changes no settings, and takes no locks that outlive a statement."""


def _poll_seconds(kinds: Iterable[JobKind]) -> float:
    """How often to look at the queue where nothing was announced: tests retry sooner than that."""
    soonest = min((kind.retry_seconds for kind in kinds), default=POLL_SECONDS)
    return max(QUICKEST_POLL, min(POLL_SECONDS, soonest))
