"""How many objects an operation can give, at most, worked out once so that it is soon told for any variables.

Fields are merged as execution merges them, and each set of merged fields is looked at once, however many fragments
lead to it. What fields and types say of their size is `ListSize` and `not_counted`. Introspection is left out: the
limit of its depth holds it.
"""

from collections.abc import Iterable
from typing import Any

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
from execution.amounts import amount_of
from execution.counted_fields import ALWAYS, Conditions, CountedField, CountedSelection
from execution.field_metadata import ANY_LIST
from execution.object_count import ObjectCount

FIELD_BYTES = 500
"""What a counted field takes in memory, about."""
WANTED = {"skip": False, "include": True}
NOTHING = CountedSelection([])

Group = list[tuple[FieldNode, Conditions]]
"""Fields of one name in the answer, with the conditions under which each of them is there."""
Parts = list[tuple[SelectionSetNode, Conditions]]


class Counting:
    """Works out the operations of one validated document."""

    def __init__(self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments
        self._known: dict[Any, CountedSelection] = {}
        self.weight = 0
        """The memory that what was worked out takes, about."""

    def operation(self, operation: OperationDefinitionNode, allowed: int) -> ObjectCount:
        """Work out an operation. A subscription counts as what one event gives."""
        root = self._schema.get_root_type(operation.operation)
        return ObjectCount(self._selection(root, [(operation.selection_set, ALWAYS)]) if root else NOTHING, allowed)

    def _selection(self, kind: GraphQLObjectType, parts: Parts) -> CountedSelection:
        groups = self._collect(kind, parts)
        key = kind, frozenset((id(node), given) for group in groups.values() for node, given in group)
        known = self._known.get(key)
        if known is not None:
            known.shared = True
            return known
        self._known[key] = NOTHING  # a cycle, which validation refuses, ends here
        fields = [self._field(kind, name, group) for name, group in groups.items()]
        counted = [one for one in fields if one and (one.own or one.least or one.below)]
        self.weight += FIELD_BYTES * (1 + len(counted))
        made = self._known[key] = CountedSelection(counted)
        return made

    def _collect(self, kind: GraphQLObjectType, parts: Parts) -> dict[str, Group]:
        """Collect the fields with selections of their own, by the names that they have in the answer."""
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
                if self._applies(fragment.type_condition, kind):
                    inner.append((fragment.selection_set, given))
            stack += reversed(inner)
        return groups

    def _applies(self, condition: Any, kind: GraphQLObjectType) -> bool:
        if condition is None or condition.name.value == kind.name:
            return True
        found = self._schema.get_type(condition.name.value)
        return isinstance(found, GraphQLInterfaceType | GraphQLUnionType) and self._schema.is_sub_type(found, kind)

    def _field(self, owner: GraphQLObjectType, name: str, group: Group) -> CountedField | None:
        node, conditions = group[0][0], {given for _, given in group}
        definition = self._schema.get_field(owner, node.name.value)
        if definition is None:
            return None
        size = strawberry_adapter.list_size(definition)
        made = CountedField(name, conditions, definition, size)
        if size is None and isinstance(get_nullable_type(definition.type), GraphQLList):
            size = ANY_LIST
        # Where all are there under the same conditions, what is below them need not ask for these again.
        alike = len(conditions) == 1
        parts: Parts = [(one.selection_set, ALWAYS if alike else given) for one, given in group if one.selection_set]
        below = (self._selection(one, parts) for one in self._types(get_named_type(definition.type)))
        made.settle(
            amount_of(size, definition, node) if size and not made.of_page else None,
            tuple({one: None for one in below if one.fields}),
        )
        return made

    def _types(self, kind: GraphQLNamedType) -> Iterable[GraphQLObjectType]:
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            return self._schema.get_possible_types(kind)
        return (kind,) if isinstance(kind, GraphQLObjectType) else ()


def _conditions(selection: SelectionNode, above: Conditions) -> Conditions | None:
    """Add the conditions of a selection to those above it; None where it is never there."""
    for directive in selection.directives or ():
        if directive.name.value not in WANTED:
            continue
        wanted = WANTED[directive.name.value]
        for argument in directive.arguments or ():
            if isinstance(argument.value, VariableNode):
                above |= {(argument.value.name.value, wanted)}
            elif isinstance(argument.value, BooleanValueNode) and argument.value.value is not wanted:
                return None
    return above
