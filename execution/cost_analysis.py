"""Makes the trees of `cost_tree` from the operations of a document.

Fields are merged as execution merges them, and each set of merged fields is analysed once, however many fragments lead
to it, so the analysis is linear in the document. Introspection has no weight: its depth is limited instead.
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
from execution.cost_tree import ALWAYS, Conditions, WeighedField, WeighedSelection, list_length
from execution.field_metadata import ANY_LIST, PAGE_ROWS
from execution.quantities import Weigh

FIELD_BYTES = 500
"""The approximate memory that a weighed field takes."""
INCLUDED_IF = {"skip": False, "include": True}
NOTHING = WeighedSelection([])

Group = list[tuple[FieldNode, Conditions]]
"""Fields with the same response name, with the conditions under which each of them is in the answer."""
Parts = list[tuple[SelectionSetNode, Conditions]]


class Analysis:
    """Analyses the operations of one validated document, for one quantity."""

    def __init__(self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode], weigh: Weigh) -> None:
        self._schema = schema
        self._weigh = weigh
        self._fragments = fragments
        self._known: dict[Any, WeighedSelection] = {}
        self.weight = 0
        """The approximate memory that the analysis takes."""

    def operation(self, operation: OperationDefinitionNode) -> WeighedSelection:
        """Analyse an operation. A subscription weighs as the answer to one event."""
        root = self._schema.get_root_type(operation.operation)
        return self._selection(root, [(operation.selection_set, ALWAYS)]) if root else NOTHING

    def _selection(self, type_: GraphQLObjectType, parts: Parts) -> WeighedSelection:
        groups = self._collect(type_, parts)
        key = type_, frozenset((id(node), given) for group in groups.values() for node, given in group)
        known = self._known.get(key)
        if known is not None:
            known.shared = True
            return known
        self._known[key] = NOTHING  # a cycle, which validation refuses, ends here
        fields = [self._field(type_, name, group) for name, group in groups.items()]
        weighed = [one for one in fields if one]
        self.weight += FIELD_BYTES * (1 + len(weighed))
        made = self._known[key] = WeighedSelection(weighed)
        return made

    def _collect(self, type_: GraphQLObjectType, parts: Parts) -> dict[str, Group]:
        """Collect the fields by response name."""
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
                    if not selection.name.value.startswith("__"):
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

    def _field(self, owner: GraphQLObjectType, name: str, group: Group) -> WeighedField | None:
        node, conditions = group[0][0], {given for _, given in group}
        definition = self._schema.get_field(owner, node.name.value)
        if definition is None:
            return None
        weights = self._weigh(definition)
        if node.selection_set is None:
            return _leaf(name, conditions, weights.call) if weights.call else None
        size = strawberry_adapter.list_size(definition)
        is_list = isinstance(get_nullable_type(definition.type), GraphQLList)
        of_page = is_list and size is PAGE_ROWS
        made = WeighedField(name, conditions, *weights)
        # Where all have the same conditions, the selections below need not check them again.
        same_conditions = len(conditions) == 1
        parts: Parts = [
            (one.selection_set, ALWAYS if same_conditions else given) for one, given in group if one.selection_set
        ]
        below = (self._selection(one, parts) for one in self._types(get_named_type(definition.type)))
        wanted = None if of_page else size or (ANY_LIST if is_list else None)
        made.resolve(
            list_length(wanted, definition, node) if wanted else None,
            tuple({one: None for one in below if one.fields}),
            of_page=of_page,
            is_page=size is not None and not is_list,
        )
        return made if any(weights) or made.below else None

    def _types(self, type_: GraphQLNamedType) -> Iterable[GraphQLObjectType]:
        if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            return self._schema.get_possible_types(type_)
        return (type_,) if isinstance(type_, GraphQLObjectType) else ()


def _leaf(name: str, conditions: Iterable[Conditions], call: int) -> WeighedField:
    made = WeighedField(name, conditions, call, 0, 0)
    made.resolve(None, (), of_page=False, is_page=False)
    return made


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
