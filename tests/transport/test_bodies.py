"""Hostile bodies on real sockets: refused, remembered by nobody, and the server goes on."""

import asyncio
import gzip
import json
import tracemalloc
from collections.abc import AsyncIterator

import httpx2
import pytest
from structlog.testing import capture_logs

from tests.transport.small_graph import GRAPHQL, LEGACY, only_error, serving, still_serves


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with serving() as served:
        yield served


async def raw(client: httpx2.AsyncClient, head: str, *parts: bytes, leave: bool = False) -> bytes:
    """Speak HTTP by hand and give all that comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
    writer.write(f"POST /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{head}\r\n\r\n".encode())
    for part in parts:
        writer.write(part)
        await writer.drain()
    answer = b"" if leave else await asyncio.wait_for(reader.read(), 10)
    writer.close()
    await writer.wait_closed()
    return answer


BODIES = {
    "null": (b"null", {}, 400), "a string": (b'"x"', {}, 400), "a number": (b"1", {}, 400), "a list": (b"[]", {}, 400),
    "nothing": (b"", {}, 400), "half": (b'{"query":"{ hel', {}, 400), "BOM": (b'\xef\xbb\xbf{"query":"{a}"}', {}, 400),
    "UTF-16": ('{"query":"{a}"}'.encode("utf-16"), {}, 400), "0xFF": (b'{"query":"\xff"}', {}, 400),
    "deep": (b'{"query":"{a}","variables":{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}}", {}, 400),
    "a long integer": (b'{"query":"{a}","variables":{"a":' + b"1" * 5_000 + b"}}", {}, 400),
    "1e400": (b'{"query":"{a}","variables":{"a":1e400}}', {}, 400),
    "NaN": (b'{"query":"{a}","variables":{"a":NaN}}', {}, 400),
    "gzip": (gzip.compress(b'{"query":"{a}"}'), {"content-encoding": "gzip"}, 415),
    "a form": (b"query={a}", {"content-type": "application/x-www-form-urlencoded"}, 415),
    "no type": (b'{"query":"{a}"}', {"content-type": ""}, 415),
    "too large": (b'{"query":"' + b"a" * 102_400 + b'"}', {}, 413),
}  # fmt: skip


class TestHostileBodies:
    @pytest.mark.parametrize("name", BODIES)
    async def test_are_refused_and_the_connection_lives(self, client: httpx2.AsyncClient, name: str) -> None:
        content, headers, status = BODIES[name]
        kind = {"content-type": "application/json"}
        for media in (GRAPHQL, LEGACY):
            response = await client.post("/graphql", content=content, headers={**kind, **media, **headers})
            assert (response.status_code, only_error(response)["extensions"]["code"]) == (status, "BAD_USER_INPUT")
            assert len(only_error(response)["message"]) < 200
            await still_serves(client)

    async def test_50_megabytes_in_chunks_take_no_memory(self, client: httpx2.AsyncClient) -> None:
        piece = b"a" * 65_536

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(800):
                yield piece

        tracemalloc.start()
        response = await client.post("/graphql", content=pieces(), headers={"content-type": "application/json"})
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert response.status_code == 413
        assert peak < 2_000_000
        await still_serves(client)

    async def test_a_length_that_promises_too_much_waits_for_nobody(self, client: httpx2.AsyncClient) -> None:
        head = "content-type: application/json\r\ncontent-length: {}"
        assert (await raw(client, head.format(10**12), b"{")).startswith(b"HTTP/1.1 413 ")
        with capture_logs() as logs:
            await raw(client, head.format(1_000), b'{"query":', leave=True)
            await still_serves(client)
        assert logs == []

    async def test_a_length_that_promises_too_little_is_half_a_body(self, client: httpx2.AsyncClient) -> None:
        head = "content-type: application/json\r\ncontent-length: 10"
        assert (await raw(client, head, b'{"query":"{ hello }"}')).startswith(b"HTTP/1.1 400 ")
        await still_serves(client)

    async def test_a_body_that_does_not_come_is_408(self) -> None:
        async with serving(seconds=0.05) as client:
            answer = await raw(client, "content-type: application/json\r\ncontent-length: 100", b"{")
            assert answer.startswith(b"HTTP/1.1 408 ")
            assert json.loads(answer.partition(b"\r\n\r\n")[2])["errors"][0]["extensions"]["reason"] == "body_too_slow"
