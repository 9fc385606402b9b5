"""Calls asynchronous resolvers for all objects of a level. One that fails stops those that it makes worthless."""

from asyncio import ALL_COMPLETED, FIRST_EXCEPTION, Task, create_task, gather, wait
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast

from graphql import GraphQLNonNull

from execution.completers import FieldFailure, attempt
from execution.places import Place, Search, Slot
from execution.readers import NeedsPath, NotPlannable
from execution.selections import Field

if TYPE_CHECKING:
    from execution.levels import Run

Asked = list[tuple[Any, dict[str, Any]]]
"""Sources, and the objects of the answer that are made of them."""

UNSEEN: Any = object()
"""In place of the value of a call that was stopped, since nobody would see it."""


async def call(field: Field, rows: list[Any], outs: list[dict[str, Any]], s: "Run") -> None:
    """Ask an asynchronous resolver for all objects of a level at once."""
    guard, name = field.guard, field.name
    given = dict(s.arguments[field.number])
    if field.kind.info:
        given[field.kind.info] = s.infos[field.number]
    asked = [(row, out) for row, out in zip(rows, outs, strict=True) if guard is None or guard(row)]
    if len(asked) < len(rows):
        nothing = attempt(field.complete, None, s)
        for out in outs:
            out[name] = nothing
    for (_, out), value in zip(asked, await _values(field, asked, given, s), strict=True):
        if value is not UNSEEN:
            out[name] = value if value.__class__ is FieldFailure else attempt(field.complete, value, s)


async def _values(field: Field, asked: Asked, given: dict[str, Any], s: "Run") -> list[Any]:
    """Give the value of each call, or what is failed, or `UNSEEN`."""
    if len(asked) == 1:
        return [await _alone(field, asked[0][0], given, s)]
    required = s.propagates and isinstance(field.definition.type, GraphQLNonNull)
    tasks = {create_task(_value(field, row, given)): out for row, out in asked}
    waiting, stopped = set(tasks), set[Task[Any]]()
    losses: Losses | None = None
    try:
        while waiting:
            done, waiting = await wait(waiting, return_when=FIRST_EXCEPTION if required else ALL_COMPLETED)
            failed = [task for task in done if not task.cancelled() and task.exception()] if required else ()
            if failed:
                losses = losses or Losses(s, tasks.values())
                for task in failed:
                    losses.add(tasks[task])
                for task in waiting:
                    if losses.hide(tasks[task]):
                        task.cancel()
                        stopped.add(task)
    finally:
        if waiting:
            for task in waiting:
                task.cancel()
            await gather(*waiting, return_exceptions=True)
    return [UNSEEN if task in stopped else _result(task, s) for task in tasks]


class Losses:
    """What of an answer that is being made is null already, since a field below it failed that must not be null."""

    def __init__(self, s: "Run", objects: Iterable[dict[str, Any]]) -> None:
        self._slots: set[Slot | None] = set()
        self._places: dict[int, list[Place]] = {}
        for place in Search(s.kinds, map(id, objects)).roots(s.roots, s.answer):
            value = place.holder[place.key]
            if value.__class__ is dict:
                self._places.setdefault(id(value), []).append(place)

    def add(self, failed: dict[str, Any]) -> None:
        """Note an object of which such a field failed."""
        self._slots.update(place.nulled for place in self._places.get(id(failed), ()))

    def hide(self, one: dict[str, Any]) -> bool:
        """Whether nobody will see an object, at any of its places."""
        return all(not self._slots.isdisjoint(place.slots) for place in self._places.get(id(one), ()))


async def _value(field: Field, row: Any, given: dict[str, Any]) -> Any:
    kind = field.kind
    function = cast("Callable[..., Any]", kind.function)
    return await (function(**{kind.parent: row}, **given) if kind.parent else function(**given))


async def _alone(field: Field, row: Any, given: dict[str, Any], s: "Run") -> Any:
    """Call for the only object there is, which needs no task."""
    try:
        return await _value(field, row, given)
    except Exception as error:  # noqa: BLE001 - reported where the value is asked for
        return _failed(error, s)


def _result(task: Task[Any], s: "Run") -> Any:
    if task.cancelled():
        raise NotPlannable("a cancelled call")
    error = task.exception()
    return task.result() if error is None else _failed(error, s)


def _failed(error: BaseException, s: "Run") -> FieldFailure:
    if not isinstance(error, Exception) or isinstance(error, NeedsPath):
        raise error
    s.failed = True
    return FieldFailure(None, error)
