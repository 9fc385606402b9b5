"""Jobs and mails, counted in the database when metrics are asked for, but not each time."""

import asyncio
from collections.abc import Iterator
from time import monotonic
from typing import Any

import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

import jobs.counts
import mails.counts
from database.engine import Database
from transport.metrics.collectors import PREFIX, gauge

FRESH_SECONDS = 15.0
READ_SECONDS = 1.0

log = structlog.get_logger("clientele")


class DatabaseCounts:
    """The last counts. Where they cannot be read there are none, and all other metrics are as ever."""

    def __init__(self, *, fresh_seconds: float = FRESH_SECONDS, read_seconds: float = READ_SECONDS) -> None:
        self._fresh_seconds = fresh_seconds
        self._read_seconds = read_seconds
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()
        self._jobs: list[jobs.counts.JobCount] = []
        self._mails: dict[str, int] = {}
        self._answers: bool | None = None
        self._counted = True

    async def refresh(self, database: Database) -> None:
        """Count again unless that was done a moment ago. Never raises."""
        async with self._reading:
            if monotonic() - self._read_at < self._fresh_seconds:
                return
            self._jobs, self._mails = [], {}
            self._answers = await database.probe.answers()  # also where requests use all connections
            try:
                async with asyncio.timeout(self._read_seconds), database.connections.connection() as connection:
                    self._jobs = await jobs.counts.read(connection)
                    self._mails = await mails.counts.read(connection)
                self._counted = True
            except Exception as error:  # noqa: BLE001 - whatever it is, the other metrics are given
                if self._counted:
                    log.warning("jobs_not_counted", error=type(error).__qualname__)
                self._counted = False
            self._read_at = monotonic()

    def collect(self) -> Iterator[Metric]:
        """Give what was counted last."""
        if self._answers is not None:
            up = "Whether the database answered when jobs were counted."
            yield GaugeMetricFamily(f"{PREFIX}_database_up", up, value=float(self._answers))
        numbers: dict[tuple[str, ...], Any] = {(job.kind, job.status): job.number for job in self._jobs}
        yield gauge(f"{PREFIX}_jobs", "Jobs that are not done.", ["kind", "status"], numbers)
        due = {(job.kind,): job.oldest_seconds for job in self._jobs if job.status == jobs.counts.QUEUED}
        yield gauge(f"{PREFIX}_jobs_due_seconds", "For how long the first queued job has been due.", ["kind"], due)
        states = {(state.lower(),): number for state, number in self._mails.items()}
        yield gauge(f"{PREFIX}_mails", "Mails that are not sent.", ["state"], states)
