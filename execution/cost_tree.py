"""What an operation amounts to, as a tree: its cost, or the number of its objects.

What does not depend on variables is a number already, so that a request pays for what its variables change.
"""

from collections.abc import Iterable
from typing import Any

from graphql import FieldNode, GraphQLField, IntValueNode, ListValueNode, NullValueNode, VariableNode

from execution.field_metadata import ListSize

Values = dict[str, Any]
"""The coerced values of the variables."""
Conditions = frozenset[tuple[str, bool]]
"""Variables used by `@skip` and `@include`, with the values that keep a selection in the answer."""
ALWAYS: Conditions = frozenset()


class ListLength:
    """How many items a list or a page can have: the value of the first variable that is set, else a fixed number."""

    __slots__ = ("_fallback", "_maximum", "_variables", "argument", "constant")

    def __init__(self, size: ListSize, variables: list[str], fallback: int) -> None:
        self._variables, self._maximum = variables, size.maximum
        self.argument = size.arguments[0] if size.arguments else None
        """The argument that clients choose the length by."""
        self._fallback = self._clamp(fallback)
        self.constant = None if variables else self._fallback

    def of(self, values: Values) -> int:
        """The length for these values of the variables."""
        for name in self._variables:
            value = values.get(name)
            if value is not None:
                return self._clamp(value if isinstance(value, int) else len(value))
        return self._fallback

    def _clamp(self, number: int) -> int:
        return max(0, number if self._maximum is None else min(number, self._maximum))


def list_length(size: ListSize, definition: GraphQLField, node: FieldNode) -> ListLength:
    """Derive the length of a list or a page from the arguments of its field."""
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    variables: list[str] = []
    for name in size.arguments:
        value = given.get(name)
        default = definition.args[name].default_value if name in definition.args else None
        if isinstance(value, VariableNode):
            variables.append(value.name.value)
        elif isinstance(value, IntValueNode):
            return ListLength(size, variables, int(value.value))
        elif value is not None and not isinstance(value, NullValueNode):
            return ListLength(size, variables, len(value.values) if isinstance(value, ListValueNode) else 1)
        if (value is None or isinstance(value, VariableNode)) and isinstance(default, int):
            return ListLength(size, variables, default if size.usual is None else size.usual)
    return ListLength(size, variables, size.default if size.usual is None else size.usual)


class WeighedField:
    """A field that has a weight, or that has such fields below it."""

    __slots__ = ("below", "call", "conditions", "is_page", "least", "length", "name", "of_page", "own", "per_item")

    def __init__(self, name: str, conditions: Iterable[Conditions], call: int, own: int, least: int) -> None:
        self.name = name
        self.conditions = () if ALWAYS in conditions else tuple(conditions)
        """Alternatives: the field is in the answer if every condition of one of them holds. Empty means always."""
        self.call, self.own = call, own
        """The weight of the field itself, and of each of its objects."""
        self.least = least
        """An edge weighs as its node does; it has a weight of its own only where the node is not selected."""
        self.of_page = self.is_page = False
        self.length: ListLength | None = None
        self.below: tuple[WeighedSelection, ...] = ()
        """The selections on its objects: one for each type that they may have."""
        self.per_item: int | None = None
        """The weight of one item with all below it; None if this depends on variables or on the page."""

    def resolve(
        self, length: ListLength | None, below: "tuple[WeighedSelection, ...]", *, of_page: bool, is_page: bool
    ) -> None:
        """Set what is below, and compute what does not depend on variables.

        `is_page` is a connection of this length; `of_page` are its rows, of which it has as many.
        """
        self.length, self.below, self.of_page, self.is_page = length, below, of_page, is_page
        rows = (length.constant if length else 0) if is_page else 0
        known = [None if rows is None else one.constant(rows) for one in below]
        if None not in known:
            self.per_item = self.weigh_item(known)

    def weigh_item(self, below: Iterable[Any]) -> int:
        """The weight of one item, from what is below it for each type that it may have."""
        return max(self.own + max(below, default=0), self.least)

    @property
    def constant(self) -> int | None:
        """The weight where it is the same for all variables and pages; else None."""
        if self.conditions or self.per_item is None or self.of_page:
            return None
        times = 1 if self.is_page or self.length is None else self.length.constant
        return None if times is None else self.call + times * self.per_item

    def sizes(self, values: Values, rows: int) -> tuple[int, int]:
        """The number of items on a page of `rows`, and the number of rows of the page that each item is."""
        if self.of_page:
            return rows, 0
        if self.length is None:
            return 1, 0
        return (1, self.length.of(values)) if self.is_page else (self.length.of(values), 0)

    def is_included(self, values: Values) -> bool:
        """Whether `@skip` and `@include` leave the field in the answer."""
        if not self.conditions:
            return True
        return any(all(values.get(name) is wanted for name, wanted in one) for one in self.conditions)

    def weigh(self, values: Values, rows: int, known: dict[Any, int]) -> int:
        """The weight for these values of the variables."""
        if self.conditions and not self.is_included(values):
            return 0
        times, page = self.sizes(values, rows)
        if self.per_item is not None or not times:
            return self.call + times * (self.per_item or 0)
        return self.call + times * self.weigh_item([one.weigh(values, page, known) for one in self.below])


class WeighedSelection:
    """The fields selected on objects of one type. `rows` is the size of the page where such an object is a page."""

    __slots__ = ("fields", "fixed", "per_row", "shared", "varying")

    def __init__(self, fields: list[WeighedField]) -> None:
        self.fields = fields
        self.fixed = self.per_row = 0
        self.varying: list[WeighedField] = []
        for field in fields:
            if field.constant is not None:
                self.fixed += field.constant
            elif field.of_page and field.per_item is not None and not field.conditions:
                self.per_row += field.per_item
            else:
                self.varying.append(field)
        self.shared = False
        """Whether several fields lead to this selection, so that its weight is worth caching."""

    def constant(self, rows: int) -> int | None:
        """The weight where it is the same for all variables; else None."""
        return None if self.varying else self.fixed + rows * self.per_row

    def weigh(self, values: Values, rows: int, known: dict[Any, int]) -> int:
        """The weight for these values of the variables."""
        if self.shared and (self, rows) in known:
            return known[self, rows]
        total = self.fixed + rows * self.per_row
        for field in self.varying:
            total += field.weigh(values, rows, known)
        if self.shared:
            known[self, rows] = total
        return total
