"""The tree by which the objects of an operation are counted: what a variable has no say in is a number already."""

from collections.abc import Iterable
from typing import Any

from graphql import GraphQLField, GraphQLList, get_named_type, get_nullable_type

from execution import strawberry_adapter
from execution.amounts import Amount, Values
from execution.field_metadata import PAGE_ROWS, ListSize

Conditions = frozenset[tuple[str, bool]]
"""The variables that `@skip` and `@include` look at, with the values by which a selection is there."""
ALWAYS: Conditions = frozenset()


class CountedField:
    """A field that gives objects, or that has some below it."""

    __slots__ = ("amount", "below", "conditions", "each", "is_page", "least", "name", "of_page", "own")

    def __init__(self, name: str, conditions: Iterable[Conditions], field: GraphQLField, size: ListSize | None) -> None:
        self.name = name
        self.conditions = () if ALWAYS in conditions else tuple(conditions)
        """It is there if all of any of these hold; none of them is needed if there are none."""
        is_list = isinstance(get_nullable_type(field.type), GraphQLList)
        self.of_page = is_list and size is PAGE_ROWS
        self.is_page = size is not None and not is_list
        self.amount: Amount | None = None
        counted = strawberry_adapter.is_counted(get_named_type(field.type))
        self.own = int(counted)
        self.least = int(self.of_page and not counted)
        """An edge counts as its node does, and for itself only where its node is not asked for."""
        self.below: tuple[CountedSelection, ...] = ()
        """What is asked of its objects: one for each type that they may have."""
        self.each: int | None = None
        """The objects that one item gives, itself among them; None if variables or the page decide."""

    def settle(self, amount: Amount | None, below: "tuple[CountedSelection, ...]") -> None:
        """Take what is below, and work out what can be known now."""
        self.amount, self.below = amount, below
        rows = (amount.constant if amount else 0) if self.is_page else 0
        known = [None if rows is None else one.constant(rows) for one in below]
        if None not in known:
            self.each = self._each(known)

    def _each(self, below: Iterable[Any]) -> int:
        return max(self.own + max(below, default=0), self.least)

    @property
    def constant(self) -> int | None:
        """How many objects it gives whatever the variables are; None if they decide, or the page that it is of."""
        if self.conditions or self.each is None or self.of_page:
            return None
        times = 1 if self.is_page or self.amount is None else self.amount.constant
        return None if times is None else times * self.each

    def sizes(self, values: Values, rows: int) -> tuple[int, int]:
        """Say how many items it has where its parent is a page of `rows`, and of how many rows a page each is."""
        if self.conditions and not self._is_there(values):
            return 0, 0
        if self.of_page:
            return rows, 0
        if self.amount is None:
            return 1, 0
        return (1, self.amount.of(values)) if self.is_page else (self.amount.of(values), 0)

    def _is_there(self, values: Values) -> bool:
        for alternative in self.conditions:
            for name, wanted in alternative:
                if values.get(name) is not wanted:
                    break
            else:
                return True
        return False

    def count(self, values: Values, rows: int, known: dict[Any, int]) -> int:
        """Count the objects that it gives."""
        times, page = self.sizes(values, rows)
        if self.each is not None or not times:
            return times * (self.each or 0)
        if len(self.below) == 1:
            return times * max(self.own + self.below[0].count(values, page, known), self.least)
        return times * self._each([one.count(values, page, known) for one in self.below])


class CountedSelection:
    """What is asked of objects of one type. `rows` is the size of the page that such an object is, if it is one."""

    __slots__ = ("fields", "fixed", "per_row", "shared", "varying")

    def __init__(self, fields: list[CountedField]) -> None:
        self.fields = fields
        self.fixed = self.per_row = 0
        self.varying: list[CountedField] = []
        for field in fields:
            if field.constant is not None:
                self.fixed += field.constant
            elif field.of_page and field.each is not None and not field.conditions:
                self.per_row += field.each
            else:
                self.varying.append(field)
        self.shared = False
        """Whether several fields have it below them, so that counting it once for all of them is worth while."""

    def constant(self, rows: int) -> int | None:
        """How many objects it gives whatever the variables are; None if they decide."""
        return None if self.varying else self.fixed + rows * self.per_row

    def count(self, values: Values, rows: int, known: dict[Any, int]) -> int:
        """Count the objects that it gives."""
        if self.shared and (self, rows) in known:
            return known[self, rows]
        total = self.fixed + rows * self.per_row
        for field in self.varying:
            total += field.count(values, rows, known)
        if self.shared:
            known[self, rows] = total
        return total

    def largest(self, values: Values, rows: int, known: dict[Any, tuple[int, str]]) -> tuple[int, str]:
        """Find the path that gives most objects, and how many they are."""
        if (self, rows) in known:
            return known[self, rows]
        most, path = 0, ""
        for field in self.fields:
            times, page = field.sizes(values, rows)
            below, way = max((one.largest(values, page, known) for one in field.below), default=(0, ""))
            own = field.own or (0 if below else field.least)
            number, name = (below, f"{field.name}.{way}") if below > own else (own, field.name)
            if times * number > most:
                most, path = times * number, name
        known[self, rows] = most, path
        return most, path
