"""Importing a stream of lines: batch by batch, each in a transaction of its own, the next one read meanwhile."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from threading import Thread
from typing import Any, TypeVar

import asyncpg

from database.failures import CONCURRENT, unavailable
from database.urls import plain_url
from ingestion.checking import Rejection, parse
from ingestion.deciding import Item
from ingestion.interference import INTERFERED
from ingestion.merging import Merged, merge
from ingestion.reading import RawLine, Source, raw_lines
from ingestion.report import Report

T = TypeVar("T")

BATCH_LINES = 2_000
BATCH_BYTES = 8 * 1024 * 1024
TRIES = 5
PAUSE = 0.2
"""Seconds before the second try; each pause is twice as long as the one before."""
LIMITS = {
    "statement_timeout": "60000", "lock_timeout": "10000", "idle_in_transaction_session_timeout": "0",
    "timezone": "UTC", "jit": "off",
}  # fmt: skip


class ImportStopped(Exception):
    """The database could not take a batch, however often it was tried."""

    def __init__(self, lines: int, reason: str) -> None:
        super().__init__(
            f"The import stopped after {lines:,} lines. {reason} What was imported stays; run the import again to go on."
        )


@dataclass
class Batch:
    """Lines that go into one transaction, and how far the stream was read."""

    items: list[Item] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    end: int = 0


async def import_lines(
    url: str, source: Source, *, progress: Callable[[Report, int], None], rejected: Callable[[Rejection], None]
) -> Report:
    """Import a stream into the database at `url`.

    `progress` is called after each batch, with the number of bytes read, and `rejected` for each line that is not taken.
    """
    report, batches = Report(), _batches(raw_lines(source))
    reader, writer = _Reader(partial(next, batches, None)), _Writer(url)
    try:
        while (batch := await reader.read()) is not None:
            report.count(len(batch.items), await writer.merge(batch.items, report.lines, reader.start))
            for item in batch.items:
                report.note_sku(item.number, item.line.sku)
            for rejection in batch.rejections:
                report.reject(rejection)
                rejected(rejection)
            progress(report, batch.end)
    finally:
        reader.cancel()
        await writer.close()
    return report


class _Reader:
    """Reads batches in a thread, one at a time."""

    def __init__(self, read: Callable[[], Batch | None]) -> None:
        self._read = read
        self._reading: asyncio.Future[Batch | None] | None = None

    def start(self) -> None:
        """Begin with the next batch. Two threads share one interpreter, so this is best done while the other one waits."""
        self._begin()

    def _begin(self) -> asyncio.Future[Batch | None]:
        self._reading = self._reading or _in_daemon_thread(self._read)
        return self._reading

    async def read(self) -> Batch | None:
        """Give the next batch."""
        found = await self._begin()
        self._reading = None
        return found

    def cancel(self) -> None:
        """Do not wait for the batch that is being read."""
        if self._reading:
            self._reading.cancel()


def _in_daemon_thread(call: Callable[[], T]) -> asyncio.Future[T]:
    """Call a function in a thread that the process does not wait for when it ends: a pipe may give nothing for hours."""
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(call())
        except BaseException as problem:  # noqa: BLE001 - whoever awaits it gets it
            done.set_exception(problem)

    done.set_running_or_notify_cancel()
    Thread(target=run, daemon=True).start()
    return asyncio.wrap_future(done)


def _batches(lines: Iterator[RawLine]) -> Iterator[Batch]:
    batch, size, count = Batch(), 0, 0
    for number, text, end in lines:
        checked = parse(text)
        if isinstance(checked, str):
            batch.rejections.append(Rejection(number, checked))
        else:
            batch.items.append(Item(number, checked))
        batch.end, size, count = end, size + len(text or b""), count + 1
        if count == BATCH_LINES or size > BATCH_BYTES:
            yield batch
            batch, size, count = Batch(), 0, 0
    if count:
        yield batch


class _Writer:
    """Merges batches over one connection, which is replaced where it is lost."""

    def __init__(self, url: str) -> None:
        self._url = plain_url(url)
        self._connection: Any = None

    async def merge(self, items: list[Item], before: int, when_staged: Callable[[], None]) -> Merged:
        """Merge a batch, which `before` lines precede; what may succeed the next time is tried again a few times."""
        if not items:
            return Merged()
        for attempt in range(1, TRIES + 1):
            try:
                return await self._merge(items, when_staged)
            except Exception as problem:
                reason = CONCURRENT if isinstance(problem, INTERFERED) else str(unavailable(problem) or "")
                if not reason:
                    raise
                if attempt == TRIES:
                    raise ImportStopped(before, reason) from problem
            await asyncio.sleep(PAUSE * 2 ** (attempt - 1))
        raise AssertionError

    async def _merge(self, items: list[Item], when_staged: Callable[[], None]) -> Merged:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self._url, server_settings=LIMITS)
        async with self._connection.transaction():
            return await merge(self._connection, items, when_staged)

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()
