"""Cached documents and plans are no work for the garbage collector, and are freed without it."""

import gc
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import pytest
from graphql import Token
from strawberry.execution import optimized_is_awaitable

from execution import garbage
from execution.documents import Documents
from execution.garbage import (
    CHECKS_BETWEEN_COLLECTIONS,
    FREEZE_BYTES,
    GarbageCollector,
)
from execution.plan_cache import PlanCache
from execution.plans import Plan
from schema.root import build

FREEZES = 3
TEXT = "{ products(first: 2) { totalCount nodes { id brand { name } variants { id attributes { value } } } } }"


@pytest.fixture(scope="module")
def schema() -> Any:
    return build()


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Nothing is collected but by the tests themselves."""
    gc.collect()
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()
    gc.collect()


class Grown:
    added_bytes = 0


def alive(kind: type) -> int:
    return sum(isinstance(one, kind) for one in gc.get_objects())


def readers() -> int:
    """How many functions are alive that were compiled for plans."""
    return sum(isinstance(one, FunctionType) and one.__code__.co_filename == "<string>" for one in gc.get_objects())


def planned(schema: Any) -> tuple[Documents, PlanCache]:
    """Caches with one entry."""
    documents = Documents(schema._schema)
    document = documents.get(TEXT)
    documents.admit(TEXT, document, at_once=True)
    executor_class = schema.execution_context_class
    plans = PlanCache(executor_class.plans._options)
    executor = executor_class.build(
        schema._schema,
        document.ast,
        raw_variable_values={},
        is_awaitable=optimized_is_awaitable,
        operation_extensions={},
    )
    executor.plan_now = True
    assert plans.find(executor)
    return documents, plans


class TestFreedWithoutCollection:
    """Also those that are exempt from it."""

    @pytest.mark.parametrize("frozen", [False, True])
    def test_documents_and_plans(self, schema: Any, *, frozen: bool) -> None:
        gc.unfreeze()  # what other tests have frozen would be found afterwards
        gc.collect()
        tokens, functions, plans_before = alive(Token), readers(), alive(Plan)
        documents, plans = planned(schema)
        gc.collect()  # what validation and planning leave behind
        assert alive(Token) > tokens
        assert readers() > functions
        if frozen:
            gc.freeze()
        del documents, plans
        gc.unfreeze()
        assert (alive(Token), readers(), alive(Plan)) == (tokens, functions, plans_before)


class TestChecks:
    """What is exempt, and when everything is collected."""

    def test_growth(self) -> None:
        cache = Grown()
        collector, before = GarbageCollector(cache), gc.get_freeze_count()
        cache.added_bytes = FREEZE_BYTES - 1
        collector.check()
        assert gc.get_freeze_count() == before
        cache.added_bytes += 1
        collector.check()
        frozen = gc.get_freeze_count()
        assert frozen > before
        collector.check()
        assert gc.get_freeze_count() <= frozen

    def test_garbage_is_collected_regularly(self) -> None:
        collector = GarbageCollector(Grown())
        cycle: list[Any] = [Grown()]
        cycle.append(cycle)
        del cycle
        for _ in range(CHECKS_BETWEEN_COLLECTIONS - 1):
            collector.check()
        assert alive(Grown) == 2
        collector.check()
        assert alive(Grown) == 1

    def test_what_was_frozen_by_chance_is_collected_in_the_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(garbage, "FREEZES_BETWEEN_FULL_COLLECTIONS", FREEZES)
        cache = Grown()
        collector = GarbageCollector(cache)
        connection: list[Any] = [Grown()]
        connection.append(connection)
        for number in range(1, FREEZES + 1):
            cache.added_bytes = number * FREEZE_BYTES
            if number == FREEZES:
                gc.unfreeze()
                assert alive(Grown) == 2
                gc.freeze()
            collector.check()
            if number == 1:
                del connection
        gc.unfreeze()
        assert alive(Grown) == 1
