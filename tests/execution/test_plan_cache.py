"""Plans are kept by the memory that they take, and made when it pays."""

from typing import Any

import httpx2
import pytest

from tests.people import World

SMALL = "{ brands(first: 2) { nodes { id } } }"
LARGE = "{ products(first: 100) { nodes { variants(first: 10) { listings(first: 1) { id } } } } }"


@pytest.fixture
def outcomes(app: Any) -> Any:
    """What became of the operations of the running server."""
    return app.sockets._graph.operations._executor.plans.outcomes


async def test_a_small_operation_is_planned_the_second_time(world: World, outcomes: Any) -> None:
    query = SMALL.replace("{ id }", "{ id name }")
    before = dict(outcomes)
    answers = [(await world.nobody.send(query)).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert outcomes["first execution"] - before.get("first execution", 0) == 1
    assert outcomes["compiled"] - before.get("compiled", 0) == 2


async def test_a_large_operation_is_planned_at_once(world: World, outcomes: Any) -> None:
    await world.variant()
    before = dict(outcomes)
    assert "errors" not in (await world.nobody.send(LARGE)).json()
    assert outcomes["compiled"] - before.get("compiled", 0) == 1


async def test_one_that_is_too_large_leaves_nothing_behind(http: httpx2.AsyncClient, app: Any) -> None:
    operations = app.sockets._graph.operations
    before = len(operations.persisted.documents), operations.persisted.documents.weight, len(operations._executor.plans)
    query = "{ brands(first: 100) { nodes { products(first: 100) { nodes { title } } } } }"
    for _ in range(3):
        (error,) = (await http.post("/graphql", json={"query": query})).json()["errors"]
        assert error["extensions"]["code"] == "TOO_COMPLEX"
    assert (
        len(operations.persisted.documents),
        operations.persisted.documents.weight,
        len(operations._executor.plans),
    ) == before


async def test_an_operation_has_few_plans(world: World, app: Any) -> None:
    """One for each set of values that @skip and @include look at, up to eight."""
    plans = app.sockets._graph.operations._executor.plans
    names = [f"v{at}" for at in range(5)]
    fields = " ".join(f"f{at}: name @include(if: ${name})" for at, name in enumerate(names))
    query = f"query ({', '.join(f'${name}: Boolean!' for name in names)}) {{ brands(first: 1) {{ nodes {{ id {fields} }} }} }}"
    before = len(plans)
    for number in range(40):
        given = {name: bool(number >> at & 1) for at, name in enumerate(names)}
        answer = (await world.nobody.send(query, **given)).json()
        assert "errors" not in answer
    assert len(plans) - before == 8


async def test_a_subscription_that_is_refused_is_not_kept(http: httpx2.AsyncClient, app: Any) -> None:
    documents = app.sockets._graph.operations.persisted.documents
    before = len(documents)
    for at in range(3):
        query = f'subscription {{ ticketUpdated(ticketId: "x") {{ x{at}: id }} }}'
        await http.post("/graphql", json={"query": query})
    assert len(documents) == before
