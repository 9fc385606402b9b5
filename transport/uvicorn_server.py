"""uvicorn with this server's limits, which ends long-lived connections before it waits for the rest to finish."""

import asyncio
from errno import EADDRINUSE
from functools import partial
from socket import AF_INET, AF_INET6, IPPROTO_TCP, SO_REUSEADDR, SOL_SOCKET, TCP_NODELAY, socket
from types import FrameType
from typing import Any, Protocol

import structlog
import uvicorn
from starlette.applications import Starlette

from settings import Settings
from transport.connection_timers import ConnectionTimers
from transport.http_protocol import HttpProtocol
from transport.websocket_protocol import WebSocketProtocol

STOP_SECONDS = 30.0
"""How long it takes at most from the first signal to the end."""
SECONDS_AFTER_REQUESTS = 10.0
"""What jobs and the closing of connections have of it, after the last request."""
RETIRE_SECONDS = 1.0
"""How long connections that a retiring process has just accepted have for their first request."""
POLL_SECONDS = 0.1

log = structlog.get_logger("clientele")


class AddressUnusable(Exception):
    """The server cannot listen at HOST and PORT; the sentence says why, and what to do."""


def bind(host: str, port: int, setting: str = "PORT") -> socket:
    """Bind the socket to serve on, so that an address in use is found out before anything is started."""
    bound = socket(AF_INET6 if ":" in host else AF_INET)
    bound.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    bound.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)  # asyncio leaves it off, and each small answer would wait 40 ms
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        if error.errno == EADDRINUSE:
            message = f"{setting}: {port} is in use at {host}; end what listens there, or set {setting} to another."
        else:
            message = (
                f"HOST: the server cannot listen at {host}:{port} ({error.strerror}); set HOST or {setting} to another."
            )
        raise AddressUnusable(message) from None
    bound.set_inheritable(True)
    return bound


def check_metrics_port(settings: Settings) -> None:
    """Find out whether METRICS_PORT, if there is one, can be used; raises `AddressUnusable`."""
    bound = bind_metrics_port(settings)
    if bound:
        bound.close()


def bind_metrics_port(settings: Settings) -> socket | None:
    """Bind METRICS_PORT, if there is one; raises `AddressUnusable`."""
    port = settings.telemetry.metrics_port
    return bind(settings.server.host, port, "METRICS_PORT") if settings.serves_metrics and port else None


def uvicorn_config(app: Starlette, settings: Settings, **options: Any) -> uvicorn.Config:
    """Configure uvicorn to serve the application."""
    connections = settings.connections
    shortest = min(connections.head_seconds, connections.idle_seconds, connections.write_stall_seconds)
    protocol: Any = partial(HttpProtocol, settings=connections, timers=ConnectionTimers(shortest))
    return uvicorn.Config(
        app,
        http=protocol,
        ws=WebSocketProtocol,
        server_header=False,
        log_config=None,  # transport.log_setup has taken over all loggers
        access_log=False,
        forwarded_allow_ips=settings.server.forwarded_allow_ips,
        ws_max_size=settings.limits.websocket_message_bytes,
        ws_ping_interval=settings.limits.keep_alive_seconds,
        ws_ping_timeout=settings.limits.keep_alive_seconds,
        ws_per_message_deflate=False,  # a compressor for each connection, to save little on small messages
        **options,
    )


class Stoppable(Protocol):
    """An application that can prepare for its end."""

    stopping: bool
    """Whether `/health/ready` answers 503."""

    def close_long_lived(self) -> None:
        """Close what would last: sockets and streams."""
        ...


class Server(uvicorn.Server):
    """A server that stops in a bounded time, and says so before it takes no more requests.

    At the first signal it is not ready, and serves on for `drain_seconds`. Then it stops listening, closes sockets and
    streams, whose clients connect elsewhere, and lets requests finish. A second signal ends it at once.
    """

    def __init__(self, config: uvicorn.Config, app: Stoppable, drain_seconds: float = 0) -> None:
        config.timeout_graceful_shutdown = int(STOP_SECONDS - SECONDS_AFTER_REQUESTS - drain_seconds)
        super().__init__(config)
        self._app = app
        self._drain_seconds = drain_seconds
        self._retiring = False

    def retire(self) -> None:
        """Stop while other worker processes serve on: they take the connections that come from now on."""
        self._retiring = self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._app.stopping = True
        self.force_exit = self.should_exit and not self._retiring
        self._retiring = False
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Stop as the class says, in at most STOP_SECONDS."""
        self._app.stopping = not self._retiring
        stopping = asyncio.create_task(self._stop(sockets))
        try:
            async with asyncio.timeout(STOP_SECONDS):
                while not (stopping.done() or self.force_exit):
                    await asyncio.wait({stopping}, timeout=POLL_SECONDS)
        except TimeoutError:
            log.warning("stop_cut_short", seconds=STOP_SECONDS)
        if not stopping.done():
            stopping.cancel()
            await asyncio.wait({stopping})
        if not stopping.cancelled():
            stopping.result()

    async def _stop(self, sockets: list[socket] | None) -> None:
        if self._retiring:
            for listening in self.servers:
                listening.close()
        await asyncio.sleep(RETIRE_SECONDS if self._retiring else self._drain_seconds)
        self._app.close_long_lived()
        await super().shutdown(sockets)
