"""What a schema says of its fields so that many parents can be asked at once. It is put in a field's `metadata`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol


class Loader(Protocol):
    """Finds values by key, for one request."""

    def many(self, keys: list[Any]) -> Awaitable[dict[Any, Any]]:
        """Give the values of distinct keys: all of a level in one question."""
        ...


@dataclass(frozen=True, slots=True)
class Edge:
    """A field whose value a loader finds by an item of the parent; where that is None, so is the field.

    `open` gives the request's loader for the request's context and the field's arguments, by their Python names.
    """

    key: str
    open: Callable[..., Loader]


class Promise(NamedTuple):
    """What the class of a source says of an item: how it is read soonest, and of which type it is for sure.

    A source class that has such promises has them in `columns`, by the names of the items.
    """

    expression: str
    kind: type | None
    nullable: bool


class Condition(Protocol):
    """A field extension that a plan understands: the field is null unless an expression over `row` is true."""

    condition: str
