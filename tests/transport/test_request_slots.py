"""More requests than a process can work on: a few wait, and the rest are refused before their bodies are read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple

import httpx2
import orjson
import pytest
from structlog.testing import capture_logs
from websockets.asyncio.client import connect

import application
from auth.secrets import Secrets
from settings import ConnectionSettings, Settings
from tests.conftest import serving as serving_application
from tests.patience import SECONDS
from tests.transport.raw_http import Client, connected
from tests.transport.small_graph import ask, holding, only_error, released, serving, still_serves
from tests.transport.wires import PROTOCOL, until
from tests.variables import changed
from tests.webhooks.clerk import Sender, user
from transport.request_slots import RequestSlots

HEAD = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\r\n"
BODY = b'{"query":"{ hello }"}'
LIMITS = {"concurrent_requests": 2, "queued_requests": 3, "queue_seconds": SECONDS}


class Busy(NamedTuple):
    """A server that is at work on as many requests as it may be."""

    http: httpx2.AsyncClient
    slots: RequestSlots
    at_work: list[asyncio.Task[httpx2.Response]]

    async def wait_in_line(self, count: int) -> list[asyncio.Task[httpx2.Response]]:
        """Send requests that have to wait."""
        tasks = [asyncio.create_task(ask(self.http, "{ hello }")) for _ in range(count)]
        await until(lambda: self.slots.waiting == count)
        return tasks


@asynccontextmanager
async def busy(**limits: Any) -> AsyncIterator[Busy]:
    slots = RequestSlots(ConnectionSettings(**LIMITS | limits))
    released.clear()
    holding.clear()
    async with serving(slots=slots, seconds=SECONDS) as http:
        http.timeout = SECONDS
        at_work = [asyncio.create_task(ask(http, "{ held }")) for _ in range(2)]
        try:
            await until(lambda: len(holding) == 2)
            yield Busy(http, slots, at_work)
        finally:
            released.set()
            await asyncio.gather(*at_work)
            await still_serves(http)


def overloaded(response: httpx2.Response) -> None:
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert only_error(response)["extensions"] == {"code": "UNAVAILABLE", "retryable": True, "reason": "overloaded"}


class TestWaiting:
    async def test_ends_with_a_free_slot(self) -> None:
        async with busy() as server:
            waiting = await server.wait_in_line(3)
            released.set()
            for response in await asyncio.gather(*waiting):
                assert response.json() == {"data": {"hello": "you"}}
            assert server.slots.waiting == 0

    async def test_has_an_end(self) -> None:
        async with busy(queue_seconds=0.2) as server:
            overloaded(await ask(server.http, "{ hello }"))
            assert server.slots.waiting == 0

    async def test_ends_when_the_client_leaves(self) -> None:
        async with busy() as server:
            for sent in (HEAD, HEAD + BODY):
                async with connected(server.http.base_url.port or 0) as client:
                    await client.send(sent)
                    await until(lambda: server.slots.waiting == 1)
                await until(lambda: server.slots.waiting == 0)

    async def test_is_also_for_a_request_whose_body_comes_late(self) -> None:
        async with busy() as server, connected(server.http.base_url.port or 0) as client:
            await client.send(HEAD)
            await until(lambda: server.slots.waiting == 1)
            released.set()
            await asyncio.gather(*server.at_work)
            await client.send(BODY)
            assert (await client.answer())[0] == 200


class TestRefused:
    async def test_at_once_and_before_the_body(self) -> None:
        async with busy() as server, connected(server.http.base_url.port or 0) as client:
            waiting = await server.wait_in_line(3)
            with capture_logs() as logs:
                await client.send(HEAD)
                status, headers, body = await client.answer()
            assert (status, headers["retry-after"]) == (503, "1")
            assert orjson.loads(body)["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
            assert logs == [{"event": "overloaded", "log_level": "warning", "path": "/graphql", "waiting": 3}]
            released.set()
            await asyncio.gather(*waiting)
            await client.send(BODY + HEAD + BODY)
            assert (await client.answer())[2] == b'{"data":{"hello":"you"}}'

    async def test_a_crowd_gives_all_slots_back(self) -> None:
        slots = RequestSlots(ConnectionSettings(**LIMITS | {"queued_requests": 20}))
        async with serving(slots=slots) as http:
            http.timeout = SECONDS
            responses = await asyncio.gather(*(ask(http, "{ slow(seconds: 0.01) }") for _ in range(100)))
            assert {response.status_code for response in responses} <= {200, 503}
            assert slots.waiting == 0
            for _ in range(3):
                responses = await asyncio.gather(*(ask(http, "{ hello }") for _ in range(10)))
                assert {response.status_code for response in responses} == {200}


class TestWhatHoldsNoSlot:
    async def test_bodies_that_do_not_come(self) -> None:
        slots = RequestSlots(ConnectionSettings(**LIMITS))
        async with serving(slots=slots, seconds=SECONDS) as http, AsyncExitStack() as stack:
            for _ in range(10):
                await (await stack.enter_async_context(connected(http.base_url.port or 0))).send(HEAD + BODY[:5])
            await still_serves(http)

    async def test_streams(self) -> None:
        slots = RequestSlots(ConnectionSettings(**LIMITS))
        async with serving(slots=slots) as http, AsyncExitStack() as stack:
            for _ in range(5):
                members = {"query": "subscription { ticks }"}
                headers = {"accept": "text/event-stream"}
                streamed = http.stream("POST", "/graphql", json=members, headers=headers)
                response = await stack.enter_async_context(streamed)
                assert await anext(response.aiter_lines()) == ":"
            await still_serves(http)

    async def test_sockets(self) -> None:
        async with busy() as server:
            url = f"ws://127.0.0.1:{server.http.base_url.port}/graphql"
            async with connect(url, subprotocols=[PROTOCOL], proxy=None) as socket:  # type: ignore[list-item]
                await socket.send('{"type":"connection_init"}')
                assert await socket.recv() == '{"type":"connection_ack"}'

    async def test_clients_that_never_read(self) -> None:
        # Until their buffers are full, each of the five has a request at work or in the queue.
        slots = RequestSlots(ConnectionSettings(**LIMITS | {"queued_requests": 5}))
        query = BODY.replace(b"hello", b'a: hello(name: \\"' + b"x" * 15_000 + b'\\")')
        head = HEAD.replace(b"21", b"%d" % len(query))
        async with serving(slots=slots) as http, AsyncExitStack() as stack:
            for _ in range(5):
                port = http.base_url.port or 0
                client: Client = await stack.enter_async_context(connected(port, receive_buffer=4096))
                client.writer.transport.pause_reading()  # type: ignore[attr-defined]
                sending = asyncio.create_task(client.send(*[head + query] * 500))
                stack.callback(sending.cancel)
            for _ in range(10):
                await asyncio.sleep(0.05)
                await still_serves(http)


class TestApplication:
    """All slots of the real server are taken."""

    @pytest.fixture
    async def full(self, settings: Settings, credentials: Secrets, database_url: str) -> AsyncIterator[Any]:
        few = changed(settings, concurrent_requests=1, queued_requests=0)
        app = application.create(few, credentials, database_url)
        async with serving_application(app) as url, httpx2.AsyncClient(base_url=url, timeout=SECONDS) as http:
            async with app.state.slots.slot({"path": "/"}):
                yield http
            assert (await http.post("/graphql", json={"query": "{ supportedLanguages }"})).status_code == 200

    async def test_refuses_operations_and_webhooks(self, full: httpx2.AsyncClient, credentials: Secrets) -> None:
        overloaded(await full.post("/graphql", json={"query": "{ supportedLanguages }"}))
        deliver = Sender(full, credentials.clerk_webhook_secrets[0])
        answer = await deliver("user.created", user("user_x", updated_at=1_700_000_000_000))
        assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "overloaded", "1")

    async def test_does_not_log_the_address_of_a_receipt(self, full: httpx2.AsyncClient) -> None:
        """Whoever knows it can read the receipt."""
        with capture_logs() as logs:
            answer = await full.get(f"/receipts/RC-4HW-PQ7-XKC/{'secret' * 5}")
        assert (answer.status_code, [line["path"] for line in logs]) == (503, ["/receipts/{number}/{token}"])

    async def test_answers_health_and_the_page(self, full: httpx2.AsyncClient) -> None:
        for path in ("/health/live", "/health/ready", "/metrics"):
            assert (await full.get(path)).status_code == 200
        assert (await full.get("/graphql", headers={"accept": "text/html"})).status_code == 200
