"""Logs why the application could not start or stop: of the text that uvicorn logs, production keeps the first line only."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import structlog
from starlette.applications import Starlette

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]

log = structlog.get_logger("clientele")


def logging_failures(lifespan: Lifespan) -> Lifespan:
    """The same lifespan, whose failures are logged."""

    @asynccontextmanager
    async def logged(app: Starlette) -> AsyncIterator[None]:
        try:
            async with lifespan(app):
                yield
        except Exception as error:
            log.critical("process_failed", error=type(error).__qualname__, exc_info=error)
            raise

    return logged
