"""Documents that ask for every field and do everything, made from the schema."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)  # fmt: skip

from tests.conventions.field_selection import fields, is_node
from tests.privacy.places import as_literal

ROOTS, FIELDS, KEYS = 12, 700, 6
"""How many root fields, about how many fields, and how many ids a document has at most: more would cost too much."""
PAGES = ((1, 2), (0, 20), (0, 1))
"""How deep to go, and how large pages are: some rows with all they have, many by their ids, and where a page ends."""
Given = dict[str, list[Any]]
"""Values for arguments and inputs by their names, or for ids by the types that they are of."""


def nodes(schema: GraphQLSchema, known: Given) -> Iterator[str]:
    """Ask for everything by its id, with all its fields."""
    for name, keys in known.items():
        kind = schema.type_map.get(name)
        if kind is None or not is_node(kind):
            continue
        of = schema.query_type.fields["nodes"].args["ids"].type  # type: ignore[union-attr]
        parts = [as_literal(keys[at : at + KEYS], of) for at in range(0, len(keys), KEYS)]
        for listed, (depth, first) in product(parts, _pages(kind)):
            for some in _parts(kind, depth, first):
                yield f"{{ nodes(ids: {listed}) {{ __typename ... on {name} {{ {some} }} }} }}"


def _parts(kind: GraphQLNamedType, depth: int, first: int) -> Iterator[str]:
    """Select all fields of a type, in several selections if they are many."""
    some: list[str] = []
    for one in [*fields(kind, depth, first), ""]:
        if some and (not one or sum(map(_size, some)) + _size(one) > FIELDS):
            yield " ".join(some)
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
            inners = [""] if is_leaf_type(of) else [f"{{ __typename {part} }}" for part in _parts(of, depth, first)]
            page = {"first": str(first)} if "first" in field.args else {}
            for values in _given(field.args, of.name, known):
                listed = ", ".join(f"{key}: {value}" for key, value in (values | page).items())
                asked += [f"{name}{f'({listed})' if listed else ''} {inner}" for inner in inners]
        yield from packed("query", asked, ROOTS)


def _given(arguments: dict[str, GraphQLArgument], of: str, known: Given) -> list[dict[str, str]]:
    """Combine what is known for the required arguments; `id` is any of the type that the field gives."""
    required = {name: one.type for name, one in arguments.items() if is_required_argument(one)}
    choices = [
        [as_literal(value, kind) for value in known[of if name == "id" else name]] for name, kind in required.items()
    ]
    return [dict(zip(required, chosen, strict=True)) for chosen in product(*choices)]


def subscriptions(schema: GraphQLSchema, known: Given) -> Iterator[str]:
    """Subscribe to hidden rows by their ids, which ends at once; what a guest may follow would never end."""
    assert schema.subscription_type
    for name, field in schema.subscription_type.fields.items():
        required = [str(one.type) for one in field.args.values() if is_required_argument(one)]
        for values in _given(field.args, "", known) if required and set(required) == {"ID!"} else ():
            listed = ", ".join(f"{key}: {value}" for key, value in values.items())
            yield f"subscription {{ {name}({listed}) {{ __typename }} }}"


def packed(operation: str, asked: list[str], most: int) -> Iterator[str]:
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
