"""uvicorn with this server's limits, which ends long-lived connections before it waits for the rest to finish."""

from collections.abc import Callable
from errno import EADDRINUSE
from functools import partial
from socket import AF_INET, AF_INET6, IPPROTO_TCP, SO_REUSEADDR, SOL_SOCKET, TCP_NODELAY, socket
from typing import Any

import uvicorn
from starlette.applications import Starlette

from settings import Settings
from transport.connection_timers import ConnectionTimers
from transport.http_protocol import HttpProtocol


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
    if settings.serves_metrics and settings.telemetry.metrics_port:
        bind(settings.server.host, settings.telemetry.metrics_port, "METRICS_PORT").close()


def uvicorn_config(app: Starlette, settings: Settings, **options: Any) -> uvicorn.Config:
    """Configure uvicorn to serve the application."""
    connections = settings.connections
    shortest = min(connections.head_seconds, connections.idle_seconds, connections.write_stall_seconds)
    protocol: Any = partial(HttpProtocol, settings=connections, timers=ConnectionTimers(shortest))
    return uvicorn.Config(
        app,
        http=protocol,
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


class Server(uvicorn.Server):
    """A server that closes streams and sockets at once when it stops: their clients connect elsewhere."""

    def __init__(self, config: uvicorn.Config, close_long_lived: Callable[[], None]) -> None:
        super().__init__(config)
        self._close_long_lived = close_long_lived

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Close what would last, then wait for the rest as uvicorn does."""
        self._close_long_lived()
        await super().shutdown(sockets)
