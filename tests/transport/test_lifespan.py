"""What is logged of a start that fails."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs

from transport.lifespan import logging_failures


async def test_a_start_that_fails_is_logged_with_its_cause() -> None:
    @asynccontextmanager
    async def failing(_app: Starlette) -> AsyncIterator[None]:
        raise ConnectionRefusedError
        yield

    with capture_logs() as logs, pytest.raises(ConnectionRefusedError):
        async with logging_failures(failing)(Starlette()):
            pass
    (line,) = logs
    assert (line["event"], line["log_level"], line["error"]) == ("process_failed", "critical", "ConnectionRefusedError")
    assert isinstance(line["exc_info"], ConnectionRefusedError)
