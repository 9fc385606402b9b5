"""A server of two worker processes."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from settings import Settings
from tests.processes import Process
from tests.running.worker_processes import until


@pytest.fixture
async def two(settings: Settings, database_url: str, tmp_path: Path) -> AsyncIterator[Process]:
    """A server of two processes, with the secrets of the others."""
    process = Process(
        settings.data_folder, tmp_path, DATABASE_URL=database_url, PUBLIC_URL=settings.server.public_url,
        WORKERS="2", LOG_FORMAT="json", LOG_LEVEL="info",
    )  # fmt: skip
    try:
        await asyncio.to_thread(process.wait)
        await until(lambda: process.text().count('"worker_ready"') == 2)
        yield process
    finally:
        if process.child.poll() is None:
            process.end(signal.SIGKILL)
        process.said.close()
