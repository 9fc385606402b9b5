"""Random documents over the hostile schema say the same on both executors, run after run."""

from random import Random
from typing import Any

import pytest
import strawberry
from graphql import DocumentNode

from tests.execution import hostile
from tests.execution.resolvers import VOICE
from tests.execution.running import Answer, agree, compiled, outcomes, reference
from tests.execution.sources import World
from tests.execution.writing import Writer, valid

CHUNKS = 10
DOCUMENTS = 200
NEVER = frozenset({"speak"})
"""What is heard of it by siblings depends on which of them the executor begins with, and in which task."""
Written = tuple[str, DocumentNode | None, list[dict[str, Any]]]
NO_PICK: Any = lambda _dice, _name, _kind: None


FAULTS = frozenset({
    "boom", "strictBoom", "slowBoom", "slowStrictBoom", "broken", "strictBoss", "lost", "owner", "handed", "shyStrict",
    "waited", "strictWaited",
})  # fmt: skip
"""Fields that fail for some objects, most of them asynchronous or at the end of an edge."""
SHARED = (
    ("{ people(numbers: [3, 4, 5, 3, 4]) { boss", "} }"),
    ("{ people(numbers: [3, 4, 5, 6, 7]) { id boss { strictName crew", "slow } } }"),
    ("{ people { crew { boss", "id } } loaded { boss { id slow } } }"),
    ("{ person(number: 9) { crew { page { nodes { boss", "} } slowFriends { id } } } }"),
    ("{ a: strictPerson(number: 5) { boss { boss", "} } b: person(number: 4) { boss { boss { slow } lost { id } } } }"),
)
"""Ways to one object from several parents, and what is asked beside it."""


def written(schema: strawberry.Schema, seed: int, *, faults: bool = False) -> Written:
    dice = Random(seed)
    rare = hostile.RARE - FAULTS if faults else hostile.RARE
    writer = Writer(schema._schema, dice, rare, NO_PICK, size=25, depth=4, never=NEVER)
    if faults:
        before, after = dice.choice(SHARED)
        text = writer.below(before, "Person", after)
    else:
        text = writer.operation("query" if seed % 8 else "mutation")
    return text, valid(schema._schema, text), [writer.given() for _ in range(2)]


def same(one: Answer, other: Answer, *, timed: bool) -> bool:
    return agree(one, other) if timed else one == other


async def ran(schema: strawberry.Schema, seeds: range, *, faults: bool = False) -> int:
    """Compare documents, and say how many there were with their variables."""
    ran = 0
    for seed in seeds:
        text, ast, sets = written(schema, seed, faults=faults)
        if ast is None:
            continue
        rate = (0.0, 0.0, 0.002, 0.03)[seed % 4]
        for number, given in enumerate(sets):
            ran += 1
            VOICE.set(f"of {seed}, {number}")
            world = World(seed, rate)
            expected = await reference(schema, ast, given, world)
            for turn in range(3):
                got = await compiled(schema, ast, given, World(seed, rate))
                assert same(expected, got, timed=world.timed), (seed, turn, text, given, expected, got)
    return ran


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:coroutine .*:RuntimeWarning")  # the reference executor leaves some when it gives up
@pytest.mark.parametrize("chunk", range(CHUNKS))
async def test_random_documents(chunk: int) -> None:
    schema = hostile.build()
    assert await ran(schema, range(chunk * DOCUMENTS, (chunk + 1) * DOCUMENTS)) > DOCUMENTS
    found = outcomes(schema)
    assert found["compiled"] > 0.6 * (found.total() - found["first execution"]), found


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:coroutine .*:RuntimeWarning")  # as above
async def test_faults_below_shared_parents() -> None:
    schema = hostile.build()
    assert await ran(schema, range(DOCUMENTS), faults=True) > DOCUMENTS
    found = outcomes(schema)
    assert found["recovered"] > 0.15 * found.total(), found
