"""Every field of the graph, asked for by what the schema says of it: documents for whoever compares whole answers."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_input_object_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from models import ids
from tests.places import as_literal, sample

ROOTS, FIELDS = 12, 700
"""How many root fields, and about how many fields, a document has at most."""
PAGES = ((1, 2), (0, 20), (0, 1))
"""How deep to go, and how large pages are: some rows with all they have, many by their ids, and where a page ends."""
CHANGING = ("blockCustomer", "unblockCustomer", "deleteWishlist")
"""Mutations that come last: they leave little for others to find."""

Given = dict[str, list[Any]]
"""Values for arguments and inputs by their names, or for ids by the types that they are of."""


def select(kind: GraphQLNamedType, depth: int, first: int, skip: frozenset[str] = frozenset()) -> str:
    """Select all fields of a type, and below it those of nodes without their lists; at depth 0 nodes are ids."""
    return " ".join(("__typename", *fields(kind, depth, first, skip)))


def fields(kind: GraphQLNamedType, depth: int, first: int, skip: frozenset[str] = frozenset()) -> Iterator[str]:
    """Select each field of a type."""
    assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
    for name, one in kind.fields.items():
        if name not in skip and (depth >= 0 or not get_named_type(one.type).name.endswith("Connection")):
            yield _field(name, one, depth, first, skip)


def _field(name: str, field: GraphQLField, depth: int, first: int, skip: frozenset[str]) -> str:
    of = get_named_type(field.type)
    given = f"(first: {first})" if "first" in field.args else ""
    assert not any(map(is_required_argument, field.args.values())), f"say what to give for the arguments of {name}"
    if is_leaf_type(of):
        return name
    if not _is_node(of):
        return f"{name}{given} {{ {select(of, depth, first, skip)} }}"
    return f"{name}{given} {{ {select(of, -1, first, skip) if depth == 1 else '__typename id'} }}"


def _is_node(of: GraphQLNamedType) -> bool:
    return isinstance(of, GraphQLObjectType) and any(face.name == "Node" for face in of.interfaces)


def nodes(schema: GraphQLSchema, known: Given) -> Iterator[str]:
    """Ask for everything by its id, with all its fields."""
    for name, keys in known.items():
        kind = schema.type_map.get(name)
        if kind is None or not _is_node(kind):
            continue
        listed = as_literal(keys, schema.query_type.fields["nodes"].args["ids"].type)  # type: ignore[union-attr]
        for depth, first in _pages(kind):
            some: list[str] = []
            for one in [*fields(kind, depth, first), ""]:
                if some and (not one or sum(map(_size, some)) + _size(one) > FIELDS):
                    yield f"{{ nodes(ids: {listed}) {{ __typename ... on {name} {{ {' '.join(some)} }} }} }}"
                    some = []
                some.append(one)


def _pages(kind: GraphQLNamedType) -> tuple[tuple[int, int], ...]:
    assert isinstance(kind, GraphQLObjectType)
    listed = any(get_named_type(one.type).name.endswith("Connection") for one in kind.fields.values())
    return PAGES if listed else PAGES[:1]


def queries(schema: GraphQLSchema, known: Given) -> Iterator[str]:
    """Ask each field of the root with all that is known for its arguments."""
    assert schema.query_type
    for depth, first in PAGES:
        asked = []
        for name, field in schema.query_type.fields.items():
            of = get_named_type(field.type)
            if depth == 0 and "first" not in field.args:
                continue
            inner = "" if is_leaf_type(of) else f"{{ {select(of, depth, first)} }}"
            page = {"first": str(first)} if "first" in field.args else {}
            for values in _given(field.args, of.name, known):
                listed = ", ".join(f"{key}: {value}" for key, value in (values | page).items())
                asked.append(f"{name}{f'({listed})' if listed else ''} {inner}")
        yield from _packed("query", asked, ROOTS)


def _given(arguments: dict[str, GraphQLArgument], of: str, known: Given) -> list[dict[str, str]]:
    """Combine what is known for the required arguments; `id` is any of the type that the field gives."""
    required = {name: one.type for name, one in arguments.items() if is_required_argument(one)}
    choices = [
        [as_literal(value, kind) for value in known[of if name == "id" else name]] for name, kind in required.items()
    ]
    return [dict(zip(required, chosen, strict=True)) for chosen in product(*choices)]


def subscriptions(schema: GraphQLSchema, known: Given) -> Iterator[str]:
    """Subscribe to what is named by an id."""
    assert schema.subscription_type
    for name, field in schema.subscription_type.fields.items():
        for values in _given(field.args, "", known) if any(map(is_required_argument, field.args.values())) else ():
            listed = ", ".join(f"{key}: {value}" for key, value in values.items())
            yield f"subscription {{ {name}({listed}) {{ __typename }} }}"


def mutations(schema: GraphQLSchema, known: Given, skip: frozenset[str]) -> Iterator[str]:
    """Do everything: to each of what is known for each id of an input, with something for whatever else is required."""
    assert schema.mutation_type
    asked = []
    fields = schema.mutation_type.fields
    for name in sorted(fields, key=lambda name: CHANGING.index(name) if name in CHANGING else -1):
        payload = get_named_type(fields[name].type)
        inner = f"{{ {select(payload, 1, 2, skip | {'userErrors'})} userErrors {{ {_errors(schema, skip)} }} }}"
        if "input" not in fields[name].args:
            asked.append(f"{name} {inner}")
            continue
        of = fields[name].args["input"].type
        asked += [f"{name}(input: {as_literal(value, of)}) {inner}" for value in inputs(of, known)]
    yield from _packed("mutation", asked, 5)


def inputs(of: GraphQLInputType, known: Given) -> Iterator[dict[str, Any]]:
    """Make inputs: each value that is known for each of its ids, and at least one."""
    kind = get_named_type(of)
    assert is_input_object_type(kind)
    sure = {name: values[0] for name, values in known.items()}
    usual = {key: sample(one.type, key, sure) for key, one in kind.fields.items() if is_required_input_field(one)}
    varied = [name for name, one in kind.fields.items() if get_named_type(one.type).name == "ID"]
    for name in varied:
        for value in known[name]:
            yield {**usual, name: value}
    if not varied:
        yield usual


def _errors(schema: GraphQLSchema, skip: frozenset[str]) -> str:
    face = schema.type_map["UserError"]
    assert isinstance(face, GraphQLInterfaceType)
    parts = []
    for kind in schema.get_implementations(face).objects:
        own = [_field(name, one, 0, 2, skip) for name, one in kind.fields.items() if name not in face.fields]
        parts += [f"... on {kind.name} {{ {' '.join(own)} }}"] if own else []
    return " ".join((select(face, 0, 2, skip), *parts))


def _packed(operation: str, asked: list[str], most: int) -> Iterator[str]:
    """Put root fields into documents, each under an alias."""
    packed: list[str] = []
    for one in [*asked, ""]:
        size = sum(map(_size, packed))
        if packed and (not one or len(packed) == most or size + _size(one) > FIELDS):
            yield f"{operation} {{ {' '.join(f'a{n}: {field}' for n, field in enumerate(packed))} }}"
            packed = []
        packed.append(one)


def _size(selection: str) -> int:
    return len([word for word in selection.split() if word[0].isalpha() or word[0] == "_"])


def masked(value: Any, known: frozenset[str]) -> Any:
    """Put a mark in place of the ids and times of what an operation made itself."""
    if isinstance(value, dict):
        return {name: masked(one, known) for name, one in value.items()}
    if isinstance(value, list):
        return [masked(one, known) for one in value]
    if isinstance(value, str) and value[:3] == "202" and "T" in value:
        return "a time"
    return "a new id" if isinstance(value, str) and value not in known and ids.decode(value) else value
