"""What the numbers were measured on."""

import asyncio
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from benchmarks import dataset, peers
from benchmarks.processes import CORES, OTHER_CORES, SERVER_CORE

PACKAGES = ("strawberry-graphql", "graphql-core", "starlette", "uvicorn", "uvloop", "httptools", "asyncpg", "orjson")


def described(url: str, *, with_peers: bool) -> list[str]:
    """Describe the machine and all that took part."""

    def asked(setting: str) -> str:
        return str(asyncio.run(dataset.fetch(url, f"SHOW {setting}")))

    cpus = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in cpus if line.startswith("model name")), platform.machine())
    total = int(Path("/proc/meminfo").read_text().split()[1]) / 1024**2
    others = ", ".join(map(str, OTHER_CORES))
    lines = [
        f"{model}, {len(CORES)} cores, {total:.0f} GB of memory, {platform.system()} {platform.release()}",
        f"servers on core {SERVER_CORE}, PostgreSQL and wrk on core {others}",
        f"PostgreSQL {asked('server_version')} over a Unix socket, shared_buffers {asked('shared_buffers')}",
        f"Python {platform.python_version()}; " + ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    ]
    if with_peers:
        node = subprocess.run([peers.NODE, "--version"], capture_output=True, text=True, check=True).stdout.strip()
        named = ("postgraphile", "grafserv", "mercurius", "fastify", "graphql-jit", "graphql", "pg")
        lines.append(f"Node {node}; " + ", ".join(f"{name} {peers.version(name)}" for name in named))
    wrk = subprocess.run(["wrk", "--version"], capture_output=True, text=True, check=False)
    lines.append((wrk.stdout + wrk.stderr).partition("[")[0].strip())
    return lines
