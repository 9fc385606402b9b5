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
    """Searches an answer for failures, and for objects by their ids. Objects without any are searched only once.

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
        self._empty: set[int] = set()

    def roots(self, roots: Iterable[Any], data: dict[str, Any]) -> Iterator[ResponsePosition]:
        """Find the positions below the root fields."""
        for root in roots:
            yield from self._within(ResponsePosition(data, root.name, root.definition.type, root, root.path, None))

    def _within(self, position: ResponsePosition) -> Iterator[ResponsePosition]:
        value = position.holder[position.key]
        if value.__class__ is FieldFailure:
            yield position
        elif value.__class__ is list:
            yield from self._items(position, value)
        elif value.__class__ is dict and id(value) not in self._empty:
            empty = id(value) not in self._objects
            if not empty:
                yield position
            for found in self._fields(position, value):
                empty = False
                yield found
            if empty:
                self._empty.add(id(value))

    def _items(self, position: ResponsePosition, value: list[Any]) -> Iterator[ResponsePosition]:
        type_: Any = position.type_
        item = (type_.of_type if isinstance(type_, GraphQLNonNull) else type_).of_type
        for number, inner in enumerate(value):
            if inner.__class__ is FieldFailure or (
                inner.__class__ in {dict, list} and self._may_contain_failures(position, inner)
            ):
                yield from self._within(
                    ResponsePosition(value, number, item, position.field, Path(position.path, number, None), position)
                )

    def _fields(self, position: ResponsePosition, value: dict[str, Any]) -> Iterator[ResponsePosition]:
        selection = self._selection(position, value)
        within = self._within_fields
        for field in selection.fallible if selection else ():
            if within is not None and field not in within:
                continue
            path = Path(position.path, field.name, field.owner.name)
            yield from self._within(ResponsePosition(value, field.name, field.definition.type, field, path, position))

    def _selection(self, position: ResponsePosition, value: dict[str, Any]) -> Selection | None:
        """The selection on an object; None for a leaf that is a dict."""
        below: list[Selection] = position.field.below
        if below and below[0].is_possible_type:
            return self._selections[id(value)]
        return below[0] if below else None

    def _may_contain_failures(self, position: ResponsePosition, value: Any) -> bool:
        if value.__class__ is list:
            return True
        selection = self._selection(position, value)
        return bool(selection and selection.fallible)
