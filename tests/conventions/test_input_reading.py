"""Inputs of mutations are made as Strawberry makes them: `schema.input_reading` only finds the types once."""

from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, get_named_type, is_list_type, is_non_null_type
from strawberry.types.arguments import convert_argument

from schema.root import build

SCHEMA = build(suggestions=False)
INPUTS = {
    name: field.args["input"].type.of_type
    for name, field in SCHEMA._schema.mutation_type.fields.items()  # type: ignore[union-attr]
}


def value_of(kind: Any) -> Any:
    """Give a coerced value of a type."""
    if is_non_null_type(kind):
        return value_of(kind.of_type)
    if is_list_type(kind):
        return [value_of(kind.of_type)] * 2
    named = get_named_type(kind)
    if isinstance(named, GraphQLInputObjectType):
        return {name: value_of(field.type) for name, field in named.fields.items()}
    return next(iter(named.values.values())).value if isinstance(named, GraphQLEnumType) else f"a {named.name}"


@pytest.mark.parametrize("name", INPUTS)
def test_each_input(name: str) -> None:
    definition = INPUTS[name].extensions["strawberry-definition"]
    given = value_of(INPUTS[name])
    required = {field: given[field] for field, of in INPUTS[name].fields.items() if is_non_null_type(of.type)}
    optional = dict.fromkeys(given.keys() - required.keys())

    def converted(value: Any) -> Any:
        return convert_argument(value, definition.origin, SCHEMA.schema_converter.scalar_registry, SCHEMA.config)

    reader = definition.from_input
    for value in (given, required, *([required | optional] if reader else [])):
        made = converted(value)
        try:
            definition.from_input = None
            wanted = converted(value)
        finally:
            definition.from_input = reader
        assert made == wanted


def test_most_are_read_once() -> None:
    """Those with `Maybe` are left to Strawberry."""
    read = [name for name, kind in INPUTS.items() if kind.extensions["strawberry-definition"].from_input]
    assert {"followCustomer", "submitTicket", "addToWishlist"} <= set(read)
    assert "updateProfile" not in read
