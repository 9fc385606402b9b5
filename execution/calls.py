"""Calls asynchronous resolvers for all objects of a level. One that fails stops those that it makes worthless."""

from asyncio import ALL_COMPLETED, FIRST_EXCEPTION, Task, create_task, gather, wait
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from graphql import GraphQLNonNull

from execution.completers import Amiss, attempt
from execution.places import Place
from execution.readers import NeedsPath, Unusual
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
            out[name] = value if value.__class__ is Amiss else attempt(field.complete, value, s)


async def _values(field: Field, asked: Asked, given: dict[str, Any], s: "Run") -> list[Any]:
    """Give the value of each call, or what is amiss, or `UNSEEN`."""
    required = s.propagates and isinstance(field.definition.type, GraphQLNonNull)
    tasks = {create_task(_value(field, row, given)): out for row, out in asked}
    waiting, stopped = set(tasks), set[Task[Any]]()
    places: dict[int, list[Place]] | None = None
    try:
        while waiting:
            done, waiting = await wait(waiting, return_when=FIRST_EXCEPTION if required else ALL_COMPLETED)
            failed = [task for task in done if not task.cancelled() and task.exception()] if required else ()
            if failed:
                losses = s.lose()
                places = losses.places(tasks.values()) if places is None else places
                losses.add(place for task in failed for place in places.get(id(tasks[task]), ()))
                for task in waiting:
                    if losses.hide(places.get(id(tasks[task]), ())):
                        task.cancel()
                        stopped.add(task)
    finally:
        if waiting:
            for task in waiting:
                task.cancel()
            await gather(*waiting, return_exceptions=True)
    return [UNSEEN if task in stopped else _result(task, s) for task in tasks]


async def _value(field: Field, row: Any, given: dict[str, Any]) -> Any:
    kind = field.kind
    function = cast("Callable[..., Any]", kind.function)
    return await (function(**{kind.parent: row}, **given) if kind.parent else function(**given))


def _result(task: Task[Any], s: "Run") -> Any:
    if task.cancelled():
        raise Unusual("a cancelled call")
    error = task.exception()
    if error is None:
        return task.result()
    if not isinstance(error, Exception) or isinstance(error, NeedsPath):
        raise error
    s.amiss = True
    return Amiss(None, error)
