"""Places in an answer: where a failure lies, and what is null because of it. A shared object lies at several places."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from graphql import GraphQLNonNull, GraphQLOutputType
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path

from execution.completers import FieldFailure
from execution.selections import Selection

Slot = tuple[int, str | int]
"""The id of a dict or list of the answer, and the key or index in it: the same for all places of a shared object."""


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

    @property
    def slot(self) -> Slot:
        """What a value is written to, whichever of the places of a shared object this is."""
        return id(self.holder), self.key

    @property
    def nulled(self) -> Slot | None:
        """The nearest slot that becomes null when this fails; None for the whole answer."""
        place: Place | None = self
        while place is not None and isinstance(place.kind, GraphQLNonNull):
            place = place.above
        return place and place.slot

    @property
    def slots(self) -> Iterator[Slot | None]:
        """The slots that it lies in, its own first, and None for the whole answer."""
        place: Place | None = self
        while place is not None:
            yield place.slot
            place = place.above
        yield None


class Search:
    """Walks an answer for what is failed, and for objects by their ids. What holds nothing of that is walked once."""

    def __init__(self, kinds: Mapping[int, Selection], objects: Iterable[int] = ()) -> None:
        self._kinds = kinds
        self._objects = frozenset(objects)
        self._empty: set[int] = set()

    def roots(self, roots: Iterable[Any], data: dict[str, Any]) -> Iterator[Place]:
        """Find the places below the fields of the root."""
        for root in roots:
            yield from self._within(Place(data, root.name, root.definition.type, root, root.path, None))

    def _within(self, place: Place) -> Iterator[Place]:
        value = place.holder[place.key]
        if value.__class__ is FieldFailure:
            yield place
        elif value.__class__ is list:
            yield from self._items(place, value)
        elif value.__class__ is dict and id(value) not in self._empty:
            empty = id(value) not in self._objects
            if not empty:
                yield place
            for one in self._fields(place, value):
                empty = False
                yield one
            if empty:
                self._empty.add(id(value))

    def _items(self, place: Place, value: list[Any]) -> Iterator[Place]:
        kind: Any = place.kind
        item = (kind.of_type if isinstance(kind, GraphQLNonNull) else kind).of_type
        for number, inner in enumerate(value):
            if inner.__class__ is FieldFailure or (inner.__class__ in {dict, list} and self._is_deep(place, inner)):
                yield from self._within(Place(value, number, item, place.field, Path(place.path, number, None), place))

    def _fields(self, place: Place, value: dict[str, Any]) -> Iterator[Place]:
        selection = self._selection(place, value)
        for field in selection.deep if selection else ():
            path = Path(place.path, field.name, field.owner.name)
            yield from self._within(Place(value, field.name, field.definition.type, field, path, place))

    def _selection(self, place: Place, value: dict[str, Any]) -> Selection | None:
        """Give what was asked of an object; None for a leaf that is a dict."""
        below: list[Selection] = place.field.below
        if below and below[0].one_of_many:
            return self._kinds[id(value)]
        return below[0] if below else None

    def _is_deep(self, place: Place, value: Any) -> bool:
        if value.__class__ is list:
            return True
        selection = self._selection(place, value)
        return bool(selection and selection.deep)
