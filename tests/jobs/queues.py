"""A queue to test with: workers of their own pools, and kinds that exist for one test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from database.engine import Database
from jobs import worker
from jobs.kinds import KINDS, TIMERS, JobContext, JobKind, Payload, Progress, WorkContext
from settings import Settings
from tests.patience import SECONDS
from tests.people import word

Run = Callable[[JobContext, Payload], Awaitable[Progress | None]]
SOON = 0.1


async def until(there: Callable[[], Awaitable[Any]]) -> Any:
    """Wait until something is so; gives what it was."""
    async with asyncio.timeout(SECONDS):
        while not (found := await there()):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)
    return found


async def run_timer(name: str, settings: Settings, database: Database) -> None:
    """Run a timer now, as the process that leads does."""
    await TIMERS[name].run(WorkContext(settings, database, asyncio.Event()))


@dataclass(frozen=True)
class Queue:
    """A database with a queue."""

    url: str
    database: Database
    pool: asyncpg.Pool
    settings: Settings
    monkeypatch: pytest.MonkeyPatch

    def kind(self, run: Run, **values: Any) -> JobKind:
        """Register a kind for the rest of the test."""
        made = JobKind(f"test.{word()}", run, **{"tries": 3, "retry_seconds": SOON} | values)
        self.monkeypatch.setitem(KINDS, made.name, made)
        return made

    def worker(self) -> AbstractAsyncContextManager[None]:
        """A worker such as each process has."""
        return worker.working(self.settings, self.url)

    async def jobs(self, kind: JobKind, state: str | None = None) -> list[Any]:
        """The rows of the queue."""
        sql = "SELECT * FROM pgqueuer.pgqueuer WHERE entrypoint = $1 AND status::text = coalesce($2, status::text)"
        return await self.pool.fetch(f"{sql} ORDER BY id", kind.name, state)

    async def empty(self, kind: JobKind) -> None:
        """Wait until no job of a kind is left."""

        async def gone() -> bool:
            return not await self.jobs(kind)

        await until(gone)

    async def held(self, kind: JobKind) -> Any:
        """Wait until a job is held; gives its row."""
        return (await until(lambda: self.jobs(kind, "failed")))[0]


@asynccontextmanager
async def open_queue(url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Queue]:
    """Open a queue."""
    database = await Database.connect(url, size=5, statement=30, lock=30, wait=30)
    async with asyncpg.create_pool(url, min_size=0, max_size=5) as pool:
        yield Queue(url, database, pool, settings, monkeypatch)
    await database.close()
