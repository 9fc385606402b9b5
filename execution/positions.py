"""Response positions: where in an answer a failure is, and what becomes null because of it.

An object that several parents share is at several positions.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from graphql import GraphQLNonNull, GraphQLOutputType
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path

from execution.completers import FieldFailure
from execution.selections import Field, Selection

Slot = tuple[int, str | int]
"""The id of a dict or list of the answer, and a key or index in it: the same for all positions of a shared object."""


class ResponsePosition(NamedTuple):
    """A position in an answer, and the position that contains it."""

    holder: Any
    key: str | int
    type_: GraphQLOutputType
    field: Any
    """The field whose value, or whose list item, is at the position: of a plan, or of the root."""
    path: Path
    parent: "ResponsePosition | None"

    @property
    def details(self) -> FieldDetailsList:
        """The field nodes of the document that select it."""
        details: FieldDetailsList = self.field.details
        return details

    @property
    def slot(self) -> Slot:
        """Where the value is stored, the same for all positions of a shared object."""
        return id(self.holder), self.key

    @property
    def nulled(self) -> Slot | None:
        """The nearest slot that becomes null if the value here fails; None for the whole answer."""
        position: ResponsePosition | None = self
        while position is not None and isinstance(position.type_, GraphQLNonNull):
            position = position.parent
        return position and position.slot

    @property
    def slots(self) -> Iterator[Slot | None]:
        """The slots of this position and of those that contain it, from the inside out, and None for the whole answer."""
        position: ResponsePosition | None = self
        while position is not None:
            yield position.slot
            position = position.parent
        yield None


def fields_above(roots: Iterable[Any], failed: set[Field]) -> frozenset[Field]:
    """The fields through which values of the `failed` ones are reached, and those that were completed together with them."""
    found: set[Field] = set()

    def collect(below: Iterable[Selection], *, together: bool) -> bool:
        contains = False
        for selection in below:
            for field in selection.fallible:
                with_parent = together and not field.is_batched
                if collect(field.below, together=field in failed or with_parent) or field in failed or with_parent:
                    found.add(field)
                    contains = True
        return contains

    for root in roots:
        collect(root.below, together=False)
    return frozenset(found)


class PositionSearch:
    """Searches an answer for failures, and for objects by their ids.

    Positions are made only on the way to these: each object is looked through once for whether there is any below it.
    Where it is known below which fields the failures are (see `fields_above`), no others are searched.
    """

    def __init__(
        self,
        selections: Mapping[int, Selection],
        objects: Iterable[int] = (),
        within: frozenset[Field] | None = None,
    ) -> None:
        self._selections = selections
        self._within_fields = within
        self._objects = frozenset(objects)
        self._searched: dict[Selection, list[Field]] = {}
        """The fields that are searched, by their selections."""
        self._contains: dict[int, bool] = {}
        """Whether there is anything to find in an object, by its id."""

    def roots(self, roots: Iterable[Any], data: dict[str, Any]) -> Iterator[ResponsePosition]:
        """Find the positions below the root fields."""
        for root in roots:
            if self._has(root, data[root.name]):
                yield from self._within(ResponsePosition(data, root.name, root.definition.type, root, root.path, None))

    def _has(self, field: Any, value: Any) -> bool:
        """Whether there is anything to find in a value of a field."""
        if value.__class__ is dict:
            known = self._contains.get(id(value))
            if known is None:
                known = id(value) in self._objects
                for inner in () if known else self._fields_of(field, value):
                    if self._has(inner, value[inner.name]):
                        known = True
                        break
                self._contains[id(value)] = known
            return known
        if value.__class__ is list:
            return any(self._has(field, item) for item in value)
        return value.__class__ is FieldFailure

    def _within(self, position: ResponsePosition) -> Iterator[ResponsePosition]:
        """Find the positions in a value that contains any."""
        value = position.holder[position.key]
        if value.__class__ is FieldFailure:
            yield position
        elif value.__class__ is list:
            yield from self._items(position, value)
        else:
            if id(value) in self._objects:
                yield position
            for field in self._fields_of(position.field, value):
                if self._has(field, value[field.name]):
                    path = Path(position.path, field.name, field.owner.name)
                    yield from self._within(
                        ResponsePosition(value, field.name, field.definition.type, field, path, position)
                    )

    def _items(self, position: ResponsePosition, value: list[Any]) -> Iterator[ResponsePosition]:
        type_: Any = position.type_
        item = (type_.of_type if isinstance(type_, GraphQLNonNull) else type_).of_type
        for number, inner in enumerate(value):
            if self._has(position.field, inner):
                yield from self._within(
                    ResponsePosition(value, number, item, position.field, Path(position.path, number, None), position)
                )

    def _fields_of(self, field: Any, value: dict[str, Any]) -> list[Field]:
        """The fields of an object that are searched; none for a leaf that is a dict."""
        below: list[Selection] = field.below
        if not below:
            return []
        selection = self._selections[id(value)] if below[0].is_possible_type else below[0]
        fields = self._searched.get(selection)
        if fields is None:
            within = self._within_fields
            fields = [inner for inner in selection.fallible if within is None or inner in within]
            self._searched[selection] = fields
        return fields
