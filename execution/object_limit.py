"""The limit on the number of objects that an operation can return.

A document is analysed once, so that checking the limit for the variables of a request is cheap. Fields are merged as
execution merges them, and each set of merged fields is analysed once, however many fragments lead to it. Fields and
types declare their size with `ListSize` and `not_counted`. Introspection is not counted: its depth is limited instead.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
)

from execution import strawberry_adapter
from execution.field_metadata import ANY_LIST
from execution.measure import SATURATED
from execution.object_counts import ALWAYS, Conditions, CountedField, CountedSelection, Values, list_length

PATH_CHARACTERS = 80
FIELD_BYTES = 500
"""The approximate memory that a counted field takes."""
INCLUDED_IF = {"skip": False, "include": True}
NOTHING = CountedSelection([])

Group = list[tuple[FieldNode, Conditions]]
"""Fields with the same response name, with the conditions under which each of them is in the answer."""
Parts = list[tuple[SelectionSetNode, Conditions]]


class TooManyObjects(NamedTuple):
    """The error of an operation that can return more objects than are allowed."""

    measured: int
    allowed: int
    path: str

    @property
    def sentence(self) -> str:
        """The message for the client."""
        measured = f"{SATURATED} or more" if self.measured >= SATURATED else str(self.measured)
        return (
            f"The operation can give {measured} objects; the limit is {self.allowed}. Most of them come from "
            f"'{self.path}'. Ask for fewer at once: use a smaller `first` on that path, or several operations."
        )


class ObjectLimit:
    """The limit for one operation."""

    __slots__ = ("_allowed", "_constant_excess", "_root")

    def __init__(self, root: CountedSelection, allowed: int) -> None:
        self._root, self._allowed = root, allowed
        constant = root.constant(0)
        self._constant_excess = None if constant is None else self._compare(constant, {})

    @property
    def is_always_met(self) -> bool:
        """Whether the operation is within the limit for any variables, so that it needs no check."""
        return self._root.constant(0) is not None and self._constant_excess is None

    def excess(self, values: Values) -> TooManyObjects | None:
        """The error for these values of the variables; None if they are within the limit."""
        return self._constant_excess or (
            self._compare(self._root.count(values, 0, {}), values) if self._root.varying else None
        )

    def _compare(self, measured: int, values: Values) -> TooManyObjects | None:
        if measured <= self._allowed:
            return None
        path = self._root.largest(values, 0, {})[1]
        shown = path if len(path) <= PATH_CHARACTERS else f"…{path[1 - PATH_CHARACTERS :]}"
        return TooManyObjects(min(measured, SATURATED), self._allowed, shown)


class ObjectCounter:
    """Analyses the operations of one validated document."""

    def __init__(self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments
        self._known: dict[Any, CountedSelection] = {}
        self.weight = 0
        """The approximate memory that the analysis takes."""

    def operation(self, operation: OperationDefinitionNode, allowed: int) -> ObjectLimit:
        """Analyse an operation. A subscription counts as the answer to one event."""
        root = self._schema.get_root_type(operation.operation)
        return ObjectLimit(self._selection(root, [(operation.selection_set, ALWAYS)]) if root else NOTHING, allowed)

    def _selection(self, type_: GraphQLObjectType, parts: Parts) -> CountedSelection:
        groups = self._collect(type_, parts)
        key = type_, frozenset((id(node), given) for group in groups.values() for node, given in group)
        known = self._known.get(key)
        if known is not None:
            known.shared = True
            return known
        self._known[key] = NOTHING  # a cycle, which validation refuses, ends here
        fields = [self._field(type_, name, group) for name, group in groups.items()]
        counted = [one for one in fields if one and (one.own or one.least or one.below)]
        self.weight += FIELD_BYTES * (1 + len(counted))
        made = self._known[key] = CountedSelection(counted)
        return made

    def _collect(self, type_: GraphQLObjectType, parts: Parts) -> dict[str, Group]:
        """Collect the fields that have selections of their own, by response name."""
        groups: dict[str, Group] = {}
        seen: set[tuple[str, Conditions]] = set()
        stack = parts[::-1]
        while stack:
            selection_set, above = stack.pop()
            inner: Parts = []
            for selection in selection_set.selections:
                given = _conditions(selection, above)
                if given is None:
                    continue
                if isinstance(selection, FieldNode):
                    if selection.selection_set and not selection.name.value.startswith("__"):
                        groups.setdefault((selection.alias or selection.name).value, []).append((selection, given))
                    continue
                fragment: Any = selection
                if not isinstance(selection, InlineFragmentNode):
                    fragment = self._fragments.get(selection.name.value)  # type: ignore[attr-defined]
                    spread = selection.name.value, given  # type: ignore[attr-defined]
                    if fragment is None or spread in seen:
                        continue
                    seen.add(spread)
                if self._applies(fragment.type_condition, type_):
                    inner.append((fragment.selection_set, given))
            stack += reversed(inner)
        return groups

    def _applies(self, condition: Any, type_: GraphQLObjectType) -> bool:
        if condition is None or condition.name.value == type_.name:
            return True
        found = self._schema.get_type(condition.name.value)
        return isinstance(found, GraphQLInterfaceType | GraphQLUnionType) and self._schema.is_sub_type(found, type_)

    def _field(self, owner: GraphQLObjectType, name: str, group: Group) -> CountedField | None:
        node, conditions = group[0][0], {given for _, given in group}
        definition = self._schema.get_field(owner, node.name.value)
        if definition is None:
            return None
        size = strawberry_adapter.list_size(definition)
        made = CountedField(name, conditions, definition, size)
        if size is None and isinstance(get_nullable_type(definition.type), GraphQLList):
            size = ANY_LIST
        # Where all have the same conditions, the selections below need not check them again.
        same_conditions = len(conditions) == 1
        parts: Parts = [
            (one.selection_set, ALWAYS if same_conditions else given) for one, given in group if one.selection_set
        ]
        below = (self._selection(one, parts) for one in self._types(get_named_type(definition.type)))
        made.resolve(
            list_length(size, definition, node) if size and not made.of_page else None,
            tuple({one: None for one in below if one.fields}),
        )
        return made

    def _types(self, type_: GraphQLNamedType) -> Iterable[GraphQLObjectType]:
        if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            return self._schema.get_possible_types(type_)
        return (type_,) if isinstance(type_, GraphQLObjectType) else ()


def _conditions(selection: SelectionNode, above: Conditions) -> Conditions | None:
    """Add the conditions of a selection to those of its parents; None where it is never included."""
    for directive in selection.directives or ():
        if directive.name.value not in INCLUDED_IF:
            continue
        wanted = INCLUDED_IF[directive.name.value]
        for argument in directive.arguments or ():
            if isinstance(argument.value, VariableNode):
                above |= {(argument.value.name.value, wanted)}
            elif isinstance(argument.value, BooleanValueNode) and argument.value.value is not wanted:
                return None
    return above
