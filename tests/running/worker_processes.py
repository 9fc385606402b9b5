"""A server of several worker processes: which they are, and which of them has a connection."""

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.metrics.exposition import Exposition, scrape
from tests.patience import SECONDS
from tests.processes import Process

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
