"""What fails in one place: what else is still done, how often it is tried, and that recovery itself may fail."""

import asyncio
from typing import Any

import pytest
from graphql import parse
from structlog.testing import capture_logs

from execution import executor, plan_cache, recovery
from execution.positions import PositionSearch
from execution.readers import NotPlannable
from tests.execution import hostile
from tests.execution.demo_graph import Demo
from tests.execution.running import Answer, compiled, outcomes, reference
from tests.execution.sources import World

SECRET = "a word that is anybody's"
SHARED = "{ people(numbers: [3, 4, 5, 3]) { boss { boss { slowBoom lost { id } } } } }"
SAME = (
    SHARED,
    "{ people(numbers: [1, 2, 3, 4, 5, 6]) { boss { slowStrictBoom slow } slow } }",
    "{ people(numbers: [4, 5, 6]) { boss { crew { strictWaited } waited } } }",
    "{ people(numbers: [1, 2, 4, 5]) { waited crew { id waited } } }",
    "{ person { strictFriends { strictWaited crew { id } } } people { twin { strictWaited } boss { waited crew { id } } } }",
    "{ a: loaded(number: 4) { boss { strictWaited } } b: loaded(number: 4) { boss { waited } } loaded(number: 5) { crew { id strictWaited } } }",
    "mutation { a: slowTouch(number: 4) { person { boss { strictWaited } } } b: touch(number: 5) { person { boss { waited crew { strictWaited } } } } }",
)


def sorted_errors(answer: Answer) -> Answer:
    return answer[0], sorted(answer[1])


async def warm(schema: Any, document: Any) -> None:
    for _ in range(2):
        await compiled(schema, document, {}, World())


@pytest.mark.parametrize("text", SAME)
async def test_the_same_as_the_reference(text: str) -> None:
    schema, document, failed = hostile.build(), parse(text), 0
    for seed in range(60):
        expected = await reference(schema, document, {}, World(seed))
        for _ in range(2):
            assert sorted_errors(await compiled(schema, document, {}, World(seed))) == sorted_errors(expected), seed
        failed += bool(expected[1])
    assert failed > 3
    assert (
        {"compiled", "recovered"}
        <= set(outcomes(schema))
        <= {"first execution", "compiled", "recovered", "several errors"}
    )


@pytest.mark.parametrize(
    "error", [KeyError("a bug"), NotPlannable("several values"), asyncio.CancelledError("of another")]
)
@pytest.mark.parametrize("where", ["failed_positions", "recover"])
async def test_a_failure_of_recovery_ends_in_the_answer_of_the_reference(
    monkeypatch: pytest.MonkeyPatch, where: str, error: BaseException
) -> None:
    seed = next(n for n in range(99) if World(n).roll("strict 0", "slow") % 4 == 0)
    schema, document = hostile.build(), parse(SHARED)
    expected = await reference(schema, document, {}, World(seed))
    assert len(expected[1]) > 1
    await warm(schema, document)
    whole = getattr(executor, where)

    def fail(*given: Any) -> Any:
        whole(*given).close() if where == "recover" else whole(*given)
        raise error

    monkeypatch.setattr(executor, where, fail)
    assert sorted_errors(await compiled(schema, document, {}, World(seed))) == sorted_errors(expected)


async def test_errors_are_not_reported_twice_when_recovery_breaks_off(monkeypatch: pytest.MonkeyPatch) -> None:
    seed = next(n for n in range(99) if World(n).roll("strict 0", "slow") % 4 == 0)
    schema, document = hostile.build(), parse(SHARED)
    expected = await reference(schema, document, {}, World(seed))
    await warm(schema, document)
    write = recovery._Recovery._write

    def break_off(self: Any, position: Any, _value: Any) -> None:
        write(self, position, ValueError("of recovery"))
        raise KeyError("a bug")

    monkeypatch.setattr(recovery._Recovery, "_write", break_off)
    assert sorted_errors(await compiled(schema, document, {}, World(seed))) == sorted_errors(expected)
    assert outcomes(schema)["KeyError"] == 1


async def test_a_bug_of_planning_is_logged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    schema, document = hostile.build(), parse("query Named { people { id } }")
    expected = await reference(schema, document, {}, World())
    tried = []

    def broken(*_: Any) -> Any:
        tried.append(1)
        raise KeyError(SECRET)

    monkeypatch.setattr(plan_cache, "Plan", broken)
    with capture_logs() as logs:
        for _ in range(5):
            assert await compiled(schema, document, {}, World()) == expected
    assert len(tried) == 1
    assert [(one["event"], one["error"], one["operation"]) for one in logs] == [("plan_failed", "KeyError", "Named")]
    assert SECRET not in str(logs)
    assert outcomes(schema) == {"first execution": 1, "an error": 4}


async def test_is_one_of_of_wrapped_types(demo: Demo) -> None:
    document = parse(
        """{ __schema { types { kind isOneOf inputFields { type { kind isOneOf ofType { kind isOneOf ofType { kind isOneOf } } } }
        fields { type { kind isOneOf ofType { kind isOneOf } } } } } }"""
    )
    expected = await demo.reference(document, {}, "nora")
    assert expected[1] == []
    assert b'"NON_NULL","isOneOf":null' in expected[0]
    assert b'"OBJECT","isOneOf":null' in expected[0]
    assert b'"INPUT_OBJECT","isOneOf":false' in expected[0]
    assert expected[0].count(b'"isOneOf":false') == expected[0].count(b'"INPUT_OBJECT"')
    for _ in range(3):
        assert await demo.compiled(document, {}, "nora") == expected


async def test_failures_are_searched_only_where_they_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = hostile.build()
    document = parse("{ people(numbers: [1, 2, 3, 4, 5, 6]) { crew { boss { id } } boss { crew { id } slowBoom } } }")
    await warm(schema, document)
    searched: set[str] = set()
    has = PositionSearch._has

    def watch(self: Any, field: Any, value: Any) -> Any:
        searched.add(field.name)
        return has(self, field, value)

    monkeypatch.setattr(PositionSearch, "_has", watch)
    answers = [await compiled(schema, document, {}, World(seed)) for seed in range(60)]
    assert any(errors for _, errors in answers)
    assert searched == {"people", "boss", "slowBoom"}


async def test_arguments_that_a_connection_refuses(demo: Demo) -> None:
    """A wrong cursor is an error of its field, not a bug of the plan, which stays in use for everybody."""
    text = "query ($after: String) { products(first: 3) { nodes { id brand { products(first: 2, after: $after) { nodes { id } } } } } }"
    document, right, wrong = parse(text), {"after": None}, {"after": "wrong"}
    expected = await demo.reference(document, wrong, "layla")
    assert "cursor" in expected[1][0]
    await demo.compiled(document, right, "layla")
    with capture_logs() as logs:
        for _ in range(plan_cache.MAX_FALLBACKS + 1):
            assert sorted_errors(await demo.compiled(document, wrong, "layla")) == sorted_errors(expected)
    assert not logs
    assert await demo.compiled(document, right, "layla") == await demo.reference(document, right, "layla")
    assert set(outcomes(demo.schema)) == {"first execution", "recovered", "compiled"}
