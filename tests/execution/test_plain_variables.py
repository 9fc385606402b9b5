"""Variables that are coerced without graphql-core: as it coerces them, or not at all."""

from typing import Any

import pytest
from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode, build_schema, parse
from graphql.execution.values import VariableValues

from execution.input_text import coerce_variables
from execution.plain_variables import PlainVariables

SCHEMA = build_schema("scalar Odd enum Size { S } input In { a: Int } type Query { a(i: ID, f: Float): Int }")
KINDS = "String", "String!", "ID", "ID!", "Int", "Int!", "Boolean", "Boolean!", "Float", "Size", "Odd", "In", "[Int]"
VALUES = (
    "", "text", "S", "naïve", "two\nlines", "\u202e", "1", 0, 1, -(2**31), 2**31 - 1, 2**31, 2**70, -(2**31) - 1,
    1.0, 1.5, True, False, None, [], [1], {}, {"a": 1},
)  # fmt: skip


def operation(kind: str, default: str = "") -> OperationDefinitionNode:
    found = parse(f"query ($v: {kind}{default}) {{ a }}").definitions[0]
    assert isinstance(found, OperationDefinitionNode)
    return found


def told(found: VariableValues | list[GraphQLError]) -> str:
    """Everything, as text: two types with a wrapper are never equal."""
    assert isinstance(found, VariableValues)
    return repr(found)


@pytest.mark.parametrize("kind", KINDS)
def test_values_are_coerced_as_by_the_library(kind: str) -> None:
    defined = operation(kind)
    plain, taken = PlainVariables(SCHEMA, defined), 0
    given: list[dict[str, Any]] = [{}, {"other": 1}, *({"v": value} for value in VALUES)]
    for values in given:
        found = plain.coerce(values)
        if found is not None:
            assert told(found) == told(coerce_variables(SCHEMA, defined, values, hide_suggestions=False))
            taken += 1
    is_plain = kind.rstrip("!") in {"String", "ID", "Int", "Boolean"}
    absent = 0 if kind.endswith("!") else 2
    assert taken > absent if is_plain else taken == absent


def test_a_required_variable_that_is_absent_and_a_default_are_left_to_the_library() -> None:
    assert PlainVariables(SCHEMA, operation("Int!")).coerce({}) is None
    assert PlainVariables(SCHEMA, operation("Int", " = 3")).coerce({}) is None
    assert PlainVariables(SCHEMA, operation("Int", " = 3")).coerce({"v": 4}) is not None


def test_a_type_that_is_no_input_is_left_to_the_library() -> None:
    schema: GraphQLSchema = build_schema("type Query { a: Int }")
    defined = operation("Query")
    assert isinstance(coerce_variables(schema, defined, {}, hide_suggestions=False), list)
    assert PlainVariables(schema, defined).coerce({"v": 1}) is None
