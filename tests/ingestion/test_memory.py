"""What an import keeps of the lines that it has read."""

import gc
import tracemalloc

import pytest

from ingestion import importing
from ingestion.importing import import_lines
from ingestion.report import Report
from tests.ingestion.lines import file, line

BATCH, BATCHES = 30, 15
MAX_BYTES = 1_000
"""For each line. An entry of the set of SKUs has about a hundred, the objects of a line have more than six thousand."""


class Stream:
    """Lines that are made when they are read; every tenth is rejected."""

    def __init__(self) -> None:
        self.number = 0

    def read(self, size: int, /) -> bytes:
        """Give one line, until the last one."""
        self.number += 1
        if self.number > BATCH * BATCHES:
            return b""
        one = line(f"SKU-{self.number}", "-1" if self.number % 10 == 0 else "1.00")
        return file(one) + b"\n"


async def test_memory_does_not_grow_with_the_number_of_lines(fresh_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH_LINES", BATCH)
    kept: list[int] = []

    def measure(report: Report, end: int) -> None:
        gc.collect()
        kept.append(tracemalloc.get_traced_memory()[0])

    tracemalloc.start()
    try:
        report = await import_lines(fresh_url, Stream(), progress=measure, rejected=lambda _: None)
    finally:
        tracemalloc.stop()
    assert (report.lines, report.rejected) == (BATCH * BATCHES, BATCH * BATCHES // 10)
    first, last = (
        BATCHES // 3,
        BATCHES - 2,
    )  # the first batches fill the caches of the driver, after the last one nothing is read
    assert kept[last] - kept[first] < (last - first) * BATCH * MAX_BYTES
