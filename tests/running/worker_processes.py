"""A server of several worker processes: which they are, and which of them has a connection."""

import asyncio
import re
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx2

from tests.metrics.exposition import Exposition, scrape
from tests.patience import SECONDS
from tests.people import Person
from tests.processes import Process
from tests.transport.wires import Wire, greeted

ESTABLISHED = "01"


def workers(process: Process) -> list[int]:
    """The ids of its worker processes, also those that are just starting."""
    return [pid for pid in children(process.child.pid) if b"server.py\0worker\0" in command(pid)]


def children(pid: int) -> set[int]:
    """The processes that a process has started."""
    return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def command(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def metrics_folder(pid: int) -> Path:
    """Where a worker process keeps its metrics: it has mapped files there into its memory."""
    found = re.search(r"(/\S*/clientele-metrics-[^/]+)/", Path(f"/proc/{pid}/maps").read_text())
    assert found
    return Path(found[1])


def serves(process: Process, port: int) -> int | None:
    """Which worker has accepted the connection from a port of this machine."""
    here = int(process.address.rpartition(":")[2])
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, state, *rest = line.split()
        if (int(local.split(":")[1], 16), int(remote.split(":")[1], 16), state) == (here, port, ESTABLISHED):
            return next((pid for pid in workers(process) if f"socket:[{rest[5]}]" in open_files(pid)), None)
    return None


def open_files(pid: int) -> set[str]:
    found = set()
    with suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                found.add(str(entry.readlink()))
    return found


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.05)


async def metrics_of(http: Any, processes: int) -> Exposition:
    """The metrics once so many processes are in their sums."""
    async with asyncio.timeout(SECONDS):
        while (found := await scrape(http)).value("clientele_worker_processes") != processes:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.05)
    return found


async def connected(stack: AsyncExitStack, process: Process, person: Person) -> dict[int, Wire]:
    """A WebSocket to each worker: which one takes a connection is up to them."""
    found: dict[int, Wire] = {}
    async with asyncio.timeout(SECONDS):
        while len(found) < 2:
            async with AsyncExitStack() as opened:
                wire = await opened.enter_async_context(greeted(process.address, person.graph.token))
                pid = serves(process, wire.connection.local_address[1])
                assert pid
                if found.setdefault(pid, wire) is wire:
                    stack.push_async_exit(opened.pop_all())
    return found


def scraped_by(process: Process) -> tuple[int | None, Exposition]:
    """Metrics over a connection of its own, and the worker that answered."""
    asked = HTTPConnection(process.address.removeprefix("http://"), timeout=SECONDS)
    try:
        asked.request("GET", "/metrics")
        text = asked.getresponse().read().decode()
        return serves(process, asked.sock.getsockname()[1]), Exposition(text)
    finally:
        asked.close()


def client(process: Process) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=process.address, timeout=SECONDS)


async def answer(wire: Wire, id: str) -> object:
    """The data of the next result of an operation, whatever else comes before it."""
    while True:
        message = await wire.hear()
        if message.get("id") == id and message["type"] == "next":
            return message["payload"]["data"]
