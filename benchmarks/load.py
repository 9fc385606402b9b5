"""Load from wrk, and what came of it. Every load is bounded in time, and goes to 127.0.0.1 only."""

import itertools
import json
import subprocess
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks import cpu
from benchmarks.processes import Process

SCRIPT = Path(__file__).parent / "load.lua"
CONNECTIONS = 16
NUMBER = "@@"
"""Stands in a document for a number that differs in each of them."""
DOCUMENTS = itertools.count(0, 10_000_000)


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent; `address` is the client's, as a proxy would name it."""

    query: str
    body: bytes
    token: str
    address: str = ""

    @property
    def headers(self) -> dict[str, str]:
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.token}"}
        return headers | {"x-forwarded-for": self.address} if self.address else headers

    @classmethod
    def of(cls, query: str, text: str, variables: Mapping[str, Any], token: str, address: str = "") -> "Request":
        body = orjson.dumps({"query": text, "operationName": query, "variables": variables})
        return cls(query, body, token, address)


@dataclass(frozen=True, slots=True)
class Series:
    """Requests that are sent in turn."""

    requests: tuple[Request, ...]
    expected: str = ""
    """What each response must contain."""
    writes: bool = False
    sights: int = 0
    """How often each document is sent, whose NUMBER is another each time; 0 if there is one document only."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One load on one server. Times are milliseconds; `server` and `database` are CPU time for a request."""

    requests: int
    failures: int
    server: float
    database: float
    per_second: float
    p50: float
    p99: float

    @property
    def cpu(self) -> float:
        """Server and database together."""
        return self.server + self.database


def answer(process: Process, request: Request) -> bytes:
    """Send a request once."""
    asked = urllib.request.Request(process.url, request.body, request.headers)
    with urllib.request.urlopen(asked, timeout=60) as response:
        return bytes(response.read())


def load(process: Process, sent: Request | Series, seconds: int, connections: int = CONNECTIONS) -> Sample:
    """Load a server for some seconds, and read what CPU it and its backends of PostgreSQL took."""
    series = sent if isinstance(sent, Series) else Series((sent,))
    script = process_script(series)
    cpu.wait_until_idle(process.name)
    database, before, begun = cpu.snapshot(), process.cpu(), time.monotonic()
    ended = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency", "-s", str(script), process.url],
        capture_output=True, text=True, check=True, timeout=seconds + 60,
    )  # fmt: skip
    used, elapsed = process.cpu() - before, time.monotonic() - begun
    in_database = cpu.database_seconds(database, cpu.snapshot(), process.name, wal_writer=series.writes)
    told = json.loads(ended.stdout.splitlines()[-1])
    count = told["requests"]
    if not count:
        raise RuntimeError(f"{process.name} answered nothing to {series.requests[0].query}: {ended.stdout}")
    each = 1000 / count
    return Sample(count, told["failures"], used * each, in_database * each, count / elapsed, told["p50"], told["p99"])


def process_script(series: Series) -> Path:
    """Write the Lua that sends the requests."""
    from benchmarks.dataset import FOLDER

    script = FOLDER / "load.lua"
    lines = [f"sights, first = {series.sights}, {next(DOCUMENTS)}"]
    if series.expected:
        lines.append(f"expected = {_lua(series.expected)}")
    lines.append("requests = {")
    for one in series.requests:
        headers = ", ".join(f"[{_lua(name)}] = {_lua(value)}" for name, value in one.headers.items())
        lines.append(f"{{ body = {_lua(one.body.decode())}, headers = {{ {headers} }} }},")
    script.write_text("\n".join([*lines, "}", SCRIPT.read_text()]))
    return script


def _lua(text: str) -> str:
    return f" [==[{text}]==] "
