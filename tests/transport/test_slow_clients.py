"""Clients that send slowly, or nothing, or never read: none keeps a connection open for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import orjson
import pytest
from starlette.types import Receive, Scope, Send

from tests.transport.raw_http import CHUNKED, GET, POST, Client, Echo, connected, listening, reply
from tests.transport.wires import until
from transport.uvicorn_server import Server

SHORT = {"head_seconds": 0.5, "idle_seconds": 0.5, "write_stall_seconds": 0.5}
"""Long enough for a busy machine to send a whole head in."""
LONG = 100.0


@pytest.fixture(scope="module")
async def impatient() -> AsyncIterator[int]:
    """A server that waits for nothing."""
    async with listening(Echo(), **SHORT) as (port, _):
        yield port


async def open_connections(server: Server, count: int) -> None:
    await until(lambda: len(server.server_state.connections) == count)


class TestHead:
    @pytest.mark.parametrize("start", [b"", b"\r\n", b"POST", GET, POST + b"Content-Length"], ids=str)
    async def test_that_never_ends(self, impatient: int, start: bytes) -> None:
        async with connected(impatient) as client:
            await client.send(start)
            assert await client.ended() == b""

    async def test_that_comes_byte_by_byte(self, impatient: int) -> None:
        async with connected(impatient) as client:
            await client.send(GET)
            sending = asyncio.create_task(trickle(client, b"a"))
            assert await client.ended() == b""
            sending.cancel()

    async def test_after_an_answer(self, impatient: int) -> None:
        async with connected(impatient) as client:
            await client.send(GET + b"\r\n" + GET)
            assert (await client.answer())[0] == 200
            assert await client.ended() == b""

    async def test_300_of_them_and_300_that_are_silent(self) -> None:
        async with listening(Echo(), head_seconds=2.0, idle_seconds=LONG) as (port, server):
            async with asyncio.TaskGroup() as group:
                for number in range(600):
                    group.create_task(half_a_head(port, number % 2 * GET))
            await open_connections(server, 0)


class TestIdle:
    async def test_connections_are_closed(self) -> None:
        async with listening(Echo(), head_seconds=LONG, idle_seconds=0.5) as (port, _), connected(port) as client:
            await client.send(GET + b"\r\n")
            assert (await client.answer())[0] == 200
            assert await client.ended() == b""

    async def test_blank_lines_keep_none_open(self) -> None:
        async with listening(Echo(), head_seconds=LONG, idle_seconds=0.5) as (port, _), connected(port) as client:
            await client.send(GET + b"\r\n")
            assert (await client.answer())[0] == 200
            sending = asyncio.create_task(trickle(client, b"\r\n"))
            assert await client.ended() == b""
            sending.cancel()

    async def test_is_not_the_head_that_comes_late_but_in_time(self) -> None:
        async with listening(Echo(), head_seconds=0.5, idle_seconds=LONG) as (port, _), connected(port) as client:
            await client.send(GET + b"\r\n")
            assert (await client.answer())[0] == 200
            await asyncio.sleep(1.2)
            await client.send(GET + b"\r\n")
            assert (await client.answer())[0] == 200


class TestWorkUnderWay:
    async def test_takes_as_long_as_it_takes(self) -> None:
        async def slow(scope: Scope, receive: Receive, send: Send) -> None:
            await asyncio.sleep(1.5)
            await Echo()(scope, receive, send)

        async with listening(slow, **SHORT) as (port, _), connected(port) as client:
            await client.send(GET + b"\r\n" + GET)
            assert (await client.answer())[0] == 200
            assert await client.ended() == b""

    async def test_a_body_may_come_slowly(self, impatient: int) -> None:
        """How long it may take is a matter of the application, which has its own deadline."""
        async with connected(impatient) as client:
            await client.send(POST + b"Content-Length: 2\r\n\r\na")
            await asyncio.sleep(1.2)
            await client.send(b"b")
            assert orjson.loads((await client.answer())[2])["body"] == "ab"

    async def test_the_rest_of_a_refused_body_must_come_soon(self, impatient: int) -> None:
        async with connected(impatient) as client:
            await client.send(CHUNKED.replace(b"POST /", b"POST /hasty"), b"1\r\na\r\n")
            assert (await client.answer())[0] == 200
            sending = asyncio.create_task(trickle(client, b"1\r\na\r\n"))
            assert await client.ended() == b""
            sending.cancel()

    async def test_the_connection_is_used_again_after_such_a_rest(self) -> None:
        async with listening(Echo(), head_seconds=LONG, idle_seconds=0.5) as (port, _), connected(port) as client:
            await client.send(CHUNKED.replace(b"POST /", b"POST /hasty"), b"1\r\na\r\n")
            assert (await client.answer())[0] == 200
            await client.send(b"0\r\n\r\n" + GET + b"\r\n")
            assert (await client.answer())[0] == 200
            assert await client.ended() == b""


class TestClientsThatNeverRead:
    @pytest.mark.parametrize("version", [b"1.1", b"1.0"])
    async def test_are_cut_off(self, version: bytes) -> None:
        head = GET.replace(b"/ ", b"/large ").replace(b"1.1", version)
        async with listening(Echo(), write_stall_seconds=0.5) as (port, server), AsyncExitStack() as stack:
            for _ in range(10):
                client = await stack.enter_async_context(connected(port, receive_buffer=4096))
                client.writer.transport.pause_reading()  # type: ignore[attr-defined]
                await client.send(head + b"\r\n")
            await until(lambda: server.server_state.total_requests == 10)
            await open_connections(server, 0)

    async def test_pipelined_requests_end_with_the_connection(self) -> None:
        ended = []

        async def slow(scope: Scope, receive: Receive, send: Send) -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            await reply(send, 200, b"x")
            ended.append(scope["path"])

        async with listening(slow) as (port, server):
            async with connected(port) as client:
                await client.send((GET + b"\r\n") * 3)
                await until(lambda: len(server.server_state.tasks) == 1)
            await until(lambda: len(server.server_state.tasks) == 0)
            assert ended == ["/"]

    async def test_who_reads_slowly_gets_everything(self) -> None:
        async with (
            listening(Echo(), write_stall_seconds=2.0) as (port, _),
            connected(port, receive_buffer=65_536) as client,
        ):
            await client.send(GET.replace(b"/ ", b"/large ") + b"Connection: close\r\n\r\n")
            size = 0
            while piece := await client.reader.read(500_000):
                size += len(piece)
                await asyncio.sleep(0.01)
            assert size > 20_000_000


class TestShutdown:
    async def test_ends_idle_connections_and_finishes_requests(self) -> None:
        started = asyncio.Event()

        async def slow(scope: Scope, receive: Receive, send: Send) -> None:
            started.set()
            await asyncio.sleep(1)
            await Echo()(scope, receive, send)

        async with listening(slow) as (port, server), connected(port) as idle, connected(port) as busy:
            await busy.send(GET + b"\r\n")
            await started.wait()
            server.should_exit = True
            assert await idle.ended() == b""
            status, headers, _ = await busy.answer()
            assert (status, headers["connection"]) == (200, "close")


async def trickle(client: Client, piece: bytes) -> None:
    while True:
        await client.send(piece)
        await asyncio.sleep(0.05)


async def half_a_head(port: int, start: bytes) -> None:
    async with connected(port) as client:
        await client.send(start)
        assert await client.ended() == b""
