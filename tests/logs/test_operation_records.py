"""One record for each operation, whatever became of it, over all three transports."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from tests.graph import Graph
from tests.people import World
from tests.transport import small_graph
from tests.transport.small_graph import GRAPHQL, ask, serving
from tests.transport.wires import greeted, until
from transport.operation_records import OperationRecord, Transport

EVENTS = {"accept": "text/event-stream"}
TICKS = "subscription Hear { ticks }"


@asynccontextmanager
async def recorded(**options: Any) -> AsyncIterator[tuple[httpx2.AsyncClient, list[OperationRecord]]]:
    records: list[OperationRecord] = []
    async with serving(observers=[records.append], **options) as client:
        yield client, records


def outcomes(records: list[OperationRecord]) -> list[tuple[str, str, str]]:
    return [(record.name, record.kind, record.code) for record in records]


class TestOverHttp:
    """A POST is one operation, also where it is refused before it is read."""

    @pytest.mark.parametrize(
        ("query", "name", "kind", "code", "status"),
        [
            ("query Named { hello }", "Named", "query", "OK", 200),
            ("{ hello }", "", "query", "OK", 200),
            ("mutation Add { add }", "Add", "mutation", "OK", 200),
            ('query N { refused(kind: "lost") }', "N", "query", "NOT_FOUND", 200),
            ('query N { refused(kind: "bad") items { broken } }', "N", "query", "INTERNAL", 200),
            ("query N { gone }", "N", "query", "UNAVAILABLE", 503),
            ("query N { unspeakable }", "N", "query", "INTERNAL", 500),
            ("query N { slow(seconds: 9) }", "N", "query", "TIMEOUT", 504),
            ("query N { nowhere }", "", "", "BAD_USER_INPUT", 400),
            ("query N($n: Int!) { number(value: $n) }", "N", "query", "BAD_USER_INPUT", 400),
            ("query " + "N" * 200 + " { hello }", "N" * 100, "query", "OK", 200),
        ],
    )  # fmt: skip
    async def test_outcome(self, query: str, name: str, kind: str, code: str, status: int) -> None:
        async with recorded(seconds=0.3 if code == "TIMEOUT" else 5) as (client, records):
            assert (await ask(client, query)).status_code == status
        assert outcomes(records) == [(name, kind, code)]
        (record,) = records
        assert (record.transport, record.status) == (Transport.HTTP, status)
        assert 0 < record.seconds < record.started
        assert bool(record.reference) == (code == "INTERNAL")

    async def test_reason_of_a_refusal(self) -> None:
        async with recorded() as (client, records):
            await client.put("/graphql")
            await client.post("/graphql", content=b"{", headers=GRAPHQL | {"content-type": "application/json"})
        assert [(record.code, record.reason, record.status) for record in records] == [
            ("BAD_USER_INPUT", "method", 405),
            ("BAD_USER_INPUT", "not_json", 400),
        ]

    async def test_other_text_than_a_name_is_not_recorded(self) -> None:
        async with recorded() as (client, records):
            await ask(client, "{ hello }", operationName="somebody@example.com")
        assert outcomes(records) == [("", "", "BAD_USER_INPUT")]

    async def test_client_that_leaves(self) -> None:
        async with recorded() as (client, records):
            reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
            head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n"
            writer.write(head)
            writer.close()
            await until(lambda: bool(records))
        assert outcomes(records) == [("", "", "CLIENT_LEFT")]
        assert await reader.read() == b""

    async def test_what_was_read_and_what_it_cost(self, app: Any, world: World) -> None:
        records: list[OperationRecord] = []
        app.state.records.observers.append(records.append)
        person = await world.person()
        try:
            await person.graph("query Me { viewer { id name } }")
        finally:
            app.state.records.observers.remove(records.append)
        (record,) = (record for record in records if record.name == "Me")
        assert (record.code, record.statements, record.rows) == ("OK", 2, 2)
        assert record.cost > 0


class TestOverOtherTransports:
    """Streams and sockets have a record for each operation, and one for each event."""

    async def test_stream_of_a_query(self) -> None:
        async with recorded() as (client, records):
            await ask(client, "query N { hello }", EVENTS)
            await ask(client, "query N { nowhere }", EVENTS)
            await ask(client, "query N { gone }", EVENTS)
        assert [record.code for record in records] == ["OK", "BAD_USER_INPUT", "UNAVAILABLE"]
        assert {record.transport for record in records} == {Transport.EVENT_STREAM}

    async def test_stream_of_events(self) -> None:
        async with (
            recorded() as (client, records),
            client.stream("POST", "/graphql", json={"query": TICKS}, headers=EVENTS),
        ):
            await until(lambda: len(records) == 2)
        assert outcomes(records) == [("Hear", "subscription", "OK"), ("Hear", "event", "OK")]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("query N { hello }", [("N", "query", "OK")]),
            ("query N { nowhere }", [("", "", "BAD_USER_INPUT")]),
            ("query N { items { broken } }", [("N", "query", "INTERNAL")]),
            (TICKS, [("Hear", "subscription", "OK"), ("Hear", "event", "OK")]),
            ("subscription S { ticks(bug: true) }", [("S", "subscription", "OK"), ("S", "event", "INTERNAL")]),
        ],
    )
    async def test_socket(self, query: str, expected: list[tuple[str, str, str]]) -> None:
        async with recorded() as (client, records):
            async with greeted(str(client.base_url).rstrip("/")) as wire:
                await wire.ask("1", query)
                await until(lambda: len(records) >= len(expected))
            assert outcomes(records) == expected
            assert {record.transport for record in records} == {Transport.WEBSOCKET}

    async def test_socket_that_ends_an_operation(self) -> None:
        async with recorded() as (client, records), greeted(str(client.base_url).rstrip("/")) as wire:
            small_graph.holding.clear()
            await wire.ask("1", "query N { held }")
            await until(lambda: bool(small_graph.holding))
            await wire.say(type="complete", id="1")
            await until(lambda: bool(records))
        assert outcomes(records) == [("N", "query", "CANCELLED")]

    async def test_events_during_an_outage(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("transport.subscriptions.RETRY_PAUSES", (0.01, 0.01))
        async with recorded() as (client, records), greeted(str(client.base_url).rstrip("/")) as wire:
            await wire.ask("1", "subscription Hear { ticks(outages: 1) }")
            await until(lambda: len(records) == 3)
        assert [record.code for record in records] == ["OK", "UNAVAILABLE", "OK"]


async def test_an_observer_that_fails_changes_no_answer(world: World) -> None:
    def broken(record: OperationRecord) -> None:
        raise KeyError(record.name)

    async with serving(observers=[broken]) as client:
        assert await Graph(client)("{ hello }") == {"hello": "you"}
