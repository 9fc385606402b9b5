"""A TCP proxy before PostgreSQL, which can lose an answer, stop answering, or cut connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, urlsplit


class Proxy:
    """Forwards bytes. From a request that contains `after` on, nothing comes back: cut off, or only silence."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.url = ""
        self.after: bytes | None = None
        self.cut = False
        self.silent = False
        self.refusing = False
        self.opened = 0
        self.reached = asyncio.Event()
        """Set once `after` was met and the database has answered it."""

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._writers)

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
        lost = False

        async def up() -> None:
            nonlocal lost
            while data := await reader.read(65536):
                lost = lost or (self.after is not None and self.after in data)
                if not self.silent:
                    to_server.write(data)

        async def down() -> None:
            while data := await from_server.read(65536):
                if lost:
                    self.reached.set()
                    if self.cut:
                        return
                elif not self.silent:
                    writer.write(data)

        tasks = [asyncio.create_task(up()), asyncio.create_task(down())]
        with suppress(OSError):
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def cut_all(self) -> None:
        """End all connections."""
        for writer in self._writers:
            writer.transport.abort()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[Proxy]:
    """Put a proxy before the database at a URL."""
    proxy = Proxy(url)
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
