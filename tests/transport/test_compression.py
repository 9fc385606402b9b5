"""Compression of responses by what the client takes (X9)."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable
from threading import Event
from typing import Any

import brotli
import httpx2
import orjson
import pytest
import zstandard

from tests.graph import Graph
from tests.patience import SECONDS
from tests.people import World
from tests.transport.small_graph import executed, serving
from tests.transport.wires import QUEUE
from transport.compression import CODINGS, MAX_INLINE_BYTES, MIN_BYTES, Coding

DECODE: dict[str, Callable[[bytes], bytes]] = {
    "zstd": zstandard.decompress,
    "br": brotli.decompress,
    "gzip": lambda body: zlib.decompress(body, wbits=31),
}
LONG = "حرير " * 400


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with serving() as served:
        yield served


async def ask(
    client: httpx2.AsyncClient, accept: str | None, name: str = LONG, fields: str = "hello(name: $n)"
) -> tuple[httpx2.Headers, bytes]:
    """Ask for a text, and give the headers and the body as it was sent."""
    members = {"query": f"query Q($n: String!) {{ {fields} }}", "variables": {"n": name}}
    request = client.build_request("POST", "/graphql", json=members)
    request.headers.pop("accept-encoding", None)
    if accept is not None:
        request.headers["accept-encoding"] = accept
    response = await client.send(request, stream=True)
    try:
        return response.headers, b"".join([part async for part in response.aiter_raw()])
    finally:
        await response.aclose()


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip, deflate", "gzip"),
        ("GZIP", "gzip"),
        ("*", "zstd"),
        ("zstd;q=0, *", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("identity;q=0.5, gzip", "gzip"),
        ("gzip;q=0.5, identity", None),
        ("identity", None),
        ("deflate", None),
        ("gzip;q=0", None),
        ("", None),
        (None, None),
    ],
)
async def test_coding(client: httpx2.AsyncClient, accept: str | None, coding: str | None) -> None:
    headers, body = await ask(client, accept)
    assert headers.get("content-encoding") == coding
    assert headers.get("vary") == ("accept-encoding" if coding else None)
    assert int(headers["content-length"]) == len(body)
    plain = DECODE[coding](body) if coding else body
    assert orjson.loads(plain) == {"data": {"hello": LONG}}
    assert (len(body) < len(plain) / 4) == bool(coding)


async def test_small_ones_are_sent_as_they_are(client: httpx2.AsyncClient) -> None:
    around = len(b'{"data":{"hello":""}}')
    assert "content-encoding" not in (await ask(client, "gzip", "x" * (MIN_BYTES - around - 1)))[0]
    assert "content-encoding" in (await ask(client, "gzip", "x" * (MIN_BYTES - around)))[0]


async def test_large_ones(client: httpx2.AsyncClient) -> None:
    """They are compressed in a thread."""
    name, count = "x" * 20_000, MAX_INLINE_BYTES // 20_000 + 1
    headers, body = await ask(client, "br", name, " ".join(f"a{n}: hello(name: $n)" for n in range(count)))
    assert headers["content-encoding"] == "br"
    assert orjson.loads(DECODE["br"](body)) == {"data": {f"a{n}": name for n in range(count)}}


async def test_many_large_ones_leave_threads_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of hosts are looked up in those of asyncio."""
    finish = Event()
    monkeypatch.setitem(CODINGS, b"gzip", lambda body: body if finish.wait(SECONDS) else b"")
    body = b"x" * (MAX_INLINE_BYTES + 1)
    encoding = [asyncio.create_task(Coding(b"gzip").encode(body)) for _ in range(100)]
    await asyncio.sleep(0)  # all have begun
    try:
        async with asyncio.timeout(SECONDS / 2):
            assert await asyncio.get_running_loop().getaddrinfo("localhost", 80)
        assert not any(task.done() for task in encoding)
    finally:
        finish.set()
        encoded = await asyncio.gather(*encoding)
    assert {one for one, _ in encoded} == {body}


async def test_a_client_that_takes_nothing_as_it_is(client: httpx2.AsyncClient) -> None:
    headers, body = await ask(client, "identity;q=0, gzip", "Ali")
    assert headers["content-encoding"] == "gzip"
    assert orjson.loads(DECODE["gzip"](body)) == {"data": {"hello": "Ali"}}


@pytest.mark.parametrize("accept", ["identity;q=0", "*;q=0", "deflate, *;q=0", "identity;q=0, compress"])
async def test_a_client_that_takes_nothing(client: httpx2.AsyncClient, accept: str) -> None:
    """It is told before anything is executed."""
    before = len(executed)
    response = await client.post("/graphql", json={"query": "mutation { add }"}, headers={"accept-encoding": accept})
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["reason"]) == (406, "accept_encoding")
    assert len(executed) == before


async def test_streams_are_not_held_back(world: World) -> None:
    """Events arrive one by one, so nothing waits in a compressor."""
    solver = await world.solver()
    asking = {"accept": "text/event-stream", "accept-encoding": "gzip, br, zstd"}
    asking["authorization"] = f"Bearer {solver.graph.token}"
    request = {"query": QUEUE}
    async with world.http.stream("POST", "/graphql", json=request, headers=asking) as response:
        assert (response.status_code, response.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert "content-encoding" not in response.headers


async def test_pages_of_other_origins(world: World) -> None:
    """Both headers say what an answer depends on."""
    graph: Graph = world.nobody
    headers = {"origin": "http://localhost:5173", "accept-encoding": "gzip"}
    query: Any = {"query": "{ __schema { types { name description } } }"}
    answer = await graph.http.post("/graphql", json=query, headers=headers)
    assert answer.headers["vary"] == "accept-encoding, Origin"
    assert answer.json()["data"]["__schema"]["types"]
