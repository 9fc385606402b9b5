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
    before = len(operations._documents), operations._documents.weight, len(operations._executor.plans)
    query = "{ brands(first: 100) { nodes { products(first: 100) { nodes { title } } } } }"
    for _ in range(3):
        (error,) = (await http.post("/graphql", json={"query": query})).json()["errors"]
        assert error["extensions"]["code"] == "TOO_COMPLEX"
    assert (len(operations._documents), operations._documents.weight, len(operations._executor.plans)) == before
