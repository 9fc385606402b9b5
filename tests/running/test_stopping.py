"""SIGTERM: not ready first, then no new connections, while what is under way is answered; a second one ends it at once."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx2
import pytest

from settings import Settings
from tests.graph import Graph
from tests.patience import SECONDS
from tests.people import Person, World
from tests.processes import SERVER, Process

IMPORTING = """
import os, runpy, sys

class Finder:
    def find_spec(self, name, *_):
        if name == "typer":
            os.kill(os.getpid(), int(sys.argv[2]))

sys.meta_path.insert(0, Finder())
runpy.run_path("server.py", run_name="__main__")
"""
CREATE = 'mutation { createWishlist(input: {name: "Late"}) { wishlist { name } } }'
LONG_DRAIN = 10


@pytest.fixture
def started(
    settings: Settings, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[float], object]:
    """Start a server that drains for so many seconds."""

    @asynccontextmanager
    async def start(drain: float) -> AsyncIterator[Process]:
        process = Process(
            settings.data_folder, tmp_path_factory.mktemp("stopping"),
            DATABASE_URL=database_url, PUBLIC_URL=settings.server.public_url, SHUTDOWN_DRAIN_SECONDS=str(drain),
        )  # fmt: skip
        await asyncio.to_thread(process.wait)
        try:
            yield process
        finally:
            if process.child.poll() is None:
                process.child.send_signal(signal.SIGKILL)
                process.child.wait()
            process.said.close()

    return start


async def not_ready(http: httpx2.AsyncClient) -> httpx2.Response:
    """Wait until it says that it stops."""
    async with asyncio.timeout(SECONDS):
        while (answer := await http.get("/health/ready")).status_code == 200:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
    return answer


@asynccontextmanager
async def waiting_mutation(
    world: World, http: httpx2.AsyncClient, person: Person
) -> AsyncIterator[asyncio.Task[httpx2.Response]]:
    """A mutation that waits in PostgreSQL until the block ends."""
    graph = Graph(http, person.graph.token)
    await graph("{ viewer { id } }")
    async with world.database.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM customer WHERE id = $1 FOR UPDATE", person.key)
        sent = asyncio.create_task(graph.send(CREATE))
        async with asyncio.timeout(SECONDS):
            while not await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110 - the event is in PostgreSQL
                await asyncio.sleep(0.01)
        yield sent


class TestDrain:
    """Between the signal and the end of listening."""

    async def test_serves_on_but_is_not_ready(self, started: Callable, world: World) -> None:  # type: ignore[type-arg]
        async with started(LONG_DRAIN / 2) as process:
            async with httpx2.AsyncClient(base_url=process.address, timeout=SECONDS) as http:
                process.child.send_signal(signal.SIGTERM)
                answer = await not_ready(http)
                assert (answer.status_code, answer.json()["status"]) == (503, "stopping")
                assert (await http.get("/health/live")).status_code == 200
                assert (await Graph(http)("{ __typename }"))["__typename"] == "Query"
            async with httpx2.AsyncClient(base_url=process.address, timeout=SECONDS) as new:
                assert (await Graph(new)("{ __typename }"))["__typename"] == "Query"
            assert await asyncio.to_thread(process.child.wait, SECONDS) == 0

    async def test_what_is_under_way_is_answered(self, started: Callable, world: World) -> None:  # type: ignore[type-arg]
        me = await world.person()
        async with started(0) as process, httpx2.AsyncClient(base_url=process.address, timeout=SECONDS) as http:
            async with waiting_mutation(world, http, me) as sent:
                process.child.send_signal(signal.SIGTERM)
                async with asyncio.timeout(SECONDS), httpx2.AsyncClient(base_url=process.address) as new:
                    with pytest.raises(httpx2.TransportError):  # noqa: PT012 - as soon as it does not listen any more
                        while True:
                            await new.get("/health/live", headers={"connection": "close"})
                assert process.child.poll() is None
            assert (await sent).json()["data"] == {"createWishlist": {"wishlist": {"name": "Late"}}}
            assert await asyncio.to_thread(process.child.wait, SECONDS) == 0

    async def test_a_second_signal_ends_it_at_once(self, started: Callable, world: World) -> None:  # type: ignore[type-arg]
        """Neither the drain nor what is under way is waited for; the mutation is undone."""
        me = await world.person()
        async with (
            started(LONG_DRAIN) as process,
            httpx2.AsyncClient(base_url=process.address, timeout=SECONDS) as http,
        ):
            async with waiting_mutation(world, http, me) as sent:
                process.child.send_signal(signal.SIGTERM)
                await not_ready(http)
                process.child.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(process.child.wait, SECONDS) == 0, "while the row is still locked"
            (ended,) = await asyncio.gather(sent, return_exceptions=True)
            assert isinstance(ended, BaseException) or ended.status_code == 500
        count = await world.value("SELECT count(*) FROM wishlist WHERE owner_id = $1 AND NOT is_default", me.key)
        assert count == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_during_the_imports_ends_it_in_order(number: signal.Signals) -> None:
    command = [sys.executable, "-c", IMPORTING, "serve", str(int(number))]
    done = subprocess.run(command, cwd=SERVER.parent, capture_output=True, timeout=SECONDS, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
