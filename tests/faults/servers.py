"""Server processes over one database, which are killed and started again while clients go on."""

import asyncio
import random
import signal
from itertools import count
from pathlib import Path

import httpx2
import pytest

from settings import RateLimitSettings
from tests.patience import SECONDS
from tests.processes import Process

TRIES = 3
"""Another process may take the free port before the server does."""
FREE = dict.fromkeys(
    (*RateLimitSettings.model_fields, "mutations_at_once", "connections_per_address", "connections_per_viewer",
     "cost_points", "cost_points_per_second", "cost_points_anonymous", "cost_points_per_second_anonymous"), 1_000_000,
)  # fmt: skip
DEADLINES = {"operation_seconds": 10, "statement_seconds": 5, "lock_seconds": 2, "pool_wait_seconds": 2}
ENVIRONMENT = {name.upper(): str(value) for name, value in (FREE | DEADLINES).items()}
"""No client is limited; deadlines are those of production."""


class Servers:
    """Those that run, by one set of variables over one folder."""

    def __init__(self, folder: Path, logs: Path, **environment: str) -> None:
        self._folder, self._logs = folder, logs
        self._environment = ENVIRONMENT | environment
        self._numbers = count()
        self._made: list[Process] = []
        self.ready: list[Process] = []

    def use(self, **environment: str) -> None:
        """Change variables of those that are started from now on."""
        self._environment |= environment

    async def start(self) -> Process:
        """Start one more, and wait until it is ready."""
        for _ in range(TRIES):
            logs = self._logs / f"server{next(self._numbers)}"
            logs.mkdir(parents=True)
            process = Process(self._folder, logs, **self._environment)
            self._made.append(process)
            if await is_ready(process):
                self.ready.append(process)
                return process
        pytest.fail(process.text())

    def kill(self, process: Process) -> None:
        """`kill -9`: it writes nothing more, and answers nobody."""
        self.ready.remove(process)
        process.end(signal.SIGKILL)

    def address(self, random: random.Random) -> str | None:
        """The address of one that was ready when last seen."""
        return random.choice(self.ready).address if self.ready else None

    def logs(self) -> str:
        """What all of them have logged."""
        return "".join(process.text() for process in self._made)

    def close(self) -> None:
        """End all that still run."""
        for process in self._made:
            if process.child.poll() is None:
                process.end(signal.SIGKILL)
            process.said.close()


async def is_ready(process: Process, seconds: float = SECONDS) -> bool:
    """Wait until a server is ready; False if it has ended."""
    async with asyncio.timeout(seconds), httpx2.AsyncClient(timeout=seconds) as http:
        while process.child.poll() is None:
            try:
                if (await http.get(f"{process.address}/health/ready")).is_success:
                    return True
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.05)
    return False
