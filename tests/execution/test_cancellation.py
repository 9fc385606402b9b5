"""Who stops waiting stops the work: nothing goes on behind a cancelled request, and its connection is given back."""

import asyncio
from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Any

import pytest
from graphql import parse

from tests.execution import hostile, resolvers
from tests.execution.demo_graph import Demo
from tests.execution.running import compiled, outcomes, reference
from tests.execution.sources import World

NESTED = parse("{ people { slow(steps: 1) crew { slow(steps: 2) name } } slowPerson { slow } }")


TRACKED: ContextVar[list[asyncio.Task[Any]] | None] = ContextVar("TRACKED", default=None)
"""The tasks that were started by a test, also indirectly: a server of other tests may run in the same loop."""


@pytest.fixture(autouse=True)
async def tracked() -> AsyncIterator[None]:
    """Record the tasks that are started from now on."""
    loop = asyncio.get_running_loop()

    def start(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        task = asyncio.Task(coroutine, loop=loop, **options)
        found = TRACKED.get()
        if found is not None:
            found.append(task)
        return task

    loop.set_task_factory(start)
    yield
    loop.set_task_factory(None)


def others() -> set[asyncio.Task[Any]]:
    """The tasks that this test has started and that have not ended; the first call begins to record them."""
    found = TRACKED.get()
    if found is None:
        TRACKED.set(found := [])
    return {task for task in found if not task.done()}


@pytest.mark.parametrize("after", range(8))
async def test_cancelled_at_any_moment(after: int) -> None:
    schema, before = hostile.build(), others()
    for _ in range(3):
        await compiled(schema, NESTED, {}, World())
    compiled_before = outcomes(schema)["compiled"]
    task = asyncio.create_task(compiled(schema, NESTED, {}, World()))
    for _ in range(after):
        await asyncio.sleep(0)
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert others() == before
    assert outcomes(schema)["compiled"] == compiled_before


async def test_a_deadline_stops_a_level(monkeypatch: pytest.MonkeyPatch) -> None:
    schema, before = hostile.build(), others()
    stopped: list[int] = []
    wait = asyncio.sleep

    async def sleep(_seconds: float) -> None:
        try:
            await wait(3600)
        except asyncio.CancelledError:
            stopped.append(1)
            raise

    document = parse("query ($steps: Int!) { people { slow(steps: $steps) } }")
    for _ in range(3):
        await compiled(schema, document, {"steps": 0}, World())
    monkeypatch.setattr(resolvers, "sleep", sleep)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await compiled(schema, document, {"steps": 1}, World())
    assert len(stopped) == 4
    assert others() == before


async def test_one_failure_stops_its_level() -> None:
    schema, before = hostile.build(), others()
    document = parse("{ people { slowBoom slow(steps: 3) } }")
    for _ in range(4):
        await compiled(schema, document, {}, World(3))
        assert others() == before


async def test_who_fails_stops_the_others_of_its_level(monkeypatch: pytest.MonkeyPatch) -> None:
    seed = next(n for n in range(99) if World(n).roll("strict 1", "slow") % 4 == 0)
    schema, before, wait = hostile.build(), others(), asyncio.sleep
    document = parse("{ people { slowStrictBoom } }")
    expected = await reference(schema, document, {}, World(seed))
    for _ in range(2):
        await compiled(schema, document, {}, World(seed))
    begun: list[int] = []
    stopped: list[int] = []

    async def sleep(_seconds: float) -> None:
        begun.append(1)
        try:
            await wait(3600 if len(begun) in {2, 3, 4} else 0)
        except asyncio.CancelledError:
            stopped.append(1)
            raise

    monkeypatch.setattr(resolvers, "sleep", sleep)
    assert await compiled(schema, document, {}, World(seed)) == expected
    assert len(begun) == 4
    assert len(stopped) == 3
    assert others() == before


async def test_the_connection_is_given_back(demo: Demo) -> None:
    document = parse("{ products(first: 50) { nodes { id brand { name } variants { id } } } }")
    expected = await demo.compiled(document, {}, "layla")
    for after in range(24):
        task = asyncio.create_task(demo.compiled(document, {}, "layla"))
        for _ in range(after):
            await asyncio.sleep(0.0005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    answers = await asyncio.wait_for(
        asyncio.gather(*(demo.compiled(document, {}, "layla") for _ in range(20))), timeout=20
    )
    assert all(answer == expected for answer in answers)
