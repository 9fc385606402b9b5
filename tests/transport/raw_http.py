"""HTTP by hand over raw sockets, and a server to try it on."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import Any

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from settings import Settings
from tests.patience import SECONDS
from tests.variables import changed
from transport.uvicorn_server import Server, uvicorn_config

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.sent = 0

    async def send(self, *pieces: bytes) -> None:
        """Send pieces; those that the server no longer takes are lost."""
        for piece in pieces:
            with suppress(OSError):
                self.writer.write(piece)
                await self.writer.drain()
                self.sent += len(piece)

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Receive one answer that has a length: status, headers, body."""
        async with asyncio.timeout(SECONDS):
            lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)}
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return int(lines[0].split()[1]), headers, body

    async def ended(self) -> bytes:
        """Wait until the server ends the connection; gives what it sent before."""
        rest = b""
        async with asyncio.timeout(SECONDS):
            with suppress(ConnectionResetError):
                while piece := await self.reader.read(65_536):
                    rest += piece
        return rest

    def close(self) -> None:
        self.writer.transport.abort()


@asynccontextmanager
async def connected(port: int, receive_buffer: int | None = None) -> AsyncIterator[Client]:
    """Connect to a port of this machine."""
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))
    client = Client(*await asyncio.open_connection(sock=connection))
    try:
        yield client
    finally:
        client.close()


class Echo:
    """An application that answers with the headers and the body that it was given."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.left = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse a WebSocket."""
        if scope["type"] != "http":
            await receive()
            await send({"type": "websocket.close"})
            return
        self.paths.append(scope["path"])
        if scope["path"] == "/large":
            await reply(send, 200, b"x" * 20_000_000)
            return
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.left += 1
                return
            body += message["body"]
            if not message["more_body"] or scope["path"] == "/hasty":
                break
        seen = {"headers": [[name.decode(), value.decode("latin-1")] for name, value in scope["headers"]]}
        await reply(send, 200, orjson.dumps(seen | {"body": body.decode("latin-1"), "method": scope["method"]}))


async def reply(send: Send, status: int, body: bytes) -> None:
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def listening(app: ASGIApp, **values: Any) -> AsyncIterator[tuple[int, Server]]:
    """Serve an application as `server.py serve` does, with other values for settings."""
    config = uvicorn_config(app, changed(Settings(), **values), lifespan="off", log_level="critical")  # type: ignore[arg-type]
    config.timeout_graceful_shutdown = 5
    server = Server(config, SimpleNamespace(stopping=False, close_long_lived=lambda: None))
    server.capture_signals = suppress  # type: ignore[method-assign]
    with socket.create_server(("127.0.0.1", 0)) as bound:
        running = asyncio.create_task(server.serve(sockets=[bound]))
        while not server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        try:
            yield bound.getsockname()[1], server
        finally:
            server.should_exit = True
            await running
