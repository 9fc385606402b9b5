"""Mends answers: the stock executor completes what is `Amiss` in its place, and nulls go up from there as it says."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from graphql import GraphQLError, GraphQLNonNull, GraphQLOutputType
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.executor import to_nodes
from graphql.pyutils import Path, gather_with_cancel

from execution.completers import Amiss
from execution.levels import Run
from execution.readers import Unusual
from execution.selections import Field, Selection

MOST = 100


class Place(NamedTuple):
    """A place in an answer, and the one that it lies in."""

    holder: Any
    key: str | int
    kind: GraphQLOutputType
    field: Any
    """The field that it is the value of, or lies in the list of: of a plan, or of the root."""
    path: Path
    above: "Place | None"

    @property
    def details(self) -> FieldDetailsList:
        """Where the document asks for it."""
        details: FieldDetailsList = self.field.details
        return details


def places(roots: Iterable[Any], data: dict[str, Any], s: Run) -> list[Place]:
    """Find what is amiss. Of more than one field it is `Unusual`: whose errors come first is for the stock executor."""
    found: list[Place] = []
    for root in roots:
        place = Place(data, root.name, root.definition.type, root, root.path, None)
        found += _within(place, s)
    if (
        len(found) > MOST
        or len({id(place.field) for place in found}) > 1
        or (found and any(one.error for one in roots))
    ):
        raise Unusual("several errors")
    first = {id(place.holder[place.key]): number for number, place in reversed([*enumerate(found)])}
    return sorted(found, key=lambda place: first[id(place.holder[place.key])])


def _within(place: Place, s: Run) -> Iterator[Place]:
    value = place.holder[place.key]
    kind: Any = place.kind
    if value.__class__ is Amiss:
        yield place
    elif value.__class__ is list:
        item = (kind.of_type if isinstance(kind, GraphQLNonNull) else kind).of_type
        for number, inner in enumerate(value):
            if inner.__class__ is Amiss or (inner.__class__ in {dict, list} and _deep(place, inner, s)):
                yield from _within(Place(value, number, item, place.field, Path(place.path, number, None), place), s)
    elif value.__class__ is dict:
        selection = _selection(place, value, s)
        for field in selection.deep if selection else ():
            path = Path(place.path, field.name, field.owner.name)
            yield from _within(Place(value, field.name, field.definition.type, field, path, place), s)


def _selection(place: Place, value: dict[str, Any], s: Run) -> Selection | None:
    """Give what was asked of an object; None for a leaf that is a dict."""
    below: list[Selection] = place.field.below
    if below and below[0].one_of_many:
        return s.kinds[id(value)]
    return below[0] if below else None


def _deep(place: Place, value: Any, s: Run) -> bool:
    if value.__class__ is list:
        return True
    selection = _selection(place, value, s)
    return bool(selection and selection.deep)


async def mend(executor: Any, wrong: list[Place]) -> None:
    """Complete what is amiss; an error takes the nearest place that can be null, or is raised if there is none."""
    waiting: list[Any] = []
    try:
        for place in wrong:
            value = _complete(executor, place, place.holder[place.key])
            if executor.is_awaitable(value):
                waiting.append(_later(executor, place, value))
            else:
                _settle(executor, place, value)
    except GraphQLError:
        if waiting:
            executor.settle_in_background(waiting)
        raise
    if waiting:
        await gather_with_cancel(*waiting)


def _complete(executor: Any, place: Place, amiss: Amiss) -> Any:
    if amiss.error:
        return amiss.error
    if executor.is_awaitable(amiss.value):
        return amiss.value
    field: Field = place.field
    info = executor.build_resolve_info(field.definition, to_nodes(place.details), field.owner, place.path)
    try:
        return executor.complete_value(place.kind, place.details, info, place.path, amiss.value, None)
    except Exception as error:  # noqa: BLE001 - located when it is settled
        return error


async def _later(executor: Any, place: Place, value: Any) -> None:
    try:
        awaited = place.holder[place.key].value is value
        value = await value
        if awaited:
            value = _complete(executor, place, Amiss(value))
            value = await value if executor.is_awaitable(value) else value
    except Exception as error:  # noqa: BLE001 - as above
        value = error
    _settle(executor, place, value)


def _settle(executor: Any, place: Place, value: Any) -> None:
    if not isinstance(value, Exception):
        place.holder[place.key] = value
        return
    error, at = value, place
    while True:
        try:
            executor.handle_field_error(error, at.kind, at.details, at.path)
        except GraphQLError as located:
            if at.above is None:
                raise
            error, at = located, at.above
        else:
            at.holder[at.key] = None
            return
