"""A TCP proxy before PostgreSQL that delays, stalls, cuts connections, and loses the replies to COMMITs."""

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, urlsplit

COMMIT = b"COMMIT;"
"""As asyncpg ends a transaction."""
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: a connection that is closed is reset."""
MAX_BYTES = 65_536


class TcpProxy:
    """Forwards bytes between a free port and a Unix socket."""

    def __init__(self, path: str, chance: random.Random) -> None:
        self._path = path
        self._chance = chance
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.url = ""
        self.delay_seconds = 0.0
        """Of each packet, in both directions."""
        self.lost_share = 0.0
        """How many of all COMMITs reach PostgreSQL, but their replies are lost, and the connections are cut."""
        self.lost = 0

    def stall(self) -> None:
        """Forward nothing, and close nothing."""
        self._flowing.clear()

    def flow(self) -> None:
        """Forward again, also what has come meanwhile."""
        self._flowing.set()

    def cut(self) -> None:
        """Reset all connections."""
        for writer in self._writers:
            _reset(writer)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            with suppress(OSError):
                from_database, to_database = await asyncio.open_unix_connection(self._path)
                try:
                    await self._forward(reader, writer, from_database, to_database)
                finally:
                    to_database.close()
        finally:
            writer.close()
            self._writers.discard(writer)
            self._tasks.discard(task)

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
        from_database: asyncio.StreamReader, to_database: asyncio.StreamWriter,
    ) -> None:  # fmt: skip
        losing = False

        async def send() -> None:
            nonlocal losing
            while data := await reader.read(MAX_BYTES):
                await self._pass()
                losing = losing or (COMMIT in data and self._chance.random() < self.lost_share)
                to_database.write(data)

        async def receive() -> None:
            while data := await from_database.read(MAX_BYTES):
                await self._pass()
                if losing:
                    self.lost += 1
                    _reset(writer)
                    return
                writer.write(data)

        both = [asyncio.create_task(send()), asyncio.create_task(receive())]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for one in both:
            one.cancel()
        await asyncio.gather(*both, return_exceptions=True)

    async def _pass(self) -> None:
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        await self._flowing.wait()

    async def close(self) -> None:
        self.flow()
        self.cut()
        await asyncio.gather(*self._tasks)


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


@asynccontextmanager
async def proxied(url: str, seed: int) -> AsyncIterator[TcpProxy]:
    """Put a proxy before the database of a URL."""
    parts = urlsplit(url)
    [folder] = parse_qs(parts.query)["host"]
    proxy = TcpProxy(f"{folder}/.s.PGSQL.5432", random.Random(seed))
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.url = f"postgresql://postgres@127.0.0.1:{server.sockets[0].getsockname()[1]}{parts.path}"
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
