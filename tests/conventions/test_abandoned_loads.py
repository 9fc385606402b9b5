"""What one caller of a loader does has no effect on the others, and none on the log."""

import asyncio
import gc

import pytest

import errors
from auth.viewer import Viewer
from database.engine import Database
from loaders.batches import BatchLoader


class Failing(BatchLoader[int, int]):
    async def batch_load_fn(self, keys: list[int]) -> list[int]:
        await asyncio.sleep(0)
        raise errors.Unavailable("The database cannot be reached.")


class Doubling(BatchLoader[int, int]):
    async def batch_load_fn(self, keys: list[int]) -> list[int]:
        await asyncio.sleep(0)
        return [2 * key for key in keys]


async def test_a_failure_that_nobody_awaits_is_not_logged(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    loader = Failing(database.reads(), Viewer())
    abandoned = loader.load(1)
    with pytest.raises(errors.Unavailable):
        await loader.load(1)
    await asyncio.sleep(0)
    assert abandoned.done()
    del abandoned
    gc.collect()
    assert [record for record in caplog.records if record.name == "asyncio"] == []


async def test_a_failure_after_all_have_been_cancelled_is_not_logged(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """As at the end of a request whose time is over: its last statement fails then."""
    loader = Failing(database.reads(), Viewer())
    cancelled = loader.load(1)
    await asyncio.sleep(0)
    cancelled.cancel()
    for _ in range(5):
        await asyncio.sleep(0)
    assert loader._cache == {} or loader._cache[1].done()
    loader._cache.clear()
    del cancelled, loader
    gc.collect()
    assert [record for record in caplog.records if record.name == "asyncio"] == []


async def test_who_cancels_takes_nothing_from_others(database: Database) -> None:
    loader = Doubling(database.reads(), Viewer())
    cancelled, awaited = loader.load(1), loader.load(1)
    await asyncio.sleep(0)
    cancelled.cancel()
    assert await awaited == 2
    assert await loader.load(1) == 2
