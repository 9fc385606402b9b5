"""The executor: runs operations by plans, and leaves to the reference executor what a plan does not cover."""

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
from execution.deadline import OperationStopped
from execution.field_metadata import Columns
from execution.levels import PlanRun, complete_levels
from execution.outage import Outage
from execution.plan_cache import PlanCache
from execution.plans import Plan, Root
from execution.recovery import RecoveredErrors, failed_positions, recover
from execution.strawberry_adapter import FieldInfo
from execution.timed_executor import TimedExecutor


class CompiledExecutor(TimedExecutor):
    """For `Schema(execution_context_class=…)`; a subclass sets `plans`."""

    plans: PlanCache
    plan_now: bool | None = None
    """Whether to plan the operation, if there is no plan for it yet; None: the second time that it is executed."""

    def execute_operation(self, serially: bool | None = None) -> Any:
        """Run the plan if there is one. For an event of a subscription, the caller gives `serially=False`."""
        is_source_stream = self.operation.operation is OperationType.SUBSCRIPTION and serially is None
        if self.middleware_manager or self.abort_signal or is_source_stream:
            self.outcome = "middleware, signal or subscription"
            self.plans.outcomes[self.outcome] += 1
            return super().execute_operation(serially)
        plan = self.plans.find(self)
        if plan is None:
            return super().execute_operation(serially)
        if serially is None:
            serially = self.operation.operation is OperationType.MUTATION
        return self._planned(plan, serially=serially)

    def event_columns(self, family: object) -> Columns | None:
        """The columns that the root of a subscription's answer needs, where a loader of this family finds it; None for all."""
        plan = self.plans.find(self)
        return None if plan is None else plan.event_columns(family)

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
        """Resolve root fields as the reference executor does, then complete them by the plan, or all by the reference."""
        roots: list[_Root] = []
        waiting: list[_Root] = []
        done: list[_Root] = []
        for field in fields:
            one = _Root(self, plan, field)
            roots.append(one)
            (waiting if one.call(alone=len(fields) == 1) else done).append(one)
            if one.fatal:
                if waiting:
                    self.settle_in_background([other.value for other in waiting])
                return await self._complete_by_reference(done)
        with suppress(_Fatal):
            if len(waiting) == 1:
                await waiting[0].wait(done)
            elif waiting:
                await gather_with_cancel(*(one.wait(done) for one in waiting))
        if any(one.fatal for one in done):
            outages = [one for one in done if one.fatal and isinstance(one.error, Outage)]
            return await self._complete_by_reference(
                outages or done
            )  # in an outage, nothing else is read for no answer
        return await self._complete_by_plan(plan, roots, done)

    async def _complete_by_plan(self, plan: Plan, roots: "list[_Root]", done: "list[_Root]") -> dict[str, Any]:
        """Complete resolved fields by the plan; where it cannot go on, all of them as the reference executor does."""
        before = self.collected_errors
        run: PlanRun | None = None
        try:
            run = PlanRun(plan, self)
            run.abstract = roots[0].info if roots else None
            run.roots, run.answer = done, {one.name: None for one in roots}
            run.outage = next((one.error for one in done if isinstance(one.error, Outage)), None)
            for one in roots:
                if one.error is None:
                    run.answer[one.name] = one.complete(one.value, run)
            await complete_levels(run)
            failed = failed_positions(run) if run.failed else []
            if failed:
                self.collected_errors = RecoveredErrors(before)
            fatal = await recover(self, failed) if failed else None
        except OperationStopped:
            raise
        except (Exception, CancelledError) as reason:
            if isinstance(reason, CancelledError) and cast("Task[Any]", current_task()).cancelling():
                raise
            self.collected_errors = before
            self.plans.failed(self, plan, reason)
            found = await self._complete_by_reference(done, run.outage if run else None)
            return {one.name: found[one.name] for one in roots}
        self.plans.completed(self, plan, recovered=bool(failed))
        if fatal:
            raise fatal
        for one in done:
            if one.error:
                one.complete_by_reference()
        return run.answer

    async def _complete_by_reference(self, done: "list[_Root]", outage: Exception | None = None) -> dict[str, Any]:
        """Complete resolved fields as the reference executor does, in the order in which they were resolved.

        After an outage all of them fail: to complete them would be to try again.
        """
        for one in done if outage else ():
            one.error = one.error or outage
        results: dict[str, Any] = {}
        waiting: list[str] = []
        try:
            for one in done:
                results[one.name] = value = one.complete_by_reference()
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
    """A non-null root field failed, so the others need not be resolved."""


class _Root:
    """A root field of one request."""

    __slots__ = (
        "below", "complete", "definition", "details", "error", "executor", "field_info", "info", "name", "owner", "path",
        "plan", "value",
    )  # fmt: skip

    def __init__(self, executor: Any, plan: Plan, field: Root) -> None:
        self.executor, self.plan, self.owner = executor, plan, plan.root
        self.name, self.details, self.definition, self.complete, self.field_info, self.below = field
        self.path = Path(None, self.name, plan.root.name)
        self.info = executor.build_resolve_info(self.definition, to_nodes(self.details), plan.root, self.path)
        self.value: Any = None
        self.error: Exception | None = None

    @property
    def fatal(self) -> bool:
        """Whether it failed and makes the whole answer null."""
        return self.error is not None and self.executor.error_propagation and is_non_null_type(self.definition.type)

    def call(self, *, alone: bool) -> bool:
        """Look up the value, or call the resolver; returns whether the value must be awaited."""
        executor, definition = self.executor, self.definition
        try:
            arguments: dict[str, Any] = {}
            if definition.args:
                node = self.details[0].node
                arguments = get_argument_values(
                    definition, node, executor.variable_values, None, executor.hide_suggestions
                )
            if self.field_info is None:
                self.value = (definition.resolve or executor.field_resolver)(
                    executor.root_value, self.info, **arguments
                )
            else:
                self._look_up(self.field_info, arguments, alone=alone)
        except Exception as error:  # noqa: BLE001 - located later, in the order of fields
            self.error = error
            return False
        return bool(executor.is_awaitable(self.value))

    def _look_up(self, field_info: FieldInfo, arguments: dict[str, Any], *, alone: bool) -> None:
        info = strawberry_adapter.full_info(self.info, field_info)
        values = strawberry_adapter.arguments(field_info, arguments, info) if arguments else arguments
        loader, key = cast("Callable[..., Any]", field_info.lookup)(info, **values)
        columns = self.plan.root_columns(type(loader), self)
        if columns is not None:
            loader = loader.with_columns(columns)
        if key is not None:
            self.value = _one(loader, key) if alone else loader.load(key)

    async def wait(self, done: "list[_Root]") -> None:
        """Await the value."""
        try:
            self.value = await self.value
        except Exception as error:  # noqa: BLE001 - located later, in the order of fields
            self.error = error
        done.append(self)
        if self.fatal:
            raise _Fatal

    def complete_by_reference(self) -> Any:
        """Complete the value as the reference executor does; an error is located, and raised if the field is non-null."""
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
