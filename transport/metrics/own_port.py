"""`/metrics` on METRICS_PORT: a second server in the same event loop, which has nothing else."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from socket import socket

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from transport.response_headers import with_safe_headers

MAX_CONNECTIONS = 20


class MetricsServer(uvicorn.Server):
    """A server that leaves signals to the main one."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(socket: socket, route: Route) -> AsyncIterator[None]:
    """Serve a route at a bound socket while a block runs."""
    app = Starlette(routes=[route])

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, with_safe_headers(send))

    config = uvicorn.Config(
        answer, lifespan="off", log_config=None, access_log=False, server_header=False, limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = MetricsServer(config)
    with socket:
        socket.listen()  # who connects before the task has started waits
        serving = asyncio.create_task(server.serve(sockets=[socket]), name="metrics")
        try:
            yield
        finally:
            server.should_exit = True
            await asyncio.gather(serving, return_exceptions=True)
