"""Recovers from failures in an answer: the reference executor completes the failed values, and nulls propagate from there.

An object at several positions is written once, and has an error for each position. Where that cannot give the answer of
the reference executor, `NotPlannable` is raised, and the reference executor completes the whole answer.
"""

from asyncio import Future, ensure_future
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

from graphql import GraphQLError
from graphql.execution.executor import CollectedErrors, to_nodes
from graphql.pyutils import Path, gather_with_cancel

from execution.completers import FieldFailure
from execution.levels import PlanRun
from execution.positions import PositionSearch, ResponsePosition, Slot, fields_above
from execution.readers import NotPlannable


class RecoveredErrors(CollectedErrors):
    """The errors of recovery, in addition to the earlier ones, which stay as they are."""

    def __init__(self, before: CollectedErrors) -> None:
        super().__init__()
        self._before = before
        self._errors.extend(before.errors)

    def has_nulled_position(self, start_path: Path | None) -> bool:
        return self._before.has_nulled_position(start_path) or super().has_nulled_position(start_path)


class WholeAnswer(Exception):
    """An error that makes the whole answer null, since no field parent it is nullable."""

    def __init__(self, error: GraphQLError) -> None:
        super().__init__()
        self.error = error


def failed_positions(run: PlanRun) -> list[ResponsePosition]:
    """Find the failures. Raises `NotPlannable` where only the reference executor knows which errors to report.

    In an outage any of them may be reported: the reference executor would try all again.
    """
    within = None if run.failed_fields is None else fields_above(run.roots, run.failed_fields)
    found = list(PositionSearch(run.selections, within=within).roots(run.roots, run.answer))
    if found and not run.outage and (any(one.error for one in run.roots) or _entangled(found)):
        raise NotPlannable("several errors")
    first = {id(position.holder[position.key]): number for number, position in reversed([*enumerate(found)])}
    return sorted(found, key=lambda position: first[id(position.holder[position.key])])


def _entangled(found: list[ResponsePosition]) -> bool:
    """Whether an error of one field can null the position of another: then the order of errors matters."""
    if len({id(position.field) for position in found}) == 1:
        return False
    nulled_by: dict[Slot | None, set[int]] = {}
    for position in found:
        nulled_by.setdefault(position.nulled, set()).add(id(position.field))
    return any(nulled_by.get(slot, set()) - {id(position.field)} for position in found for slot in position.slots)


async def recover(executor: Any, failed: list[ResponsePosition]) -> GraphQLError | None:
    """Complete the failed values. An error nulls the nearest nullable position; returns the one that nulls the answer."""
    recovery = _Recovery(executor, failed)
    try:
        await recovery.run()
    except WholeAnswer as whole:
        return whole.error
    return None


class _Recovery:
    """The recovery of one answer."""

    def __init__(self, executor: Any, failed: list[ResponsePosition]) -> None:
        self._executor = executor
        self._failures: list[tuple[ResponsePosition, FieldFailure]] = [
            (position, position.holder[position.key]) for position in failed
        ]
        self._written: dict[Slot, Any] = {}
        self._futures: dict[int, Future[Any]] = {}
        """Awaitable values, by the ids of their failures: several positions may share one."""

    async def run(self) -> None:
        """Complete all failed values; awaitable ones concurrently."""
        self._check()
        waiting: list[Any] = []
        try:
            for position, failed in self._failures:
                value = self._begin(position, failed)
                if self._executor.is_awaitable(value):
                    waiting.append(self._finish(position, failed, value))
                else:
                    self._write(position, value)
        except Exception:
            if waiting:
                self._executor.settle_in_background(waiting)
            raise
        if waiting:
            await gather_with_cancel(*waiting)

    def _check(self) -> None:
        """Refuse values that several positions share and that can be iterated only once."""
        shared = Counter(id(failed) for _, failed in self._failures)
        for _, failed in self._failures:
            if shared[id(failed)] > 1 and isinstance(failed.value, Iterator | AsyncIterator):
                raise NotPlannable("read once")

    def _begin(self, position: ResponsePosition, failed: FieldFailure) -> Any:
        if failed.error:
            return failed.error
        if not self._executor.is_awaitable(failed.value):
            return self._complete(position, failed.value)
        future = self._futures.get(id(failed))
        if future is None:
            future = self._futures[id(failed)] = ensure_future(failed.value)
        return future

    async def _finish(self, position: ResponsePosition, failed: FieldFailure, value: Any) -> None:
        try:
            found = await value
            if value is self._futures.get(id(failed)):
                found = self._complete(position, found)
                if self._executor.is_awaitable(found):
                    found = await found
        except Exception as error:  # noqa: BLE001 - located when it is written
            found = error
        self._write(position, found)

    def _complete(self, position: ResponsePosition, value: Any) -> Any:
        if isinstance(value, Exception):  # raised at many positions, it would collect the frames of all
            return value
        executor, field = self._executor, position.field
        owner = field.owner
        info = executor.build_resolve_info(field.definition, to_nodes(position.details), owner, position.path)
        try:
            return executor.complete_value(position.type_, position.details, info, position.path, value, None)
        except Exception as error:  # noqa: BLE001 - as parent
            return error

    def _write(self, position: ResponsePosition, value: Any) -> None:
        """Write a value, or null for an error, to its slot. All positions of a slot must give the same value."""
        if isinstance(value, Exception):
            position, value = self._nulled(position, value), None
        known = self._written.setdefault(position.slot, value)
        if known is not value and known != value:
            raise NotPlannable("several values")
        position.holder[position.key] = value

    def _nulled(self, position: ResponsePosition, error: Exception) -> ResponsePosition:
        """Report an error at the nearest nullable position, and return that position."""
        at, raised = position, error
        while True:
            try:
                self._executor.handle_field_error(raised, at.type_, at.details, at.path)
            except GraphQLError as located:
                if at.parent is None:
                    raise WholeAnswer(located) from None
                at, raised = at.parent, located
            else:
                return at
