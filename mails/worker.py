"""Sending what is queued: a part of each server process that has SMTP_URL, sharing the work with all others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import sqlalchemy as sa
import structlog

import errors
from database.engine import Database
from database.urls import plain_url
from jobs import queue
from mails.delivery import GRACE_SECONDS, Delivery
from mails.smtp import Deferred, SmtpServer
from settings import Settings

if TYPE_CHECKING:
    from pgqueuer import Job

BATCH = 5
CONNECTIONS = 4
POLL_SECONDS, QUICKEST_POLL = 5.0, 0.1
STALE = timedelta(seconds=15)
"""How long a process may be silent before another takes its jobs: nothing that it may have sent is sent again."""
LONGEST_WAIT = 2 * 60 * 60.0
GROWTH = 4
SECONDS_BETWEEN_SWEEPS = 600.0
SWEEPS = (
    "DELETE FROM pgqueuer.pgqueuer_log WHERE created < now() - interval '7 days'",
    "DELETE FROM mail WHERE state = 'SENT' AND updated_at < now() - interval '30 days'",
)

log = structlog.get_logger()


@asynccontextmanager
async def working(settings: Settings, database: Database, url: str) -> AsyncIterator[None]:
    """Send mails while the block runs; nothing at all without SMTP_URL."""
    if settings.mail.smtp_url is None:
        yield
        return
    server = SmtpServer.of(settings, settings.mail.smtp_url.get_secret_value())
    worker = _Worker(settings, database, url, Delivery(settings, database, server))
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        await asyncio.wait({task}, timeout=2 * GRACE_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class _Worker:
    def __init__(self, settings: Settings, database: Database, url: str, delivery: Delivery) -> None:
        self._database, self._url, self._delivery = database, url, delivery
        self._tries, self._first_wait = settings.mail.tries, settings.mail.retry_seconds
        self._stopped = delivery.stopping
        self._shutdown = asyncio.Event()

    def stop(self) -> None:
        """Take no more jobs; what is on its way has a moment left."""
        self._stopped.set()
        self._shutdown.set()

    async def run(self) -> None:
        """Work until stopped; where the database is lost, begin again once it is back."""
        await asyncio.to_thread(import_module, "pgqueuer")  # a tenth of a second, in which the server answers already
        await asyncio.to_thread(import_module, "aiosmtplib")
        while not self._stopped.is_set():
            sweeping = asyncio.create_task(self._sweep_periodically())
            try:
                await self._work()
            except Exception as error:  # noqa: BLE001 - pgqueuer ends with whatever its driver says of a lost database
                if not self._stopped.is_set():
                    log.warning("mail_worker_interrupted", error=type(error).__qualname__)
                    await self._pause(POLL_SECONDS)
            finally:
                sweeping.cancel()
                await asyncio.gather(sweeping, return_exceptions=True)

    async def _work(self) -> None:
        from pgqueuer import AsyncpgPoolDriver, QueueManager
        from pgqueuer.domain.types import Channel

        options = {"application_name": "clientele mails", "statement_timeout": "5000", "lock_timeout": "2000"}
        async with asyncpg.create_pool(
            plain_url(self._url), min_size=0, max_size=CONNECTIONS, server_settings=options
        ) as pool:
            manager = QueueManager(queue.queries(AsyncpgPoolDriver(pool)), Channel(queue.names().channel))
            manager.shutdown = self._shutdown = asyncio.Event()
            if self._stopped.is_set():
                return
            manager.entrypoint(queue.ENTRYPOINT, on_failure="hold")(self._do)
            await manager.run(
                dequeue_timeout=timedelta(seconds=max(QUICKEST_POLL, min(POLL_SECONDS, self._first_wait))),
                batch_size=BATCH,
                max_concurrent_tasks=2 * BATCH,
                heartbeat_timeout=STALE,
                log_aggregation_interval=timedelta(0),
            )

    async def _do(self, job: "Job") -> None:
        """Do one job. What is raised is kept in pgqueuer's log: it must not hold anybody's data."""
        from pgqueuer import RetryRequested

        id = UUID((job.payload or b"").decode())
        try:
            await self._delivery.deliver(id, last=job.attempts + 1 >= self._tries)
        except (Deferred, errors.Unavailable) as problem:
            wait = min(self._first_wait * GROWTH**job.attempts, LONGEST_WAIT)
            log.warning("mail_deferred", mail=str(id), attempt=job.attempts + 1, reason=str(problem))
            delay = timedelta(seconds=0 if self._stopped.is_set() else wait)
            raise RetryRequested(delay, str(problem)) from None

    async def _sweep_periodically(self) -> None:
        """Repair and clean up: at the start, and periodically."""
        while True:
            try:
                async with self._database.transaction() as tx:
                    await queue.repair(tx)
                    for sweep in SWEEPS:
                        await tx.exec(sa.text(sweep))  # type: ignore[call-overload]
            except Exception as error:  # noqa: BLE001 - the next sweep sets it right
                log.warning("mails_not_swept", error=type(error).__qualname__)
            await self._pause(SECONDS_BETWEEN_SWEEPS)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
