"""uvicorn under this server's limits, told to end what would last before it waits for the rest to end."""

from collections.abc import Callable
from socket import socket
from typing import Any

import uvicorn
from starlette.applications import Starlette

from settings import Settings


def uvicorn_config(app: Starlette, settings: Settings, **options: Any) -> uvicorn.Config:
    """Say how uvicorn is to serve the application."""
    return uvicorn.Config(
        app,
        server_header=False,
        forwarded_allow_ips=settings.forwarded_allow_ips,
        ws_max_size=settings.websocket_message_bytes,
        ws_ping_interval=settings.keep_alive_seconds,
        ws_ping_timeout=settings.keep_alive_seconds,
        ws_per_message_deflate=False,  # a compressor for each connection, to save little on small messages
        **options,
    )


class Server(uvicorn.Server):
    """A server that leaves at once what lasts: `leave` ends streams and sockets, whose clients connect elsewhere."""

    def __init__(self, config: uvicorn.Config, close_long_lived: Callable[[], None]) -> None:
        super().__init__(config)
        self._close_long_lived = close_long_lived

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Leave."""
        self._close_long_lived()
        await super().shutdown(sockets)
