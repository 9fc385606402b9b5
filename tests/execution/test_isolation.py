"""Nothing of one request reaches another, and nothing of it stays."""

import asyncio
import gc
import weakref
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from graphql import parse

from context import Context
from database.statements import Row
from tests.execution import hostile
from tests.execution.demo_graph import Demo, Request
from tests.execution.running import compiled, outcomes
from tests.execution.sources import Item, World

MINE = """query Mine($first: Int!, $deep: Boolean!, $word: String!) {
  viewer { id username wishlist @include(if: $deep) { items(first: $first) { nodes { id } } }
    followers(first: $first) { nodes { username } pageInfo { endCursor } } }
  usernameAvailability(username: $word) { __typename }
}"""


async def test_two_viewers_through_one_plan(demo: Demo) -> None:
    document = parse(MINE)
    sets = {
        "layla": {"first": 3, "deep": True, "word": "layla"},
        "omar": {"first": 3, "deep": True, "word": "omar"},
    }
    expected = {who: await demo.reference(document, given, who) for who, given in sets.items()}
    assert expected["layla"] != expected["omar"]
    for who in sets:
        viewer = orjson.loads(expected[who][0])["viewer"]
        assert viewer["username"] == who
    for _ in range(100):
        people = ["layla", "omar"] * 5
        answers = await asyncio.gather(*(demo.compiled(document, sets[who], who) for who in people))
        assert all(answer == expected[who] for who, answer in zip(people, answers, strict=True))
    assert outcomes(demo.schema)["compiled"] >= 980


def reachable(root: Any) -> Iterator[Any]:
    """Walk what an object leads to by references, but not into modules, classes' globals or this test."""
    seen: set[int] = set()
    stack = [root]
    while stack:
        one = stack.pop()
        if id(one) in seen or isinstance(one, type(gc)):
            continue
        seen.add(id(one))
        yield one
        if not isinstance(one, type):
            stack.extend(below for below in gc.get_referents(one) if not _is_globals(below))


def _is_globals(one: Any) -> bool:
    """Whether it is what a module holds, from where all is reached that the tests of this process hold."""
    return isinstance(one, dict) and "__loader__" in one


async def test_a_plan_keeps_nothing_of_a_request(demo: Demo) -> None:
    document = parse(MINE)
    secret = "a-word-that-nobody-else-says"
    for _ in range(4):
        await demo.compiled(document, {"first": 2, "deep": True, "word": secret}, "layla")
    executor: Any = demo.schema.execution_context_class
    assert executor.plans.outcomes["compiled"] == 3
    plans = list(reachable(executor.plans._plans))
    assert len(plans) > 100
    kept = [one for one in plans if isinstance(one, Context | Row) or (isinstance(one, str) and secret in one)]
    assert kept == []


async def test_a_plan_keeps_nothing_of_a_hostile_request() -> None:
    schema = hostile.build()
    document = parse(
        "query ($w: String!) { people { greeting(word: $w) looks slow boss { name } page { nodes { id } } "
        "wished(wish: {word: $w}) selected { id } } }"
    )
    for _ in range(4):
        await compiled(schema, document, {"w": "a word of its own"}, World())
    executor: Any = schema.execution_context_class
    assert executor.plans.outcomes["compiled"] == 3
    kept = [
        one for one in reachable(executor.plans._plans)
        if isinstance(one, World | Item) or (isinstance(one, str) and "a word of its own" in one)
    ]  # fmt: skip
    assert kept == []


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
async def test_a_request_dies_by_reference_count_alone(demo: Demo) -> None:
    document = parse(MINE)
    watched: list[weakref.ref[Request]] = []
    for _ in range(6):
        given = {"first": 2, "deep": True, "word": "layla"}
        await demo.run(compiled, document, given, "layla", lambda request: watched.append(weakref.ref(request)))
    assert outcomes(demo.schema)["compiled"] == 5
    assert [one() for one in watched[1:]] == [None] * 5
