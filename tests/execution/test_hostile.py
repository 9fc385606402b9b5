"""Single cases of the hostile schema, on both executors, and whether a plan took part."""

from typing import Any

import pytest
from graphql import parse
from graphql.utilities import get_introspection_query
from strawberry.utils.str_converters import to_camel_case

from tests.execution import hostile
from tests.execution.resolvers import VOICE
from tests.execution.running import Answer, compiled, outcomes, reference
from tests.execution.sources import FIELDS, LEAVES, LISTS, OBJECTS, World

OBJECTS_OF = {"friend", "strict_friend", "friends", "strict_friends", "twin", "stuff"}
SAME = {
    "leaves": "{ people { id name age height alive mood tag blob code numbers grid tags strictGrid } }",
    "fragments": """{ beings { ...A ...B ... on Robot { friend { strictName } } friend { id } } }
        fragment A on Being { friend { id name } x: strictName } fragment B on Person { friend { name } x: strictName }""",
    "unions": "{ stuff { __typename ... on Being { id } ... on Rock { weight } ... on Robot { slow } } }",
    "edges": "{ people { boss { id boss { id } } b: boss { name } crew { id boss { id } } lost { __typename } } }",
    "pages": "{ people { page(first: 3, mood: WILD) { nodes { id } mood } p: page { nodes { page { key } } } } }",
    "asynchronous": "{ people { slow(steps: 2) slowFriend { id } slowFriends { slow boss { id } } } slowPerson { slow } }",
    "arguments": '{ person { greeting(times: 2) wished(wish: {moods: [WILD], more: {word: "x"}}) mooded(ids: ["1"]) } }',
    "info": "{ person { looks selected { a: id strictName friend { name } } } }",
    "conditions": "{ people { shy shyest shyBoss { id } shyerBoss { name } } }",
    "typename": "{ __typename person { __typename friend { __typename } } }",
}  # fmt: skip
FALLS_BACK = {
    "{ person { loud } }": "a field extension",
    "{ person { trusted } }": "a field extension",
    "{ person { where } }": "info.path",
    "{ person { coroutine } }": "a coroutine",
    "{ people { where } }": "info.path",
    "{ person { ticks } }": "an asynchronous generator",
}
RECOVERED = (
    "{ person { page(first: 101) { first } } }",
    "{ people { shyStrict } }",
    "{ people { id boom } }",
    "{ people { id slowBoom } }",
    "{ people { slowStrictBoom } }",
    "{ people { broken { id } } }",
    "{ person { broken { id } page(first: -1) { first } } }",
    "{ people { id crew { boss { strictBoss { boom } } } } }",
    "{ strictPerson { strictFriend { strictFriends { shyStrict } } } }",
)


async def thrice(text: str, seed: int = 1, **variables: Any) -> tuple[list[Answer], Any, Any]:
    schema, document = hostile.build(), parse(text)
    answers = [await reference(schema, document, variables, World(seed))]
    answers += [await compiled(schema, document, variables, World(seed)) for _ in range(3)]
    return answers, outcomes(schema), schema


@pytest.mark.parametrize("name", SAME)
async def test_planned(name: str) -> None:
    answers, became, _ = await thrice(SAME[name], 3 if name == "edges" else 1)
    assert answers == [answers[0]] * 4
    assert answers[0][0] != b"null"
    assert became == {"first execution": 1, "compiled": 2} or (name == "edges" and "first execution" in became)


@pytest.mark.parametrize("text", FALLS_BACK)
async def test_handed_back(text: str) -> None:
    answers, became, _ = await thrice(text)
    assert answers == [answers[0]] * 4
    assert became == {"first execution": 1, FALLS_BACK[text]: 2}


@pytest.mark.parametrize("text", RECOVERED)
async def test_recovered(text: str) -> None:
    answers, became, _ = await thrice(text)
    answers = [(data, sorted(errors)) for data, errors in answers]  # whose loader is quicker is a matter of time
    assert answers == [answers[0]] * 4
    assert answers[0][1]
    assert became == {"first execution": 1, "recovered": 2}


@pytest.mark.parametrize("number", range(max(len(LISTS), len(OBJECTS))))
async def test_strange_values_at_the_root(number: int) -> None:
    for text in (
        "query ($n: Int!) { strangeList(number: $n) }",
        "query ($n: Int!) { strangePerson(number: $n) { __typename } }",
        "query ($n: Int!) { strangePerson(number: $n) { id friend { id } } }",
    ):
        answers, _, _ = await thrice(text, n=number)
        assert answers == [answers[0]] * 4


@pytest.mark.parametrize("name", [name for name in FIELDS if name not in {"kind", "open", "boss_id", "weight"}])
async def test_every_wrong_value_of_every_field(name: str) -> None:
    schema, good = hostile.build(), World(1)
    asked = to_camel_case(name)
    below = ("{ __typename }", "{ ... on Being { id } }") if name in OBJECTS_OF else ("",)
    for document in [parse(f"{{ person(number: 1) {{ id {asked} {one} }} }}") for one in below]:
        for _ in range(2):
            await compiled(schema, document, {}, good)
        for make in [*FIELDS[name][1], *LEAVES]:
            worlds = [World(1), World(1)]
            for world in worlds:
                world.forced = {name: make}
            expected = await reference(schema, document, {}, worlds[0])
            assert await compiled(schema, document, {}, worlds[1]) == expected


async def test_one_batch_for_a_level() -> None:
    schema, document, world = hostile.build(), parse("{ people { boss { boss { id } } b: boss { id } } }"), World(1)
    for _ in range(2):
        await compiled(schema, document, {}, World(1))
    await compiled(schema, document, {}, world)
    assert len(world.log) == 2
    assert outcomes(schema)["compiled"] == 2


async def test_mutations_in_series() -> None:
    text = """mutation { a: slowTouch(number: 1) { count person { slow(steps: 3) } } b: touch(number: 2) { count }
        c: fail { count } d: slowTouch(number: 3) { count person { id } } e: touch { count strictPerson { name } } }"""
    answers, became, _ = await thrice(text)
    assert answers == [answers[0]] * 4
    assert len(answers[0][1]) >= 1
    assert became["compiled"] >= 6


async def test_a_mutation_that_must_not_be_null_ends_the_series() -> None:
    answers, _, schema = await thrice("mutation { touch { count } strictFail { count } b: touch { count } }")
    assert answers == [answers[0]] * 4
    assert answers[0][0] == b"null"
    world = World(1)
    await compiled(schema, parse("mutation { touch { count } strictFail { count } b: touch { count } }"), {}, world)
    assert world.log == ["touch 1", "strict fail 1"]


async def test_introspection() -> None:
    answers, became, _ = await thrice(get_introspection_query())
    assert answers == [answers[0]] * 4
    assert became == {"first execution": 1, "compiled": 2}


async def test_plans_that_always_fail_are_abandoned() -> None:
    schema, document = hostile.build(), parse("{ person { where } }")
    expected = await reference(schema, document, {}, World(1))
    for _ in range(12):
        assert await compiled(schema, document, {}, World(1)) == expected
    assert outcomes(schema) == {"first execution": 1, "info.path": 8, "abandoned: info.path": 3}


async def test_values_of_variables_in_skip_and_include() -> None:
    schema = hostile.build()
    document = parse(
        "query ($a: Boolean!, $b: Boolean! = true) { person @include(if: $a) { id @skip(if: $b) ...F } x: __typename }"
        " fragment F on Person { name boss @include(if: $b) { id @skip(if: $a) name } }"
    )
    sets: list[Any] = [{"a": a} | ({} if b is None else {"b": b}) for a in (True, False) for b in (True, False, None)]
    for _ in range(3):
        for given in sets:
            assert await compiled(schema, document, given, World(1)) == await reference(
                schema, document, given, World(1)
            )
    assert outcomes(schema) == {"first execution": 4, "compiled": 14}


async def test_null_for_a_skip_with_a_default() -> None:
    for text in (
        "query ($a: Boolean = true) { person @skip(if: $a) { id } }",
        "query ($a: Boolean = true) { person { id @skip(if: $a) } }",
    ):
        answers, _, _ = await thrice(text, a=None)
        assert answers == [answers[0]] * 4
        assert len(answers[0][1]) == 1


async def test_context_variables_of_the_request() -> None:
    VOICE.set("of the request")
    answers, became, _ = await thrice("{ person { voice friend { ... on Person { voice } } } slowPerson { voice } }")
    assert answers == [answers[0]] * 4
    assert b"of the request" in answers[0][0]
    assert became["compiled"] == 2
