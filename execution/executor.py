"""The executor: runs what is planned, and hands the rest to the reference executor, field by field of the root."""

from asyncio import CancelledError, Task, current_task
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from graphql import GraphQLError, OperationType
from graphql.execution.executor import to_nodes
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path, gather_with_cancel
from graphql.type import is_non_null_type

from execution import strawberry_adapter
from execution.deadline import DeadlineExceeded
from execution.known_plans import Plans
from execution.levels import Run, finish
from execution.plans import Plan, Root
from execution.recovery import Errors, places, recover
from execution.strawberry_adapter import FieldInfo
from execution.timed_executor import TimedExecutor


class CompiledExecutor(TimedExecutor):
    """Plugs into `Schema(execution_context_class=…)`; a subclass says where its plans are."""

    plans: Plans

    def execute_operation(self, serially: bool | None = None) -> Any:
        """Run the plan where there is one. What one event of a subscription is executed for says `serially=False`."""
        unheard = self.operation.operation is OperationType.SUBSCRIPTION and serially is None
        if self.middleware_manager or self.abort_signal or unheard:
            self.plans.outcomes["middleware, signal or subscription"] += 1
            return super().execute_operation(serially)
        plan = self.plans.find(self)
        if plan is None:
            return super().execute_operation(serially)
        if serially is None:
            serially = self.operation.operation is OperationType.MUTATION
        return self._planned(plan, serially=serially)

    async def _planned(self, plan: Plan, *, serially: bool) -> Any:
        try:
            groups = [[one] for one in plan.roots] if serially else [plan.roots]
            data: dict[str, Any] = {}
            for group in groups:
                data.update(await self._fields(plan, group))
        except GraphQLError as error:
            self.collected_errors.add(error, None)
            return self.build_response(None)
        return self.build_response(data)

    async def _fields(self, plan: Plan, fields: list[Root]) -> dict[str, Any]:
        """Resolve root fields as the reference executor does, then complete them by the plan, or all of them by it."""
        asked: list[_Root] = []
        waiting: list[_Root] = []
        done: list[_Root] = []
        for field in fields:
            one = _Root(self, plan, field)
            asked.append(one)
            (waiting if one.call(alone=len(fields) == 1) else done).append(one)
            if one.fatal:
                if waiting:
                    self.settle_in_background([other.value for other in waiting])
                return await self._by_stock(done)
        with suppress(_Fatal):
            if len(waiting) == 1:
                await waiting[0].wait(done)
            elif waiting:
                await gather_with_cancel(*(one.wait(done) for one in waiting))
        if any(one.fatal for one in done):
            return await self._by_stock(done)
        return await self._by_plan(plan, asked, done)

    async def _by_plan(self, plan: Plan, asked: "list[_Root]", done: "list[_Root]") -> dict[str, Any]:
        """Complete resolved fields by the plan, or all of them as the reference executor does."""
        before = self.collected_errors
        try:
            s = Run(plan, self)
            s.abstract = asked[0].info if asked else None
            s.roots, s.answer = done, {one.name: None for one in asked}
            for one in asked:
                if one.error is None:
                    s.answer[one.name] = one.complete(one.value, s)
            await finish(s)
            wrong = places(s) if s.failed else []
            if wrong:
                self.collected_errors = Errors(before)
            fatal = await recover(self, wrong) if wrong else None
        except DeadlineExceeded:
            raise
        except (Exception, CancelledError) as reason:
            if isinstance(reason, CancelledError) and cast("Task[Any]", current_task()).cancelling():
                raise
            self.collected_errors = before
            self.plans.failed(self, plan, reason)
            found = await self._by_stock(done)
            return {one.name: found[one.name] for one in asked}
        plan.fallbacks = 0
        self.plans.outcomes["recovered" if wrong else "compiled"] += 1
        if fatal:
            raise fatal
        for one in done:
            if one.error:
                one.by_stock()
        return s.answer

    async def _by_stock(self, done: "list[_Root]") -> dict[str, Any]:
        """Complete resolved fields as the reference executor does, in the order in which they were there."""
        results: dict[str, Any] = {}
        waiting: list[str] = []
        try:
            for one in done:
                results[one.name] = value = one.by_stock()
                if self.is_awaitable(value):
                    waiting.append(one.name)
        except Exception:
            if waiting:
                self.settle_in_background([results[name] for name in waiting])
            raise
        if len(waiting) == 1:
            results[waiting[0]] = await results[waiting[0]]
        elif waiting:
            found = await gather_with_cancel(*(results[name] for name in waiting))
            results.update(zip(waiting, found, strict=True))
        return results


async def _one(loader: Any, key: Any) -> Any:
    return (await loader.load_batch([key]))[key]


class _Fatal(Exception):
    """A field that must not be null failed, so that the others need not go on."""


class _Root:
    """A field of the root in one request."""

    __slots__ = (
        "below", "complete", "definition", "details", "error", "executor", "info", "items", "kind", "name", "owner",
        "path", "value",
    )  # fmt: skip

    def __init__(self, executor: Any, plan: Plan, field: Root) -> None:
        self.executor, self.owner, self.items = executor, plan.root, plan.items
        self.name, self.details, self.definition, self.complete, self.kind, self.below = field
        self.path = Path(None, self.name, plan.root.name)
        self.info = executor.build_resolve_info(self.definition, to_nodes(self.details), plan.root, self.path)
        self.value: Any = None
        self.error: Exception | None = None

    @property
    def fatal(self) -> bool:
        """Whether it failed and takes the whole answer with it."""
        return self.error is not None and self.executor.error_propagation and is_non_null_type(self.definition.type)

    def call(self, *, alone: bool) -> bool:
        """Look the value up, or call the resolver in its own wrapper; say whether the value is still to come."""
        executor, definition = self.executor, self.definition
        try:
            given: dict[str, Any] = {}
            if definition.args:
                node = self.details[0].node
                given = get_argument_values(definition, node, executor.variable_values, None, executor.hide_suggestions)
            if self.kind is None:
                self.value = (definition.resolve or executor.field_resolver)(executor.root_value, self.info, **given)
            else:
                self._look_up(self.kind, given, alone=alone)
        except Exception as error:  # noqa: BLE001 - located later, in its turn
            self.error = error
            return False
        return bool(executor.is_awaitable(self.value))

    def _look_up(self, kind: FieldInfo, given: dict[str, Any], *, alone: bool) -> None:
        info = strawberry_adapter.full_info(self.info, kind)
        values = strawberry_adapter.arguments(kind, given, info) if given else given
        loader, key = cast("Callable[..., Any]", kind.lookup)(info, **values)
        if self.items is not None:
            loader = loader.with_columns(self.items)
        if key is not None:
            self.value = _one(loader, key) if alone else loader.load(key)

    async def wait(self, done: "list[_Root]") -> None:
        """Wait for the value."""
        try:
            self.value = await self.value
        except Exception as error:  # noqa: BLE001 - located later, in its turn
            self.error = error
        done.append(self)
        if self.fatal:
            raise _Fatal

    def by_stock(self) -> Any:
        """Complete the value as the reference executor does; a failure is located, and raised again if it must be."""
        executor = self.executor
        try:
            value = self._completed()
        except Exception as error:  # noqa: BLE001
            executor.handle_field_error(error, self.definition.type, self.details, self.path)
            return None
        return self._later(value) if executor.is_awaitable(value) else value

    def _completed(self) -> Any:
        if self.error:
            raise self.error
        definition, executor = self.definition, self.executor
        return executor.complete_value(definition.type, self.details, self.info, self.path, self.value, None)

    async def _later(self, value: Any) -> Any:
        try:
            return await value
        except Exception as error:  # noqa: BLE001
            self.executor.handle_field_error(error, self.definition.type, self.details, self.path)
            return None
