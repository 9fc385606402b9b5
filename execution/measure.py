"""The size of a document, measured before validation in one pass; each fragment is measured once.

A field counts wherever its fragment is spread, regardless of `@skip` and `@include`. Depth is the number of nested
objects, so `{ me { name } }` has a depth of 1; below `__schema` and `__type` a separate limit applies.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableDefinitionNode,
)

SATURATED = 1_000_000
INTROSPECTION = frozenset({"__schema", "__type"})


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """The limits on one document, and on the cache of documents."""

    characters: int = 20_000
    tokens: int = 2_000
    comments: int = 200
    operations: int = 5
    fragments: int = 50
    depth: int = 10
    introspection_depth: int = 15
    aliases: int = 30
    root_fields: int = 20
    mutation_root_fields: int = 5
    directives: int = 50
    fields: int = 1_000
    repeats: int = 100
    name_characters: int = 100
    list_items: int = 250
    value_depth: int = 64
    integer_digits: int = 20
    comparisons: int = 20_000
    cached_bytes: int = 64 * 1024 * 1024
    cached_errors: int = 512
    seen_documents: int = 4_096


class Excess(NamedTuple):
    """A limit that a document exceeds. `what` is a phrase with `{}` for the measured number."""

    what: str
    measured: int
    allowed: int

    @property
    def sentence(self) -> str:
        """The message for the client."""
        measured = f"{SATURATED} or more" if self.measured >= SATURATED else str(self.measured)
        return f"The document has {self.what.format(measured)}; the limit is {self.allowed}."


@dataclass(slots=True)
class _Shape:
    """The size of one definition: at first without the fragments that it spreads, finally with them."""

    depth: int = 0
    introspection_depth: int = 0
    aliases: int = 0
    root_fields: int = 0
    directives: int = 0
    fields: int = 0
    repeats: int = 0
    name_characters: int = 0
    list_items: int = 0
    value_depth: int = 0
    integer_digits: int = 0
    spreads: list[tuple[str, int, bool, bool]] = field(default_factory=list)

    def deepen(self, depth: int, *, introspecting: bool) -> None:
        """Record an object at this depth."""
        if introspecting:
            self.introspection_depth = max(self.introspection_depth, depth)
        else:
            self.depth = max(self.depth, depth)


def excesses(document: DocumentNode, limits: DocumentLimits) -> list[Excess]:
    """The limits that the operations of a document exceed. Does not recurse into the document."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    count = sum(isinstance(node, FragmentDefinitionNode) for node in document.definitions)
    found = [
        *_check("{} operations", len(operations), limits.operations),
        *_check("{} fragments", count, limits.fragments),
    ]
    if found:
        return found
    measured_fragments: dict[str, _Shape | None] = {}
    for name in fragments:
        _with_spreads(name, fragments, measured_fragments)
    for operation in operations:
        shape = _measure_definition(operation)
        _add_spreads(shape, fragments, measured_fragments)
        found.extend(_compare(shape, limits, mutation=operation.operation is OperationType.MUTATION))
    # Validation also processes the literals of unused fragments.
    for shape_of_fragment in measured_fragments.values():
        if shape_of_fragment is not None and not found:
            found.extend(_compare_literals(shape_of_fragment, limits))
    return found


def _compare(shape: _Shape, limits: DocumentLimits, *, mutation: bool) -> Iterator[Excess]:
    yield from _check("a depth of {}", shape.depth, limits.depth)
    yield from _check("an introspection depth of {}", shape.introspection_depth, limits.introspection_depth)
    yield from _check("{} aliases", shape.aliases, limits.aliases)
    roots = limits.mutation_root_fields if mutation else limits.root_fields
    yield from _check("{} root fields", shape.root_fields, roots)
    yield from _check("{} directives", shape.directives, limits.directives)
    yield from _check("{} fields", shape.fields, limits.fields)
    yield from _check("{} fields that repeat one beside them", shape.repeats, limits.repeats)
    yield from _compare_literals(shape, limits)


def _compare_literals(shape: _Shape, limits: DocumentLimits) -> Iterator[Excess]:
    yield from _check("an alias of {} characters", shape.name_characters, limits.name_characters)
    yield from _check("a list of {} items", shape.list_items, limits.list_items)
    yield from _check("a value {} levels deep", shape.value_depth, limits.value_depth)
    yield from _check("an integer of {} digits", shape.integer_digits, limits.integer_digits)


def _check(what: str, measured: int, allowed: int) -> Iterator[Excess]:
    if measured > allowed:
        yield Excess(what, measured, allowed)


def _with_spreads(
    name: str, fragments: dict[str, FragmentDefinitionNode], measured_fragments: dict[str, _Shape | None]
) -> _Shape | None:
    """Measure a fragment once. A cycle adds nothing here: validation refuses it.

    The recursion is at most as deep as the number of fragments, which has been checked already.
    """
    if name in measured_fragments:
        return measured_fragments[name]
    if name not in fragments:
        return None
    measured_fragments[name] = None
    shape = _measure_definition(fragments[name])
    _add_spreads(shape, fragments, measured_fragments)
    measured_fragments[name] = shape
    return shape


def _add_spreads(
    shape: _Shape, fragments: dict[str, FragmentDefinitionNode], measured_fragments: dict[str, _Shape | None]
) -> None:
    for name, depth, introspecting, at_root in shape.spreads:
        spread = _with_spreads(name, fragments, measured_fragments)
        if spread is None:
            continue
        if spread.depth:
            shape.deepen(depth + spread.depth, introspecting=introspecting)
        if spread.introspection_depth:
            shape.deepen(depth + spread.introspection_depth, introspecting=True)
        shape.aliases = min(shape.aliases + spread.aliases, SATURATED)
        shape.directives = min(shape.directives + spread.directives, SATURATED)
        shape.fields = min(shape.fields + spread.fields, SATURATED)
        shape.repeats = min(shape.repeats + spread.repeats, SATURATED)
        if at_root:
            shape.root_fields = min(shape.root_fields + spread.root_fields, SATURATED)
        for widest in ("name_characters", "list_items", "value_depth", "integer_digits"):
            setattr(shape, widest, max(getattr(shape, widest), getattr(spread, widest)))


def _measure_definition(definition: OperationDefinitionNode | FragmentDefinitionNode) -> _Shape:
    """Measure a definition without the fragments that it spreads, and record where it spreads them."""
    shape = _Shape()
    _measure_directives(definition, shape)
    for variable in definition.variable_definitions or ():
        _measure_directives(variable, shape)
        if variable.default_value is not None:
            _measure_literal(variable.default_value, shape)
    stack: list[tuple[SelectionSetNode, int, bool, bool]] = [(definition.selection_set, 0, False, True)]
    while stack:
        selection_set, depth, introspecting, at_root = stack.pop()
        names: set[str] = set()
        for selection in selection_set.selections:
            _measure_directives(selection, shape)
            match selection:
                case FieldNode():
                    shape.root_fields += at_root
                    _measure_field(selection, names, shape)
                    if selection.selection_set is not None:
                        below = introspecting or selection.name.value in INTROSPECTION
                        shape.deepen(depth + 1, introspecting=below)
                        stack.append((selection.selection_set, depth + 1, below, False))
                case FragmentSpreadNode():
                    shape.spreads.append((selection.name.value, depth, introspecting, at_root))
                case InlineFragmentNode():
                    stack.append((selection.selection_set, depth, introspecting, at_root))
    return shape


def _measure_field(node: FieldNode, siblings: set[str], shape: _Shape) -> None:
    name = (node.alias or node.name).value
    shape.fields += 1
    shape.repeats += name in siblings
    siblings.add(name)
    if node.alias is not None:
        shape.aliases += 1
        shape.name_characters = max(shape.name_characters, len(name))
    for argument in node.arguments or ():
        _measure_literal(argument.value, shape)


def _measure_directives(
    node: SelectionNode | OperationDefinitionNode | FragmentDefinitionNode | VariableDefinitionNode, shape: _Shape
) -> None:
    for directive in node.directives or ():
        shape.directives += 1
        for argument in directive.arguments or ():
            _measure_literal(argument.value, shape)


def _measure_literal(value: ValueNode, shape: _Shape) -> None:
    stack: list[tuple[ValueNode, int]] = [(value, 0)]
    while stack:
        node, depth = stack.pop()
        match node:
            case ListValueNode():
                shape.list_items = max(shape.list_items, len(node.values))
                shape.value_depth = max(shape.value_depth, depth + 1)
                stack.extend((item, depth + 1) for item in node.values)
            case ObjectValueNode():
                shape.value_depth = max(shape.value_depth, depth + 1)
                stack.extend((member.value, depth + 1) for member in node.fields)
            case IntValueNode():
                shape.integer_digits = max(shape.integer_digits, len(node.value.lstrip("-")))
