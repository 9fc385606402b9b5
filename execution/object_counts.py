"""The number of objects that an operation can return, as a tree: what does not depend on variables is a number already."""

from collections.abc import Iterable
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLList,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
)

from execution import strawberry_adapter
from execution.field_metadata import PAGE_ROWS, ListSize

Values = dict[str, Any]
"""The coerced values of the variables."""
Conditions = frozenset[tuple[str, bool]]
"""Variables used by `@skip` and `@include`, with the values that keep a selection in the answer."""
ALWAYS: Conditions = frozenset()


class ListLength:
    """How many items a list or a page can have: the value of the first variable that is set, else a fixed number."""

    __slots__ = ("_fallback", "_maximum", "_variables", "constant")

    def __init__(self, variables: list[str], fallback: int, maximum: int | None) -> None:
        self._variables, self._maximum = variables, maximum
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
            return ListLength(variables, int(value.value), size.maximum)
        elif value is not None and not isinstance(value, NullValueNode):
            return ListLength(variables, len(value.values) if isinstance(value, ListValueNode) else 1, size.maximum)
        if (value is None or isinstance(value, VariableNode)) and isinstance(default, int):
            return ListLength(variables, default, size.maximum)
    return ListLength(variables, size.default, size.maximum)


class CountedField:
    """A field that returns objects, or that has such fields below it."""

    __slots__ = ("below", "conditions", "is_page", "least", "length", "name", "of_page", "own", "per_item")

    def __init__(self, name: str, conditions: Iterable[Conditions], field: GraphQLField, size: ListSize | None) -> None:
        self.name = name
        self.conditions = () if ALWAYS in conditions else tuple(conditions)
        """Alternatives: the field is in the answer if every condition of one of them holds. Empty means always."""
        is_list = isinstance(get_nullable_type(field.type), GraphQLList)
        self.of_page = is_list and size is PAGE_ROWS
        self.is_page = size is not None and not is_list
        self.length: ListLength | None = None
        counted = strawberry_adapter.is_counted(get_named_type(field.type))
        self.own = int(counted)
        self.least = int(self.of_page and not counted)
        """An edge counts as its node does; it counts for itself only where the node is not selected."""
        self.below: tuple[CountedSelection, ...] = ()
        """The selections on its objects: one for each type that they may have."""
        self.per_item: int | None = None
        """Objects for one item, including the item itself; None if this depends on variables or on the page."""

    def resolve(self, length: ListLength | None, below: "tuple[CountedSelection, ...]") -> None:
        """Set the selections below, and compute what does not depend on variables."""
        self.length, self.below = length, below
        rows = (length.constant if length else 0) if self.is_page else 0
        known = [None if rows is None else one.constant(rows) for one in below]
        if None not in known:
            self.per_item = self._count_item(known)

    def _count_item(self, below: Iterable[Any]) -> int:
        return max(self.own + max(below, default=0), self.least)

    @property
    def constant(self) -> int | None:
        """The number of objects where it is the same for all variables and pages; else None."""
        if self.conditions or self.per_item is None or self.of_page:
            return None
        times = 1 if self.is_page or self.length is None else self.length.constant
        return None if times is None else times * self.per_item

    def sizes(self, values: Values, rows: int) -> tuple[int, int]:
        """The number of items below a page of `rows`, and the number of rows of the page that each item is."""
        if self.conditions and not self._is_included(values):
            return 0, 0
        if self.of_page:
            return rows, 0
        if self.length is None:
            return 1, 0
        return (1, self.length.of(values)) if self.is_page else (self.length.of(values), 0)

    def _is_included(self, values: Values) -> bool:
        for alternative in self.conditions:
            for name, wanted in alternative:
                if values.get(name) is not wanted:
                    break
            else:
                return True
        return False

    def count(self, values: Values, rows: int, known: dict[Any, int]) -> int:
        """Count the objects for these values of the variables."""
        times, page = self.sizes(values, rows)
        if self.per_item is not None or not times:
            return times * (self.per_item or 0)
        if len(self.below) == 1:
            return times * max(self.own + self.below[0].count(values, page, known), self.least)
        return times * self._count_item([one.count(values, page, known) for one in self.below])


class CountedSelection:
    """The fields selected on objects of one type. `rows` is the size of the page where such an object is a page."""

    __slots__ = ("fields", "fixed", "per_row", "shared", "varying")

    def __init__(self, fields: list[CountedField]) -> None:
        self.fields = fields
        self.fixed = self.per_row = 0
        self.varying: list[CountedField] = []
        for field in fields:
            if field.constant is not None:
                self.fixed += field.constant
            elif field.of_page and field.per_item is not None and not field.conditions:
                self.per_row += field.per_item
            else:
                self.varying.append(field)
        self.shared = False
        """Whether several fields lead to this selection, so that its count is worth caching."""

    def constant(self, rows: int) -> int | None:
        """The number of objects where it is the same for all variables; else None."""
        return None if self.varying else self.fixed + rows * self.per_row

    def count(self, values: Values, rows: int, known: dict[Any, int]) -> int:
        """Count the objects for these values of the variables."""
        if self.shared and (self, rows) in known:
            return known[self, rows]
        total = self.fixed + rows * self.per_row
        for field in self.varying:
            total += field.count(values, rows, known)
        if self.shared:
            known[self, rows] = total
        return total

    def largest(self, values: Values, rows: int, known: dict[Any, tuple[int, str]]) -> tuple[int, str]:
        """Find the path that returns the most objects, and how many."""
        if (self, rows) in known:
            return known[self, rows]
        largest, path = 0, ""
        for field in self.fields:
            times, page = field.sizes(values, rows)
            below, rest = max((one.largest(values, page, known) for one in field.below), default=(0, ""))
            own = field.own or (0 if below else field.least)
            number, name = (below, f"{field.name}.{rest}") if below > own else (own, field.name)
            if times * number > largest:
                largest, path = times * number, name
        known[self, rows] = largest, path
        return largest, path
