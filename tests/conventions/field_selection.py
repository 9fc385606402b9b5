"""Selections of all fields of a type, made from the schema."""

from collections.abc import Iterator

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)  # fmt: skip

REQUIRED = {"priceAt": '(at: "2026-01-01T00:00:00Z")'}
"""What fields are given that need arguments."""


def select(kind: GraphQLNamedType, depth: int, first: int, skip: frozenset[str] = frozenset()) -> str:
    """Select all fields of a type, and below it those of nodes without their lists; at depth 0 nodes are ids."""
    return " ".join(("__typename", *fields(kind, depth, first, skip)))


def fields(kind: GraphQLNamedType, depth: int, first: int, skip: frozenset[str] = frozenset()) -> Iterator[str]:
    """Select each field of a type."""
    assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
    for name, one in kind.fields.items():
        if name not in skip and (depth >= 0 or not get_named_type(one.type).name.endswith("Connection")):
            yield field_of(name, one, depth, first, skip)


def field_of(name: str, field: GraphQLField, depth: int, first: int, skip: frozenset[str]) -> str:
    """Select a field with all that is in it."""
    of = get_named_type(field.type)
    given = REQUIRED.get(name) or (f"(first: {first})" if "first" in field.args else "")
    is_given = name in REQUIRED or not any(map(is_required_argument, field.args.values()))
    assert is_given, f"say in REQUIRED what to give for the arguments of {name}"
    if is_leaf_type(of):
        return name
    if not is_node(of):
        return f"{name}{given} {{ {select(of, depth, first, skip)} }}"
    return f"{name}{given} {{ {select(of, -1, first, skip) if depth == 1 else '__typename id'} }}"


def is_node(of: GraphQLNamedType) -> bool:
    """Can it be found by its id?"""
    return isinstance(of, GraphQLObjectType) and any(face.name == "Node" for face in of.interfaces)
