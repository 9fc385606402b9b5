"""Servers as processes, each pinned to one core, and what the kernel says that they have used."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks import cpu
from benchmarks.dataset import FOLDER, HERE, url_of

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = CORES[-1]
OTHER_CORES = CORES[:-1] or CORES
PATIENCE = 60.0
URL = "BENCHMARK_DATABASE_URL"


@dataclass(frozen=True, slots=True)
class Process:
    """A server that runs."""

    name: str
    port: int
    pid: int
    started_in: float
    """Seconds from its start to its first answer."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    def cpu(self) -> float:
        """Give the seconds of CPU that all of its threads have used."""
        return cpu.times(self.pid).own / cpu.TICK

    def memory(self, what: str = "VmHWM") -> float:
        """Give its peak resident memory, in MB, or with VmRSS the present one."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition(f"{what}:")[2].split(maxsplit=1)[0]) / 1024


def leave_server_core() -> None:
    """Keep this process and those that it starts, PostgreSQL and wrk, off the core of the servers."""
    os.sched_setaffinity(0, OTHER_CORES)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def running(name: str, command: Sequence[str], environment: Mapping[str, str], port: int) -> Iterator[Process]:
    """Run a server until the end of the block. It connects to the database as the role of its name."""
    own = {**environment, URL: url_of(environment[URL], name)}
    begun = time.monotonic()
    log = FOLDER / f"{name}.log"
    with log.open("wb") as output:
        child = subprocess.Popen(
            ["taskset", "-c", str(SERVER_CORE), *command],
            cwd=HERE.parent, env={**os.environ, **own}, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        while not _answers(port):
            if child.poll() is not None or time.monotonic() - begun > PATIENCE:
                sys.exit(f"{name} does not start; {log} ends with:\n{log.read_text()[-2000:]}")
            time.sleep(0.01)
        yield Process(name, port, child.pid, time.monotonic() - begun)
    finally:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(10)
        if child.poll() is None:
            child.kill()
            child.wait()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def python(name: str, port: int, collector: str) -> list[str]:
    """Give the command of one of the Python servers."""
    return [sys.executable, "-m", "benchmarks.servers.run", name, str(port), collector]
