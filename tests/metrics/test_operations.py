"""Operations by name, kind and outcome."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from database.reads import Reads
from errors import Code
from tests.graph import Graph
from tests.metrics.conftest import Serve, Served
from tests.metrics.exposition import Exposition, scrape
from tests.people import World
from transport.metrics.operation_names import MAX_NAMES, MAX_NAMES_OF_A_CUSTOMER, MAX_NAMES_OF_STRANGERS
from transport.metrics.operations import OperationMetrics
from transport.operation_records import OperationRecord, Transport

RESULTS = "graphql_operation_results_total"


@pytest.fixture
async def served(serve: Serve) -> AsyncIterator[Served]:
    async with serve() as served:
        yield served


class TestOperations:
    async def test_are_counted_by_outcome(self, served: Served, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        person = await world.person()
        graph, stranger = Graph(served.http, person.graph.token), Graph(served.http)
        for _ in range(3):
            await graph("query Home { viewer { id username } }")
        await stranger("{ supportedLanguages }")
        assert (await stranger.send("query Broken { nothing }")).status_code == 200
        assert (await Graph(served.http, "no.token.either").send("query Home { viewer { id } }")).status_code == 401
        await graph.mutate("updateUsername", "customer { username }", username=f"{person.username}x")
        followers = "followers(first: 100) { nodes { followers(first: 100) { nodes { id } } } }"
        await graph.errors(f"query Home {{ viewer {{ {followers} }} }}")

        async def bug(*_: Any, **__: Any) -> None:
            raise KeyError

        monkeypatch.setattr(Reads, "_run", bug)
        await stranger.errors('query Home { customerByUsername(username: "nobody") { id } }')
        monkeypatch.undo()
        found = await scrape(served.http)

        def counted(operation: str, kind: str, code: str) -> float:
            return found.value(RESULTS, operation=operation, kind=kind, code=code)

        assert counted("other", "query", "OK") == 1, "the first time that a document is sent"
        assert counted("Home", "query", "OK") == 2
        assert counted("Home", "query", Code.UNAUTHENTICATED) == 1
        assert counted("Home", "query", Code.TOO_COMPLEX) == 1
        assert counted("Home", "query", Code.INTERNAL) == 1
        assert counted("unnamed", "query", "OK") == 1
        assert counted("unnamed", "mutation", "OK") == 1
        assert counted("unnamed", "unknown", Code.BAD_USER_INPUT) == 1, "it could not be read"
        assert found.value(RESULTS) == 9
        assert found.value("graphql_operation_duration_seconds_count", operation="Home") == 5
        assert found.value("graphql_errors_total", code=Code.UNAUTHENTICATED) == 1
        assert found.value("graphql_errors_total") == 4

    async def test_have_their_cost_and_statements(self, served: Served, world: World) -> None:
        person = await world.person()
        graph = Graph(served.http, person.graph.token)
        query, report = "query Me { viewer { id username } }", {"graphql-cost": "report"}
        await graph(query)
        before = await scrape(served.http)
        cost = (await graph.send(query, report)).json()["extensions"]["cost"]
        after = await scrape(served.http)
        for name, expected in {
            "cost_requested": cost["requested"], "cost_actual": cost["actual"],
            "statements": cost["statements"], "rows": cost["rows"],
        }.items():  # fmt: skip
            sample = f"graphql_operation_{name}_total"
            assert after.value(sample, operation="Me") == expected
            assert before.value(sample, operation="Me") == 0, "it was counted as other the first time"

    async def test_a_refused_one_has_no_cost(self, served: Served) -> None:
        graph = Graph(served.http)
        await graph.errors('query Large { searchCustomers(term: "a", first: 100) '
                           "{ nodes { followers(first: 100) { nodes { id } } } } }")  # fmt: skip
        found = await scrape(served.http)
        assert found.value("graphql_operation_cost_requested_total") == 0


class TestNames:
    """Clients choose the names of operations, and so could choose how much memory metrics take."""

    async def test_of_strangers_are_bounded(self, served: Served, world: World) -> None:
        """They cannot use up those of customers."""
        sent = MAX_NAMES_OF_STRANGERS + 10
        await self.flood(Graph(served.http), sent)
        found = await scrape(served.http)
        assert len(found.labels(RESULTS, "operation")) == MAX_NAMES_OF_STRANGERS + 1
        assert found.value(RESULTS, operation="other") == sent + 10
        assert found.value(RESULTS) == 2 * sent
        person = await world.person()
        await self.flood(Graph(served.http, person.graph.token), 1, "Cart")
        assert (await scrape(served.http)).value(RESULTS, operation="Cart0") == 1

    async def test_of_a_customer_are_bounded(self, served: Served, world: World) -> None:
        one, other = await world.person(), await world.person()
        await self.flood(Graph(served.http, one.graph.token), MAX_NAMES_OF_A_CUSTOMER + 10)
        assert len((await scrape(served.http)).labels(RESULTS, "operation")) == MAX_NAMES_OF_A_CUSTOMER + 1
        await self.flood(Graph(served.http, other.graph.token), 1, "Cart")
        assert (await scrape(served.http)).value(RESULTS, operation="Cart0") == 1

    async def flood(self, graph: Graph, names: int, word: str = "Flood") -> None:
        for _ in range(2):
            for number in range(names):
                await graph(f"query {word}{number} {{ supportedLanguages }}")

    def test_a_flood_does_not_grow_the_exposition(self) -> None:
        sizes = []
        for flood in (MAX_NAMES, 10_000):
            registry = CollectorRegistry()
            metrics = OperationMetrics(registry)
            for number in range(flood):
                metrics.observe(record(f"Flood{number:05}", admitted=True, customer=uuid4()))
                metrics.observe(record(f"Once{number:05}", admitted=False))
            text = generate_latest(registry)
            sizes.append(len(text.splitlines()))
            assert Exposition(text.decode()).value(RESULTS) == 2 * flood
        assert sizes[0] == sizes[1]

    def test_a_document_that_is_sent_once_names_nothing(self) -> None:
        registry = CollectorRegistry()
        metrics = OperationMetrics(registry)
        metrics.observe(record("Once", admitted=False))
        metrics.observe(record("", admitted=True))
        found = Exposition(generate_latest(registry).decode())
        assert found.labels(RESULTS, "operation") == {"other", "unnamed"}

    def test_reasons_are_bounded(self) -> None:
        registry = CollectorRegistry()
        metrics = OperationMetrics(registry)
        for number in range(1_000):
            one = record("Home", admitted=True, code=Code.CONFLICT)
            one.reason = f"reason {number}"
            metrics.observe(one)
        found = Exposition(generate_latest(registry).decode())
        assert len(found.labels("graphql_errors_total", "reason")) == 102, "the first hundred, none, and other"
        assert found.value("graphql_errors_total") == 1_000


def record(name: str, *, admitted: bool, code: str = "OK", customer: UUID | None = None) -> OperationRecord:
    made = OperationRecord(Transport.HTTP)
    made.customer = customer
    made.name, made.kind, made.code, made.admitted = name, "query", code, admitted
    made.seconds, made.statements, made.rows, made.cost, made.actual_cost = 0.01, 2, 3, 5, 4
    return made
