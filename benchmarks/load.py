"""Load from wrk, and what came of it. Every load is bounded in time, and goes to 127.0.0.1 only."""

import json
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks.processes import Process

SCRIPT = Path(__file__).parent / "load.lua"
CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent."""

    query: str
    body: bytes
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"content-type": "application/json", "authorization": f"Bearer {self.token}"}

    @classmethod
    def of(cls, query: str, text: str, variables: dict[str, Any], token: str) -> "Request":
        return cls(query, orjson.dumps({"query": text, "operationName": query, "variables": variables}), token)


@dataclass(frozen=True, slots=True)
class Sample:
    """One load on one server. Times are milliseconds."""

    requests: int
    failures: int
    cpu: float
    per_second: float
    p50: float
    p99: float


def answer(process: Process, request: Request) -> bytes:
    """Send a request once."""
    asked = urllib.request.Request(process.url, request.body, request.headers)
    with urllib.request.urlopen(asked, timeout=60) as response:
        return bytes(response.read())


def load(process: Process, request: Request, seconds: int, connections: int = CONNECTIONS) -> Sample:
    """Load a server for some seconds, and read what CPU it took."""
    script = process_script(request)
    before, begun = process.cpu(), time.monotonic()
    ended = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency", "-s", str(script), process.url],
        capture_output=True, text=True, check=True, timeout=seconds + 60,
    )  # fmt: skip
    cpu, elapsed = process.cpu() - before, time.monotonic() - begun
    told = json.loads(ended.stdout.splitlines()[-1])
    count = told["requests"]
    if not count:
        raise RuntimeError(f"{process.name} answered nothing to {request.query}: {ended.stdout}")
    return Sample(count, told["failures"], 1000 * cpu / count, count / elapsed, told["p50"], told["p99"])


def process_script(request: Request) -> Path:
    """Write the Lua that sends the request."""
    from benchmarks.dataset import FOLDER

    script = FOLDER / "load.lua"
    lines = ['wrk.method = "POST"', f"wrk.body = {_lua(request.body.decode())}"]
    lines += [f"wrk.headers[ {_lua(name)} ] = {_lua(value)}" for name, value in request.headers.items()]
    script.write_text("\n".join([*lines, SCRIPT.read_text()]))
    return script


def _lua(text: str) -> str:
    return "[==[" + text + "]==]"
