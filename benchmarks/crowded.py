"""How long a cheap query of a customer takes while others load the server: by expensive operations, or by invalid ones.

One connection sends the cheap query again and again. Every load is bounded in number, and goes to 127.0.0.1 only.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import median

import orjson

from benchmarks.measure import OURS, python_servers
from benchmarks.processes import Process
from benchmarks.servers import stage

CROWDED = "crowded"
CHEAP = "{ viewer { id username } }"
EXPENSIVE = """{ products(first: 100) { nodes { id title description tags brand { id name }
    variants(first: 10) { id sku colorPrimary listings(first: 7) { id url price { amount currencyCode } } } } } }"""
EXPENSIVE_CONNECTIONS, EXPENSIVE_OPERATIONS = 8, 24
HOSTILE_CONNECTIONS, HOSTILE_DOCUMENTS = 16, 10_000
INVALID = [f"{{ {' '.join(f'a{n}x{at}: nothing' for at in range(25))} }}" for n in range(HOSTILE_DOCUMENTS)]
SPREADS = " ".join(f"...F{n}" for n in range(40))
FRAGMENTS = " ".join(
    f"fragment F{n} on Customer {{ wishlists(first: 1) {{ nodes {{ id name }} }} id }}" for n in range(40)
)
UNIQUE = [f"{{ viewer {{ {SPREADS} x{n}: id }} }} {FRAGMENTS}" for n in range(HOSTILE_DOCUMENTS // 5)]
"""Valid documents of about 800 tokens, each of which must be read anew."""
PAUSE = 0.01
ALONE = 300


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds that the cheap query took, and how many of the other requests were answered with each status."""

    p50: float
    p99: float
    worst: float
    others: dict[int, int]

    @classmethod
    def of(cls, seconds: list[float], others: Iterable[int] = ()) -> "Times":
        found: dict[int, int] = {}
        for status in others:
            found[status] = found.get(status, 0) + 1
        ordered = sorted(seconds)
        p99 = ordered[int(len(ordered) * 0.99)]
        return cls(median(ordered) * 1000, p99 * 1000, ordered[-1] * 1000, found)


class Connection:
    """A connection that is kept alive, without a client library that would need as much CPU as the server."""

    def __init__(self, port: int, token: str | None = None) -> None:
        self._port = port
        self._head = b"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\naccept: application/graphql-response+json\r\n"
        if token:
            self._head += f"authorization: Bearer {token}\r\n".encode()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, query: str) -> int:
        """Send a query, and give the status of the response."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        body = orjson.dumps({"query": query})
        writer.write(self._head + b"content-length: %d\r\n\r\n" % len(body) + body)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        return int(head.split(maxsplit=2)[1])

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()


def measured(environment: Mapping[str, str], collector: str) -> dict[str, Times]:
    """Measure on a server without limits of rate, and on one with the defaults."""
    found: dict[str, Times] = {}
    with python_servers((OURS,), environment, collector) as servers:
        found["alone"], found["beside expensive operations"] = asyncio.run(_expensive(servers[OURS], environment))
    limited = {**environment, stage.DEFAULT_LIMITS: "1"}
    with python_servers((OURS,), limited, collector) as servers:
        found["beside invalid documents"] = asyncio.run(_hostile(servers[OURS], environment, INVALID))
    with python_servers((OURS,), limited, collector) as servers:
        found["beside documents that are never the same"] = asyncio.run(_hostile(servers[OURS], environment, UNIQUE))
    return found


async def _expensive(server: Process, environment: Mapping[str, str]) -> tuple[Times, Times]:
    token = stage.token(environment["BENCHMARK_ISSUER_KEY"], "user_demo_omar")
    cheap = Connection(server.port, token)
    alone = [await _time(lambda: cheap.send(CHEAP)) for _ in range(ALONE)]
    others = [Connection(server.port, token) for _ in range(EXPENSIVE_CONNECTIONS)]
    loads = [_repeat(one, [EXPENSIVE] * (EXPENSIVE_OPERATIONS // len(others))) for one in others]
    return Times.of(alone), await _beside(cheap, loads)


async def _hostile(server: Process, environment: Mapping[str, str], documents: list[str]) -> Times:
    token = stage.token(environment["BENCHMARK_ISSUER_KEY"], "user_demo_omar")
    others = [Connection(server.port) for _ in range(HOSTILE_CONNECTIONS)]
    loads = [_repeat(one, documents[at :: len(others)]) for at, one in enumerate(others)]
    return await _beside(Connection(server.port, token), loads)


async def _beside(cheap: Connection, loads: list[Awaitable[list[int]]]) -> Times:
    """Time the cheap query until the load is done."""
    load = asyncio.gather(*loads)
    seconds = []
    while not load.done():
        seconds.append(await _time(lambda: cheap.send(CHEAP)))
        await asyncio.sleep(PAUSE)
    return Times.of(seconds, [status for statuses in await load for status in statuses])


async def _repeat(connection: Connection, queries: list[str]) -> list[int]:
    return [await connection.send(query) for query in queries]


async def _time(send: Callable[[], Awaitable[int]]) -> float:
    begun = time.perf_counter()
    status = await send()
    assert status == 200, status
    return time.perf_counter() - begun
