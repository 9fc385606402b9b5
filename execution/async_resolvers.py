"""Calls asynchronous resolvers for all objects of a level at once.

Where a failure makes part of the answer null, calls whose results would lie in that part are cancelled.
"""

from asyncio import ALL_COMPLETED, FIRST_EXCEPTION, Task, create_task, gather, wait
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast

from graphql import GraphQLNonNull

from execution.completers import FieldFailure, try_complete
from execution.outage import Outage
from execution.positions import PositionSearch, ResponsePosition, Slot
from execution.readers import NeedsPath, NotPlannable
from execution.selections import Field

if TYPE_CHECKING:
    from execution.levels import PlanRun

Calls = list[tuple[Any, dict[str, Any]]]
"""The source of each call, and the object of the answer that its result goes into."""

CANCELLED: Any = object()
"""The result of a call that was cancelled because it would lie in a part of the answer that is null."""


async def call_resolvers(field: Field, rows: list[Any], outputs: list[dict[str, Any]], run: "PlanRun") -> None:
    """Call the resolver of a field for all objects of a level, and complete the results."""
    guard, name = field.guard, field.name
    arguments = dict(run.arguments[field.index])
    if field.field_info.info:
        arguments[field.field_info.info] = run.resolve_infos[field.index]
    calls = [(row, output) for row, output in zip(rows, outputs, strict=True) if guard is None or guard(row)]
    if len(calls) < len(rows):
        null = try_complete(field.complete, None, run)
        for output in outputs:
            output[name] = null
    for (_, output), value in zip(calls, await _call_all(field, calls, arguments, run), strict=True):
        if value is not CANCELLED:
            output[name] = value if value.__class__ is FieldFailure else try_complete(field.complete, value, run)


async def _call_all(field: Field, calls: Calls, arguments: dict[str, Any], run: "PlanRun") -> list[Any]:
    """The result of each call: a value, a `FieldFailure`, or `CANCELLED`."""
    if len(calls) == 1:
        return [await _call_one(field, calls[0][0], arguments, run)]
    required = run.propagates and isinstance(field.definition.type, GraphQLNonNull)
    tasks = {create_task(_call(field, row, arguments)): output for row, output in calls}
    waiting, cancelled = set(tasks), set[Task[Any]]()
    nulled_positions: NulledPositions | None = None
    try:
        while waiting:
            done, waiting = await wait(waiting, return_when=FIRST_EXCEPTION if required else ALL_COMPLETED)
            failed = [task for task in done if not task.cancelled() and task.exception()] if required else ()
            if failed:
                nulled_positions = nulled_positions or NulledPositions(run, tasks.values())
                for task in failed:
                    nulled_positions.add(tasks[task])
                for task in waiting:
                    if nulled_positions.covers(tasks[task]):
                        task.cancel()
                        cancelled.add(task)
    finally:
        if waiting:
            for task in waiting:
                task.cancel()
            await gather(*waiting, return_exceptions=True)
    return [CANCELLED if task in cancelled else _result(task, run) for task in tasks]


class NulledPositions:
    """The parts of an unfinished answer that are null already because a non-null field in them failed."""

    def __init__(self, run: "PlanRun", objects: Iterable[dict[str, Any]]) -> None:
        self._slots: set[Slot | None] = set()
        self._positions: dict[int, list[ResponsePosition]] = {}
        for position in PositionSearch(run.selections, map(id, objects)).roots(run.roots, run.answer):
            value = position.holder[position.key]
            if value.__class__ is dict:
                self._positions.setdefault(id(value), []).append(position)

    def add(self, failed: dict[str, Any]) -> None:
        """Add the part that is null because the field failed for this object."""
        self._slots.update(position.nulled for position in self._positions.get(id(failed), ()))

    def covers(self, output: dict[str, Any]) -> bool:
        """Whether every position of an object is in a part that is null."""
        return all(not self._slots.isdisjoint(position.slots) for position in self._positions.get(id(output), ()))


async def _call(field: Field, row: Any, arguments: dict[str, Any]) -> Any:
    parent = field.field_info.parent
    function = cast("Callable[..., Any]", field.field_info.function)
    return await (function(**{parent: row}, **arguments) if parent else function(**arguments))


async def _call_one(field: Field, row: Any, arguments: dict[str, Any], run: "PlanRun") -> Any:
    """Make the only call of a level, which needs no task of its own."""
    try:
        return await _call(field, row, arguments)
    except Exception as error:  # noqa: BLE001 - becomes the error of the field
        return _failed(error, run)


def _result(task: Task[Any], run: "PlanRun") -> Any:
    if task.cancelled():
        raise NotPlannable("a cancelled call")
    error = task.exception()
    return task.result() if error is None else _failed(error, run)


def _failed(error: BaseException, run: "PlanRun") -> FieldFailure:
    if not isinstance(error, Exception) or isinstance(error, NeedsPath):
        raise error
    run.failed = True
    if isinstance(error, Outage):
        run.outage = error
    return FieldFailure(None, error)
