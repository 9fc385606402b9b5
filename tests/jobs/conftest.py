"""Fixtures of the queue."""

from collections.abc import AsyncIterator

import pytest

from settings import Settings
from tests.jobs.queues import Queue, open_queue


@pytest.fixture
async def queue(empty_database_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Queue]:
    """A database with a queue, and no worker yet."""
    async with open_queue(empty_database_url, settings, monkeypatch) as made:
        yield made
