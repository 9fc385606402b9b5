"""Demo data for tests of the executor: a graph without plans for each test."""

from collections.abc import AsyncIterator

import pytest

from schema.root import build
from settings import Settings
from tests.execution.demo_graph import Demo, opened


@pytest.fixture
async def demo(loaded_url: str, settings: Settings) -> AsyncIterator[Demo]:
    made = await opened(loaded_url, settings, build())
    yield made
    await made.database.close()
