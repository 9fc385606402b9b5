"""Heads, chunks and trailers over raw sockets: bounded as they arrive, and nothing after the head is a header."""

import asyncio
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterator

import orjson
import pytest

from tests.transport.raw_http import CHUNKED, GET, POST, Client, Echo, connected, listening

LIMIT = 16 * 1024
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
async def port() -> AsyncIterator[int]:
    async with listening(Echo()) as (port, _):
        yield port


@pytest.fixture
async def client(port: int) -> AsyncIterator[Client]:
    async with connected(port) as client:
        yield client


def padded(size: int) -> bytes:
    """A whole head of exactly that many bytes."""
    return GET + b"X-Pad: " + b"a" * (size - len(GET) - 11) + b"\r\n\r\n"


async def refused(client: Client) -> None:
    """Receive the answer to a head that is too large, and the end of the connection."""
    status, headers, body = await client.answer()
    (error,) = orjson.loads(body)["errors"]
    assert (status, error["extensions"]["code"]) == (431, "BAD_USER_INPUT")
    assert error["extensions"]["reason"] == "headers_too_large"
    assert (headers["connection"], headers["cache-control"]) == ("close", "no-store")
    assert headers["x-content-type-options"] == "nosniff"
    assert await client.ended() == b""


class TestHead:
    async def test_of_the_largest_size_is_taken(self, client: Client) -> None:
        for _ in range(2):
            await client.send(padded(LIMIT))
            assert (await client.answer())[0] == 200

    async def test_of_one_byte_more_is_not(self, client: Client) -> None:
        await client.send(padded(LIMIT))
        assert (await client.answer())[0] == 200
        await client.send(padded(LIMIT + 1))
        await refused(client)

    @pytest.mark.parametrize(
        ("start", "piece"),
        [
            (GET + b"X-Long: ", b"a"),
            (GET, b"a"),
            (b"GET /", b"a"),
            (GET, b"a:b\r\n"),
            (GET + b"X-Space:", b" "),
            (b"", b"\r\n"),
        ],
        ids=["value", "name", "target", "many", "spaces", "blank lines"],
    )
    async def test_without_an_end(self, port: int, start: bytes, piece: bytes) -> None:
        async with connected(port) as client:
            await client.send(start)
            sending = asyncio.create_task(client.send(*pieces(piece, 200)))
            await refused(client)
            sending.cancel()
            assert client.sent < 50 * MEGABYTE

    async def test_costs_neither_memory_nor_much_time(self, port: int) -> None:
        tracemalloc.start()
        started = time.process_time()
        async with connected(port) as client:
            await client.send(GET + b"X-Long: ", *(b"a" for _ in range(LIMIT - 100)))
            await client.send(*pieces(b"a", 20))
        cost = time.process_time() - started
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 8 * MEGABYTE
        assert cost < 20

    async def test_after_a_body_counts_from_its_own_start(self, client: Client) -> None:
        await client.send(POST + b"Content-Length: 100000\r\n\r\n" + b"b" * 100_000 + padded(LIMIT))
        assert len(orjson.loads((await client.answer())[2])["body"]) == 100_000
        assert (await client.answer())[0] == 200

    async def test_that_is_no_http(self, client: Client) -> None:
        await client.send(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")
        status, headers, body = await client.answer()
        assert (status, headers["cache-control"], headers["x-content-type-options"]) == (400, "no-store", "nosniff")
        assert orjson.loads(body)["errors"][0]["extensions"]["reason"] == "not_http"
        assert await client.ended() == b""

    async def test_another_client_is_served_after_all_that(self, client: Client) -> None:
        await client.send(GET + b"\r\n")
        assert (await client.answer())[0] == 200


class TestChunks:
    async def test_small_ones_are_taken(self, client: Client) -> None:
        await client.send(CHUNKED, b"1\r\na\r\n" * 20_000, b"fff\r\n" + b"b" * 4095 + b"\r\n", b"0\r\n\r\n")
        assert orjson.loads((await client.answer())[2])["body"] == "a" * 20_000 + "b" * 4095

    @pytest.mark.parametrize("start", [b"1;x=", b"1\r\na\r\n0\r\nX-Long: ", b"0\r\n", b"0\r\nX: "], ids=str)
    async def test_their_extensions_and_trailers_have_an_end(self, port: int, start: bytes) -> None:
        async with connected(port) as client:
            await client.send(CHUNKED, start)
            sending = asyncio.create_task(client.send(*pieces(b"a", 100)))
            await refused(client)
            sending.cancel()

    async def test_many_with_extensions_have_an_end(self, client: Client) -> None:
        sending = asyncio.create_task(client.send(CHUNKED, *[b"1;" + b"x" * 500 + b"\r\na\r\n"] * 50_000))
        await refused(client)
        sending.cancel()

    async def test_trailers_are_dropped(self, client: Client) -> None:
        trailers = b"Authorization: Bearer x\r\nX-Forwarded-For: 1.2.3.4\r\nExpect: 100-continue\r\n"
        await client.send(CHUNKED, b"5;a=b\r\nhello\r\n0\r\n" + trailers + b"\r\n")
        seen = orjson.loads((await client.answer())[2])
        assert seen == {
            "method": "POST", "body": "hello", "headers": [["host", "localhost"], ["transfer-encoding", "chunked"]],
        }  # fmt: skip
        await client.send(GET + b"X-Mine: 1\r\n\r\n")
        assert orjson.loads((await client.answer())[2])["headers"] == [["host", "localhost"], ["x-mine", "1"]]

    async def test_trailers_in_one_piece_with_the_head_are_dropped(self, client: Client) -> None:
        await client.send(CHUNKED + b"0\r\nAuthorization: Bearer x\r\n\r\n")
        assert "authorization" not in dict(orjson.loads((await client.answer())[2])["headers"])


class TestUpgrade:
    """RFC 9110, 7.8: a server may ignore an upgrade, and answers in the protocol of the request."""

    @pytest.mark.parametrize("piece", [1, 40, 10_000])
    async def test_to_h2c_is_ignored(self, client: Client, piece: int) -> None:
        upgrade = b"Connection: X-Other, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
        whole = POST + upgrade + b"Content-Length: 5\r\n\r\nhello" + GET + b"\r\n"
        await client.send(*(whole[start : start + piece] for start in range(0, len(whole), piece)))
        status, _, body = await client.answer()
        assert (status, orjson.loads(body)["body"]) == (200, "hello")
        assert orjson.loads((await client.answer())[2])["method"] == "GET"

    async def test_to_a_websocket_is_for_its_own_protocol(self, client: Client) -> None:
        key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        await client.send(GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n" + key + b"\r\n")
        assert (await client.reader.readline()).startswith(b"HTTP/1.1 403")

    async def test_connect_is_refused(self, client: Client) -> None:
        await client.send(b"CONNECT /x HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await client.answer())[0] == 400
        assert await client.ended() == b""


class TestPipeline:
    async def test_is_answered_in_order(self, client: Client) -> None:
        await client.send(b"".join(POST + b"Content-Length: 1\r\n\r\n%d" % number for number in range(10)))
        bodies = [orjson.loads((await client.answer())[2])["body"] for _ in range(10)]
        assert bodies == [str(number) for number in range(10)]

    async def test_is_read_no_faster_than_it_is_answered(self, client: Client) -> None:
        whole = POST + b"Content-Length: 15000\r\n\r\n" + b"b" * 15_000
        sending = asyncio.create_task(client.send(whole * 200))
        for _ in range(200):
            assert len(orjson.loads((await client.answer())[2])["body"]) == 15_000
        await sending

    async def test_that_is_too_long_ends_after_what_was_taken(self, client: Client) -> None:
        await client.send((GET + b"\r\n") * 5_000)
        answers = (await client.ended()).count(b"HTTP/1.1 200")
        assert 1 <= answers <= 100

    async def test_http_1_0_is_answered_and_ended(self, client: Client) -> None:
        await client.send(b"GET / HTTP/1.0\r\n\r\n")
        assert (await client.answer())[0] == 200
        assert await client.ended() == b""


def pieces(content: bytes, megabytes: int) -> Iterator[bytes]:
    """As much of the same content as that."""
    piece = content * (65_536 // len(content))
    return (piece for _ in range(megabytes * 16))
