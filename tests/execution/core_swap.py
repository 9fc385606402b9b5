"""A pytest plugin for graphql-core's own suite: the compiled executor in place of the reference ones.

Its schemas have no Strawberry fields, so fields are planned as what they are there: functions of source and info.
PlanCache are made at first execution, since its documents are run once. What runs without waiting gives its result at once.
"""

import os
from collections.abc import Callable, Generator
from importlib import import_module
from pathlib import Path
from typing import Any

from graphql import GraphQLField
from graphql.execution.executor import Executor, default_field_resolver

from execution import plans, strawberry_adapter
from execution.executor import CompiledExecutor
from execution.plan_cache import PlanCache
from execution.readers import NotPlannable

PLANS = PlanCache(plans.PlanOptions(lambda _of: "row[{name!r}]", {}))


class Begun:
    """A coroutine that has taken its first step."""

    def __init__(self, rest: Any, first: Any) -> None:
        self.rest, self.first = rest, first

    def __await__(self) -> Generator[Any, Any, Any]:
        wanted = self.first
        while True:
            try:
                sent = yield wanted
            except BaseException as error:  # noqa: BLE001 - handed on
                step: Callable[[], Any] = lambda error=error: self.rest.throw(error)
            else:
                step = lambda sent=sent: self.rest.send(sent)
            try:
                wanted = step()
            except StopIteration as end:
                return end.value


async def _over(value: Any) -> Any:
    """What waited for nothing, to be awaited nevertheless."""
    return value


class Early(CompiledExecutor):
    """PlanCache at first execution, and does not wait for nothing."""

    plans = PLANS
    build_resolve_info = Executor.build_resolve_info

    def execute_operation(self, serially: bool | None = None) -> Any:
        if not self.middleware_manager and not self.abort_signal:
            self.plans.find(self)
        seen: list[bool] = []

        def noting(ask: Callable[[Any], Any]) -> Callable[[Any], bool]:
            def note(value: Any) -> bool:
                if found := bool(ask(value)):
                    seen.append(found)
                return found

            return note

        self.is_awaitable = noting(self.is_awaitable)
        self.is_async_iterable = noting(self.is_async_iterable)
        result = super().execute_operation(serially)
        if getattr(result, "__name__", "") != "_planned":
            return result
        try:
            first = result.send(None)
        except StopIteration as end:
            return _over(end.value) if seen else end.value
        return Begun(result, first)


def kind(field: GraphQLField, _owner: str) -> strawberry_adapter.FieldInfo:
    """Take a field of graphql-core for what it is."""
    resolve = field.resolve or default_field_resolver
    if field.resolve is not None:
        raise NotPlannable("a resolver that may look at its path")

    def function(source: Any, info: Any, **given: Any) -> Any:
        return resolve(source, info, **given)

    return strawberry_adapter.FieldInfo(field, "", [], None, None, function, "source", "info", is_async=False)  # type: ignore[arg-type]


def pytest_configure() -> None:
    """Swap."""
    strawberry_adapter.field_info = kind
    strawberry_adapter.shared_info = lambda raw, _kind: raw
    strawberry_adapter.arguments = lambda _kind, coerced, _info: coerced
    module: Any = import_module("graphql.execution.execute")
    for name in ("IncrementalExecutor", "ExecutorThrowingOnIncremental"):
        setattr(module, name, type(name, (Early, getattr(module, name)), {}))


def pytest_sessionfinish() -> None:
    """Leave a note of how often plans were used."""
    Path(os.environ["SWAP_REPORT"]).write_text("\n".join(f"{n} {why}" for why, n in PLANS.outcomes.most_common()))
