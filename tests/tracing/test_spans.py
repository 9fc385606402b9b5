"""Spans of requests: which there are, in which order, and what they tell."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode
from sqlalchemy import text

from database.reads import Reads
from models.customers import Role
from tests.graph import Graph
from tests.people import Person, World, word
from tests.tracing.conftest import Trace, Traced
from tests.transport.wires import change, followed, greeted
from transport.operation_records import OperationRecord
from transport.request_ids import CURRENT

TRACE_ID, PARENT_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE_ID}-{PARENT_ID}-01"


@pytest.fixture
async def traced(trace: Trace) -> AsyncIterator[Traced]:
    async with trace() as traced:
        yield traced


def tree(spans: Sequence[ReadableSpan], parent: int | None = None) -> list[Any]:
    """The names of spans as nested lists; a span without children is its name alone."""
    below = defaultdict(list)
    known = {span.context.span_id for span in spans}
    for span in spans:
        above = span.parent.span_id if span.parent and span.parent.span_id in known else None
        below[above].append(span)

    def nested(key: int | None) -> list[Any]:
        found = []
        for span in below[key]:
            children = nested(span.context.span_id)
            found.append([span.name, *children] if children else span.name)
        return found

    return nested(parent)


def named(spans: Sequence[ReadableSpan], name: str) -> ReadableSpan:
    (found,) = (span for span in spans if span.name == name)
    return found


async def active(traced: Traced, world: World) -> Graph:
    """Somebody who was active a moment ago, which the next requests need not write down."""
    person = await world.person()
    graph = Graph(traced.http, person.graph.token)
    await graph("{ supportedLanguages }")
    return graph


class TestQuery:
    async def test_nests_from_the_request_to_the_statement(self, traced: Traced, world: World) -> None:
        graph = await active(traced, world)
        for _ in range(2):
            await traced.clear()
            await graph("query Me { viewer { id username } }")
            spans = await traced.spans()
            assert tree(spans) == [
                ["POST /graphql", ["query Me", "SELECT Viewer", ["CustomerById", "SELECT Customer"]]]
            ], "by the reference executor, then by a plan"
        request, operation = named(spans, "POST /graphql"), named(spans, "query Me")
        assert (request.kind, request.status.status_code) == (SpanKind.SERVER, StatusCode.UNSET)
        assert dict(request.attributes or {}) == {
            "http.request.method": "POST", "url.scheme": "http", "http.route": "/graphql",
            "http.response.status_code": 200,
        }  # fmt: skip
        assert dict(operation.attributes or {}) == {"graphql.operation.type": "query", "graphql.operation.name": "Me"}
        loader, statement = named(spans, "CustomerById"), named(spans, "SELECT Customer")
        assert dict(loader.attributes or {}) == {"loader.name": "CustomerById", "loader.keys": 1, "loader.rows": 1}
        assert statement.kind is SpanKind.CLIENT
        attributes = dict(statement.attributes or {})
        assert "unnest($1" in str(attributes.pop("db.query.text"))
        assert attributes == {
            "db.system.name": "postgresql", "db.query.summary": "SELECT Customer", "db.response.returned_rows": 1,
        }  # fmt: skip

    async def test_has_a_span_for_each_batch(self, traced: Traced, world: World) -> None:
        people = [await world.person() for _ in range(4)]
        for other in people[1:]:
            await people[0].graph.mutate("followCustomer", "customer { id }", customerId=other.id)
        graph = Graph(traced.http, people[0].graph.token)
        query = "query Many { viewer { followingCustomers(first: 10) { nodes { id followers(first: 2) { nodes { id } totalCount } } } } }"
        for _ in range(2):
            await traced.clear()
            await graph(query)
        spans = await traced.spans()
        batches = [span for span in spans if "loader.keys" in (span.attributes or {})]
        operation = named(spans, "query Many")
        assert {span.parent and span.parent.span_id for span in batches} == {operation.context.span_id}
        assert sorted((span.attributes or {})["loader.keys"] for span in batches) == [1, 1, 3, 3]
        assert len({span.context.trace_id for span in spans}) == 1
        statements = [span for span in spans if "db.query.text" in (span.attributes or {})]
        parents = {span.parent and span.parent.span_id for span in statements}
        assert {span.context.span_id for span in batches} <= parents

    async def test_many_at_once_do_not_mix(self, traced: Traced, world: World) -> None:
        graphs = [await active(traced, world) for _ in range(5)]
        await traced.clear()
        await asyncio.gather(*(graph("query Me { viewer { id username } }") for graph in graphs for _ in range(4)))
        spans = await traced.spans()
        traces = defaultdict(list)
        for span in spans:
            traces[span.context.trace_id].append(span)
        assert len(traces) == 20
        for found in traces.values():
            (top,) = tree(found)
            assert top == ["POST /graphql", ["query Me", "SELECT Viewer", ["CustomerById", "SELECT Customer"]]]


class TestParent:
    async def test_is_taken_from_traceparent(self, traced: Traced) -> None:
        await Graph(traced.http)("{ supportedLanguages }", {"traceparent": TRACEPARENT})
        request, operation = await traced.spans()
        assert request.parent is not None
        assert format(request.parent.span_id, "016x") == PARENT_ID
        assert {format(span.context.trace_id, "032x") for span in (request, operation)} == {TRACE_ID}
        assert operation.name == "query"

    async def test_of_a_socket_is_taken_from_its_handshake(self, traced: Traced) -> None:
        async with greeted(
            str(traced.http.base_url).rstrip("/"), additional_headers={"traceparent": TRACEPARENT}
        ) as wire:
            await wire.ask("1", "query Hello { supportedLanguages }")
            await wire.data("1")
        (operation,) = await traced.spans()
        assert operation.name == "query Hello"
        assert operation.parent is not None
        assert format(operation.parent.span_id, "016x") == PARENT_ID

    async def test_that_is_not_recorded_is_not_recorded_here(self, traced: Traced) -> None:
        await Graph(traced.http)("{ supportedLanguages }", {"traceparent": TRACEPARENT.removesuffix("1") + "0"})
        assert await traced.spans() == []

    async def test_that_is_malformed_is_ignored(self, traced: Traced) -> None:
        await Graph(traced.http)("{ supportedLanguages }", {"traceparent": "00-canary"})
        assert [span.parent for span in await traced.spans() if span.name == "POST /graphql"] == [None]

    async def test_a_share_of_traces_is_recorded(self, trace: Trace) -> None:
        async with trace(otel_traces_sampler_arg=0.0) as traced:
            await Graph(traced.http)("{ supportedLanguages }")
            assert await traced.spans() == []


class TestLogs:
    async def test_bear_the_id_of_the_trace(self, traced: Traced) -> None:
        seen: list[str | None] = []

        def observe(_: OperationRecord) -> None:
            ids = CURRENT.get()
            seen.append(ids and ids.trace_id)

        traced.app.state.records.observers.append(observe)
        await Graph(traced.http)("query Home { supportedLanguages }")
        request, *_ = await traced.spans()
        assert seen == [format(request.context.trace_id, "032x")]


class TestMutation:
    async def test_shows_its_transaction(self, traced: Traced, world: World) -> None:
        graph, other = await active(traced, world), await world.person()
        await traced.clear()
        await graph.mutate("followCustomer", "customer { id }", customerId=other.id)
        spans = await traced.spans()
        transaction, operation = named(spans, "transaction"), named(spans, "mutation")
        assert transaction.parent is not None
        assert transaction.parent.span_id == operation.context.span_id
        inside = [span for span in spans if span.parent and span.parent.span_id == transaction.context.span_id]
        assert {"SELECT", "INSERT follow UPDATE customer DELETE follow_request"} == {span.name for span in inside}
        assert all("$1" in str((span.attributes or {})["db.query.text"]) for span in inside)


class TestSubscription:
    async def test_has_a_trace_for_each_event(self, traced: Traced, world: World) -> None:
        """The request may have ended long before."""
        solver = await world.person(role=Role.SOLVER)
        ticket = await world.ticket()
        async with greeted(str(traced.http.base_url).rstrip("/"), solver.graph.token) as wire:
            query = "subscription Queue { ticketQueueChanged { id status } }"
            await followed(traced.app, 1, wire.ask("1", query))
            await change(world, ticket)
            await wire.data("1")
        start, event = (span for span in await traced.spans() if "graphql.operation.type" in (span.attributes or {}))
        assert (start.name, event.name) == ("subscription Queue", "event Queue")
        assert event.parent is None
        assert event.context.trace_id != start.context.trace_id
        below = [span for span in await traced.spans() if span.context.trace_id == event.context.trace_id]
        assert "SELECT Ticket" in {span.name for span in below}

    async def test_has_one_for_all_who_are_answered_together(self, traced: Traced, world: World) -> None:
        async with greeted(str(traced.http.base_url).rstrip("/"), (await world.solver()).graph.token) as wire:
            for id in ("1", "2", "3"):
                await followed(traced.app, 1, wire.ask(id, "subscription Queue { ticketQueueChanged { id status } }"))
            await change(world, await world.ticket())
            assert {(await wire.hear())["id"] for _ in range(3)} == {"1", "2", "3"}
        (event,) = (span for span in await traced.spans() if span.name == "event Queue" and span.parent is None)
        below = [span.name for span in await traced.spans() if span.context.trace_id == event.context.trace_id]
        assert below.count("SELECT Ticket") == 1


class TestErrors:
    async def test_of_the_client_are_codes(self, traced: Traced) -> None:
        await Graph(traced.http, "no.token").send("query Me { viewer { id } }")
        operation = named(await traced.spans(), "query Me")
        assert (operation.attributes or {})["graphql.error.code"] == "UNAUTHENTICATED"
        assert operation.status.status_code is StatusCode.UNSET

    async def test_of_ours_are_marked(self, traced: Traced, monkeypatch: pytest.MonkeyPatch) -> None:
        canary = word()

        async def fail(*_: Any, **__: Any) -> None:
            raise asyncpg.UndefinedColumnError(canary)

        monkeypatch.setattr(Reads, "_run", fail)
        await Graph(traced.http).errors('query Broken { customerByUsername(username: "nobody") { id } }')
        monkeypatch.undo()
        spans = await traced.spans()
        for name in ("query Broken", "CustomerByUsername", "SELECT Customer"):
            assert named(spans, name).status.status_code is StatusCode.ERROR
        assert (named(spans, "query Broken").attributes or {})["error.type"] == "INTERNAL"
        assert (named(spans, "SELECT Customer").attributes or {})["error.type"] == "UndefinedColumnError"
        assert canary not in everything(spans)

    async def test_are_not_what_was_cancelled(self, traced: Traced, monkeypatch: pytest.MonkeyPatch) -> None:
        running = asyncio.Event()

        async def wait(*_: Any, **__: Any) -> None:
            running.set()
            await asyncio.Event().wait()

        monkeypatch.setattr(Reads, "_run", wait)
        async with greeted(str(traced.http.base_url).rstrip("/")) as wire:
            await wire.ask("1", 'query Left { customerByUsername(username: "nobody") { id } }')
            await running.wait()
        operation = named(await traced.spans(), "query Left")
        assert (operation.attributes or {})["error.type"] == "CancelledError"
        assert operation.status.status_code is StatusCode.UNSET

    async def test_of_a_statement_in_a_transaction_is_marked(self, traced: Traced) -> None:
        database = traced.app.state.resources.database
        tracer = database._tracer
        with tracer.start_as_current_span("test"), pytest.raises(Exception, match="canary"):
            async with database.transaction() as tx:
                await tx.exec(text("SELECT 'x' FROM canary"))
        span = named(await traced.spans(), "SELECT")
        assert span.status.status_code is StatusCode.ERROR
        assert span.events == ()


class TestNotTraced:
    async def test_are_probes_metrics_and_what_nobody_asked_for(self, traced: Traced) -> None:
        for path in ("/health/live", "/health/ready", "/metrics"):
            assert (await traced.http.get(path)).status_code == 200
        async with traced.app.state.resources.database.transaction() as tx:
            await tx.exec(text("SELECT 1"))
        assert await traced.spans() == []

    async def test_is_the_path_of_an_unknown_route(self, traced: Traced) -> None:
        canary = word()
        await traced.http.get(f"/{canary}?{canary}={canary}", headers={"user-agent": canary})
        spans = await traced.spans()
        assert [span.name for span in spans] == ["GET"]
        assert canary not in everything(spans)


class TestPersonalData:
    async def test_is_in_no_span(self, traced: Traced, world: World) -> None:
        canary = word()
        person: Person = await world.person(name=f"Name {canary}", location=canary)
        graph = Graph(traced.http, person.graph.token)
        headers = {"user-agent": canary, "idempotency-key": canary, "x-forwarded-for": "203.0.113.7"}
        for _ in range(2):
            await graph("query Me { viewer { id username name location } }", headers)
        await graph(f'query Search {{ searchCustomers(term: "{canary}") {{ nodes {{ name }} }} }}', headers)
        search = "query Search($term: String!) { searchCustomers(term: $term) { totalCount } }"
        await graph(search, headers, term=canary)
        await graph.mutate("updateProfile", "customer { location }", location=f"{canary} again")
        await graph.mutate("updateUsername", "customer { username }", username=f"x{canary}")
        await graph.send(f'query Wrong {{ {canary}(a: "{canary}") }}', headers)
        found = everything(await traced.spans())
        assert "query Search" in found
        for secret in (canary, str(person.key), person.id, person.clerk_id, "127.0.0.1", "203.0.113.7"):
            assert secret not in found


def everything(spans: Sequence[ReadableSpan]) -> str:
    """All that an exporter would send."""
    return "\n".join(span.to_json() for span in spans)
