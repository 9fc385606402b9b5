"""Strings are cleaned before execution: literals once for a document, variables by their types."""

from typing import Any
from unicodedata import category

import pytest
from graphql import GraphQLError, GraphQLID, GraphQLString, OperationDefinitionNode, build_schema, execute_sync, parse
from graphql.type.scalars import coerce_id, coerce_string

from execution.documents import Documents
from execution.input_text import clean_variables, is_allowed
from tests.conventions.wrong import DIRECTION_MARKS, UNKNOWN

DECOMPOSED, COMPOSED = "Cafe\u0301", "Caf\u00e9"
SCHEMA = build_schema(
    """
    enum Color { RED }
    scalar Any
    input Filter { name: String, names: [[String!]], id: ID, color: Color, any: Any, all: [Filter!] }
    type Query { echo(text: String, texts: [String!], filter: Filter): String }
    """
)


def cleaned(kind: str, value: Any) -> tuple[Any, list[GraphQLError]]:
    operation = parse(f"query ($value: {kind}) {{ echo }}").definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    values, errors = clean_variables(SCHEMA, operation.variable_definitions, {"value": value})
    return values["value"], errors


class TestVariables:
    @pytest.mark.parametrize(
        ("kind", "value", "expected"),
        [
            ("String", DECOMPOSED, COMPOSED),
            ("ID!", DECOMPOSED, COMPOSED),
            ("[String!]!", [DECOMPOSED, "b"], [COMPOSED, "b"]),
            ("[String!]", DECOMPOSED, COMPOSED),
            ("Filter", {"name": DECOMPOSED, "id": None}, {"name": COMPOSED, "id": None}),
            ("Filter", {"all": [{"names": [[DECOMPOSED], None]}]}, {"all": [{"names": [[COMPOSED], None]}]}),
            ("Filter", {"unknown": DECOMPOSED, "all": {"id": 1}}, {"unknown": DECOMPOSED, "all": {"id": 1}}),
            ("Filter", {"any": DECOMPOSED}, {"any": DECOMPOSED}),
            ("Color", DECOMPOSED, DECOMPOSED),
            ("Any", {"a": [DECOMPOSED]}, {"a": [DECOMPOSED]}),
        ],
    )
    def test_by_type(self, kind: str, value: Any, expected: Any) -> None:
        assert cleaned(kind, value) == (expected, [])

    def test_refused_character(self) -> None:
        _, errors = cleaned("Filter", {"all": [{"name": "ok"}, {"names": [["a\x01"]], "id": "\ue000"}]})
        assert all(one.locations for one in errors)
        sentence = (
            "Variable '$value' has invalid value at .all[1]{}: The character {} is not allowed in text; remove it."
        )
        assert [one.message for one in errors] == [
            sentence.format(".names[0][0]", "U+0001"),
            sentence.format(".id", "U+E000"),
        ]

    @pytest.mark.parametrize("character", ["\ufdd0", "\ufdef", "\ufffe", "\uffff", "\U0001fffe", "\U0010ffff"])
    def test_noncharacter(self, character: str) -> None:
        assert len(cleaned("String", f"a{character}")[1]) == 1

    def test_there_are_66_noncharacters(self) -> None:
        refused = [code for code in range(0x110000) if category(chr(code)) == "Cn" and not is_allowed(chr(code))]
        assert len(refused) == 66

    @pytest.mark.parametrize("character", [*UNKNOWN, *DIRECTION_MARKS, "\ufdf0", "\u200d"])
    def test_allowed_character(self, character: str) -> None:
        assert cleaned("String", f"a{character}b") == (f"a{character}b", [])

    def test_not_declared(self) -> None:
        operation = parse("query ($other: String) { echo }").definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        values = {"value": "\x01"}
        assert clean_variables(SCHEMA, operation.variable_definitions, values) == (values, [])


class TestLiterals:
    @pytest.mark.parametrize(
        "text",
        [
            f'{{ echo(text: "{DECOMPOSED}") }}',
            '{ echo(text: "Cafe\\u0301") }',
            f'{{ echo(text: """{DECOMPOSED}""") }}',
            f'query ($value: String = "{DECOMPOSED}") {{ echo(text: $value) }}',
            f'{{ ...F }} fragment F on Query {{ echo(text: "{DECOMPOSED}") }}',
        ],
    )
    def test_normalised(self, text: str) -> None:
        document = Documents(SCHEMA).get(text)
        assert document.ast
        result = execute_sync(SCHEMA, document.ast, {"echo": lambda _info, text: text})
        assert result.data == {"echo": COMPOSED}
        assert document.weight > 600 * parse(text).token_count

    @pytest.mark.parametrize(
        "text",
        [
            '{ echo(text: "a\\u0001") }',
            '{ echo(texts: ["b", "a\\u0001"]) }',
            '{ echo(filter: {any: "a\\u0001"}) }',
            'query ($value: String = "a\\u0001") { echo(text: $value) }',
        ],
    )
    def test_refused_character(self, text: str) -> None:
        (error,) = Documents(SCHEMA).get(text).errors
        assert error["message"] == "The character U+0001 is not allowed in text; remove it."
        assert error["locations"] == [{"line": 1, "column": text.index('"a') + 1}]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"

    def test_unchanged(self) -> None:
        """A document without such strings is not copied; what a description says is not executed."""
        assert not Documents(SCHEMA).get('"""a\u202e""" query { echo(text: "b") }').errors


def test_the_scalars_of_graphql_core_are_untouched() -> None:
    assert (GraphQLString.coerce_input_value, GraphQLID.coerce_input_value) == (coerce_string, coerce_id)
