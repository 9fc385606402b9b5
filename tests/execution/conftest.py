"""Demo data for tests of the executor: a database for each module, a graph without plans for each test."""

from collections.abc import AsyncIterator

import pytest

from demo import loading
from schema.root import build
from settings import Settings
from tests.execution.demo_graph import Demo, opened


@pytest.fixture(scope="module")
async def loaded_url(empty_database_url: str) -> str:
    await loading.load(empty_database_url, 0.1, progress=False)
    return empty_database_url


@pytest.fixture
async def demo(loaded_url: str, settings: Settings) -> AsyncIterator[Demo]:
    made = await opened(loaded_url, settings, build())
    yield made
    await made.database.close()
