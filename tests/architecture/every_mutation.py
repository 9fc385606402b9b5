"""Documents that do everything that can be done, made from the schema."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLSchema,
    get_named_type,
    is_input_object_type,
    is_required_input_field,
)  # fmt: skip

from tests.conventions.field_selection import field_of, select
from tests.privacy.places import as_literal, sample
from tests.privacy.whole_graph import Given, packed

CHANGING = ("blockCustomer", "unblockCustomer", "deleteWishlist")
"""Mutations that come last: they leave little for others to find."""


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
    yield from packed("mutation", asked, 5)


def inputs(of: GraphQLInputType, known: Given) -> Iterator[dict[str, Any]]:
    """Make inputs: each value that is known for each of its ids, and at least one."""
    kind = get_named_type(of)
    assert is_input_object_type(kind)
    sure = {name: values[0] for name, values in known.items()}
    typical = {key: sample(one.type, key, sure) for key, one in kind.fields.items() if is_required_input_field(one)}
    varied = [name for name, one in kind.fields.items() if get_named_type(one.type).name == "ID"]
    for name in varied:
        for value in known[name]:
            yield {**typical, name: value}
    if not varied:
        yield typical


def _errors(schema: GraphQLSchema, skip: frozenset[str]) -> str:
    face = schema.type_map["UserError"]
    assert isinstance(face, GraphQLInterfaceType)
    kinds, parts = schema.get_implementations(face).objects, []
    types = {(name, str(one.type)) for kind in kinds for name, one in kind.fields.items()}
    shared = {name for name, _ in types if sum(name == other for other, _ in types) > 1}
    for kind in kinds:
        own = [
            f"{f'{name}Of{kind.name}: ' if name in shared else ''}{field_of(name, one, 0, 2, skip)}"
            for name, one in kind.fields.items()
            if name not in face.fields
        ]
        parts += [f"... on {kind.name} {{ {' '.join(own)} }}"] if own else []
    return " ".join((select(face, 0, 2, skip), *parts))
