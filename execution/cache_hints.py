"""For how long caches may keep the answer to a query, as far as its types say so."""

from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLNamedType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_leaf_type,
    visit,
)

from execution import strawberry_adapter


def max_age(schema: GraphQLSchema, document: DocumentNode) -> int:
    """The least of what the types of all its fields declare, in seconds; 0 if one declares nothing.

    Leaves do not count, and pages are as old as what they are pages of.
    """
    types = TypeInfo(schema)
    hints = _Hints(types)
    visit(document, TypeInfoVisitor(types, hints))
    return min(hints.found, default=0)


class _Hints(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types
        self.found: set[int] = set()

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        if node.operation is not OperationType.QUERY:
            self.found.add(0)

    def enter_field(self, _node: FieldNode, *_: Any) -> None:
        found = self._types.get_type()
        kind = None if found is None else get_named_type(found)
        if kind is None:
            self.found.add(0)
        elif not is_leaf_type(kind):
            self.found.add(_declared(kind))


def _declared(kind: GraphQLNamedType) -> int:
    while (own := strawberry_adapter.max_age(kind)) is None:
        fields = getattr(kind, "fields", {})
        rows = fields.get("nodes") or (fields.get("node") if "cursor" in fields else None)
        if rows is None:
            return 0
        kind = get_named_type(rows.type)
    return own
