"""A TCP proxy before PostgreSQL, which is slow or silent, cuts connections, or loses replies."""

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


class Proxy:
    """Forwards bytes between a free port and the database.

    From a request that contains `after` on, nothing comes back on its connection: it is cut, or there is only silence.
    """

    def __init__(self, upstream: str, seed: int = 0) -> None:
        self._upstream = upstream
        self._chance = random.Random(seed)
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.url = ""
        self.after: bytes | None = None
        self.share = 1.0
        """Of how many such requests the replies are lost."""
        self.cut = False
        self.delay_seconds = 0.0
        """Of each packet, in both directions."""
        self.refusing = False
        self.opened = 0
        self.lost = 0
        """How many replies the database has given that were lost."""
        self.reached = asyncio.Event()
        """Set once there is such a reply."""

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._writers)

    @property
    def silent(self) -> bool:
        """Whether nothing is forwarded, and nothing closed. What has come meanwhile is forwarded later."""
        return not self._flowing.is_set()

    @silent.setter
    def silent(self, silent: bool) -> None:
        if silent:
            self._flowing.clear()
        else:
            self._flowing.set()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        parts = urlsplit(self._upstream)
        folder = parse_qs(parts.query).get("host")
        if folder:
            return await asyncio.open_unix_connection(f"{folder[0]}/.s.PGSQL.{parts.port or 5432}")
        return await asyncio.open_connection(parts.hostname, parts.port or 5432)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        if self.refusing:
            writer.close()
            return
        self.opened += 1
        self._writers.add(writer)
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            with suppress(OSError):
                from_server, to_server = await self._connect()
                try:
                    await self._forward(reader, writer, from_server, to_server)
                finally:
                    to_server.close()
        finally:
            writer.close()
            self._writers.discard(writer)
            self._tasks.discard(task)

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
        from_server: asyncio.StreamReader, to_server: asyncio.StreamWriter,
    ) -> None:  # fmt: skip
        losing = False

        async def up() -> None:
            nonlocal losing
            while data := await reader.read(MAX_BYTES):
                await self._pass()
                losing = losing or self._loses(data)
                to_server.write(data)

        async def down() -> None:
            while data := await from_server.read(MAX_BYTES):
                await self._pass()
                if not losing:
                    writer.write(data)
                    continue
                self.lost += 1
                self.reached.set()
                if self.cut:
                    _reset(writer)
                    return

        tasks = [asyncio.create_task(up()), asyncio.create_task(down())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _loses(self, data: bytes) -> bool:
        return self.after is not None and self.after in data and self._chance.random() < self.share

    async def _pass(self) -> None:
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        await self._flowing.wait()

    def cut_all(self) -> None:
        """Reset all connections."""
        for writer in self._writers:
            _reset(writer)

    async def close(self) -> None:
        self.silent = False
        self.cut_all()
        await asyncio.gather(*self._tasks)


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


@asynccontextmanager
async def proxied(url: str, seed: int = 0) -> AsyncIterator[Proxy]:
    """Put a proxy before the database at a URL."""
    proxy = Proxy(url, seed)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    parts = urlsplit(url)
    place = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    user = parts.netloc.rpartition("@")[0]
    proxy.url = f"postgresql://{user}@{place}{parts.path}" if user else f"postgresql://{place}{parts.path}"
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
