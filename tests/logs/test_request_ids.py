"""X-Request-ID: in and out on every answer, and in every log line of the request."""

import asyncio
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

import application
from tests.conftest import serving
from tests.patience import SECONDS
from tests.people import World
from tests.transport.raw_http import connected
from tests.transport.wires import greeted, wired
from tests.variables import changed
from transport import log_setup
from transport.request_ids import CURRENT, with_request_id

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
EVENTS = {"accept": "text/event-stream"}


def port(address: str) -> int:
    return int(address.rpartition(":")[2])


class TestTaken:
    """One of 1 to 64 harmless characters is taken, any other is replaced."""

    @pytest.mark.parametrize("given", ["a", "x" * 64, "0193-ab.C_d"])
    async def test_accepted(self, http: httpx2.AsyncClient, given: str) -> None:
        answer = await http.post("/graphql", json={"query": "{ __typename }"}, headers={"x-request-id": given})
        assert answer.headers.get_list("x-request-id") == [given]

    @pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", "<script>", "ü", "a\xa0"])
    async def test_replaced(self, http: httpx2.AsyncClient, given: str) -> None:
        headers = [(b"x-request-id", given.encode("latin-1"))]
        made = [(await http.get("/health/live", headers=headers)).headers["x-request-id"] for _ in range(2)]
        assert given not in made
        assert len(set(made)) == 2
        assert all(len(id) == 36 for id in made)


class TestEveryAnswer:
    """Refusals, health checks and webhooks as well."""

    @pytest.mark.parametrize(
        ("method", "path", "options", "status"),
        [
            ("POST", "/graphql", {"json": {"query": "{ __typename }"}}, 200),
            ("POST", "/graphql", {"json": {"query": "{ nowhere }"}}, 200),
            ("POST", "/graphql", {"json": {"query": "{ __typename }"}, "headers": EVENTS}, 200),
            ("PUT", "/graphql", {}, 405),
            ("OPTIONS", "/graphql", {}, 204),
            ("GET", "/graphql", {"headers": {"accept": "text/html"}}, 200),
            ("GET", "/graphql", {"headers": {"host": "elsewhere.example"}}, 421),
            ("GET", "/health/live", {}, 200),
            ("GET", "/health/ready", {}, 200),
            ("POST", "/webhooks/clerk", {"content": b"{}"}, 400),
            ("GET", "/nowhere", {}, 404),
        ],
    )
    async def test_has_it(self, http: httpx2.AsyncClient, method: str, path: str, options: Any, status: int) -> None:
        answer = await http.request(method, path, **options)
        assert (answer.status_code, len(answer.headers.get_list("x-request-id"))) == (status, 1)

    async def test_what_is_no_http(self, address: str) -> None:
        async with connected(port(address)) as client:
            with capture_logs() as logs:
                client.writer.write(b"nonsense\r\n\r\n")
                answer = await client.reader.read()
        (line,) = logs
        assert line["event"] == "http_refused"
        assert f"\r\nx-request-id: {line['request_id']}\r\n".encode() in answer

    async def test_websocket(self, address: str) -> None:
        async with wired(address, additional_headers={"x-request-id": "mine"}) as wire:
            assert wire.connection.response
            assert wire.connection.response.headers["x-request-id"] == "mine"

    async def test_cors_shows_it(self, database_url: str, credentials: Any, settings: Any) -> None:
        given = changed(settings, cors_origins=("https://shop.example",))
        app = application.create(given, credentials, database_url)
        async with serving(app) as url, httpx2.AsyncClient(base_url=url, timeout=SECONDS) as client:
            asked = {"origin": "https://shop.example"}
            answer = await client.post("/graphql", json={"query": "{ __typename }"}, headers=asked)
            wish = {
                "access-control-request-method": "POST",
                "access-control-request-headers": "x-request-id, traceparent, content-type",
            }
            preflight = await client.options("/graphql", headers=asked | wish)
        assert "x-request-id" in answer.headers["access-control-expose-headers"].lower()
        assert len(answer.headers.get_list("x-request-id")) == 1
        assert preflight.status_code == 200


class TestInLogLines:
    """By a context variable, so that nothing has to be passed on."""

    async def test_of_the_request(self, http: httpx2.AsyncClient) -> None:
        headers = {"x-request-id": "mine", "traceparent": PARENT}
        with capture_logs(processors=[log_setup.add_request_ids]) as logs:
            await http.post("/webhooks/clerk", content=b"{}", headers=headers)
        (line,) = logs
        assert (line["event"], line["request_id"], line["trace_id"]) == ("webhook_refused", "mine", TRACE)

    @pytest.mark.parametrize(
        "given",
        ["", "00", PARENT.upper(), PARENT.replace("00-", "ff-", 1), f"00-{'0' * 32}-00f067aa0ba902b7-01",
         f"00-{TRACE}-{'0' * 16}-01", PARENT + "x", "x" + PARENT],
    )  # fmt: skip
    async def test_a_malformed_traceparent_is_ignored(self, http: httpx2.AsyncClient, given: str) -> None:
        with capture_logs(processors=[log_setup.add_request_ids]) as logs:
            await http.post("/webhooks/clerk", content=b"{}", headers={"traceparent": given})
        assert ["trace_id" in line for line in logs] == [False]

    async def test_requests_of_one_connection_have_their_own(self, address: str) -> None:
        with capture_logs(processors=[log_setup.add_request_ids]) as logs:
            async with httpx2.AsyncClient(base_url=address, timeout=SECONDS) as client:
                for number in range(3):
                    await client.post("/webhooks/clerk", content=b"{}", headers={"x-request-id": f"r{number}"})
        assert [line["request_id"] for line in logs] == ["r0", "r1", "r2"]

    async def test_of_a_socket_and_its_operation(self, address: str, app: Any) -> None:
        seen: list[Any] = []
        app.state.records.observers.append(lambda _: seen.append(CURRENT.get()))
        try:
            async with greeted(address, additional_headers={"x-request-id": "socket"}) as wire:
                for id in ("first", "not an id", "last"):
                    await wire.ask(id, "{ __typename }" if id != "last" else "{ nowhere }")
                    while (await wire.hear())["type"] == "next":
                        pass
                with capture_logs(processors=[log_setup.add_request_ids]) as logs:
                    await wire.connection.send("nonsense")
                    await wire.closed()
        finally:
            app.state.records.observers.pop()
        assert [(ids.request_id, ids.operation_id) for ids in seen] == [
            ("socket", "first"), ("socket", None), ("socket", "last"),
        ]  # fmt: skip
        assert logs == [{"event": "websocket_closed", "log_level": "warning", "code": 4400, "request_id": "socket"}]

    async def test_the_reference_of_an_internal_error(
        self, world: World, app: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: Any) -> Any:
            raise KeyError("x")

        monkeypatch.setattr("context.Context.loader", broken)
        person = await world.person()
        with capture_logs(processors=[log_setup.add_request_ids]) as logs:
            answer = await person.graph.send(
                "query Mine { viewer { wishlists { nodes { id } } } }", {"x-request-id": "mine"}
            )
        (error,) = answer.json()["errors"]
        lines = {line["event"]: line for line in logs}
        assert {line["reference"] for line in lines.values()} == {error["extensions"]["reference"]}
        assert {line["request_id"] for line in lines.values()} == {"mine"}
        failed = lines["operation_failed"]
        assert (failed["operation"], failed["outcome"], failed["status"]) == ("Mine", "INTERNAL", answer.status_code)
        assert lines["internal_error"]["error"] == "KeyError"


async def test_tasks_of_other_requests_do_not_see_it() -> None:
    async def handle(id: bytes) -> str:
        with_request_id({"type": "http", "headers": [(b"x-request-id", id)]}, None)  # type: ignore[arg-type]
        await asyncio.sleep(0)
        ids = CURRENT.get()
        assert ids
        return ids.request_id

    found = await asyncio.gather(*(asyncio.create_task(handle(b"r%d" % number)) for number in range(5)))
    assert (found, CURRENT.get()) == ([f"r{number}" for number in range(5)], None)
