"""Text that clients send as `String` or `ID`: normalised to NFC, without characters that no text may have."""

import unicodedata
from collections.abc import Collection
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    StringValueNode,
    VariableDefinitionNode,
    Visitor,
    type_from_ast,
    visit,
)
from graphql.execution.values import VariableValues, get_variable_values
from graphql.pyutils import print_path_list

MAX_ERRORS = 50
LINE_BREAKS = {"\n", "\t", "\r"}
REFUSED_CATEGORIES = {"Cc", "Co", "Cs"}
"""Control, private and surrogate characters."""
UNASSIGNED = "Cn"
LAST_OF_PLANES = (plane + last for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF))
NONCHARACTERS = frozenset(map(chr, (*range(0xFDD0, 0xFDF0), *LAST_OF_PLANES)))
"""The 66 code points that Unicode will never assign."""

Path = list[str | int]


class RefusedCharacter(ValueError):
    """A text has a character that is not allowed."""

    def __init__(self, character: str) -> None:
        super().__init__(f"The character U+{ord(character):04X} is not allowed in text; remove it.")


def clean_text(value: str) -> str:
    """Normalise a text to NFC, or raise `RefusedCharacter`."""
    if value.isascii() and value.isprintable():
        return value
    for character in value:
        if not is_allowed(character):
            raise RefusedCharacter(character)
    return unicodedata.normalize("NFC", value)


def is_allowed(character: str) -> bool:
    """Whether text may have a character. One that this Python's Unicode does not know yet may be a new emoji."""
    category = unicodedata.category(character)
    if category == UNASSIGNED:
        return character not in NONCHARACTERS
    return category not in REFUSED_CATEGORIES or character in LINE_BREAKS


def clean_literals(document: DocumentNode) -> tuple[DocumentNode, list[GraphQLError]]:
    """Clean the strings written in a document; gives the same document where there is nothing to change."""
    cleaner = _LiteralCleaner()
    return visit(document, cleaner), cleaner.errors


class _LiteralCleaner(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.errors: list[GraphQLError] = []

    def enter_string_value(self, node: StringValueNode, key: str | int | None, *_: object) -> StringValueNode | None:
        if key == "description":  # of an operation or a fragment: a comment, which is not executed
            return None
        try:
            text = clean_text(node.value)
        except RefusedCharacter as refusal:
            self.errors.append(GraphQLError(str(refusal), node))
            text = ""  # so that a scalar that refuses the same characters does not report them again
        return None if text == node.value else StringValueNode(value=text, block=node.block, loc=node.loc)


def coerce_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode, values: dict[str, Any], *, hide_suggestions: bool
) -> VariableValues | list[GraphQLError]:
    """Clean and coerce the values of the variables of an operation. If any is invalid, gives the errors instead."""
    definitions = operation.variable_definitions or ()
    values, errors = clean_variables(schema, definitions, values)
    coerced = get_variable_values(schema, definitions, values, MAX_ERRORS, hide_suggestions=hide_suggestions)
    if isinstance(coerced, list):
        errors += coerced
    return errors[:MAX_ERRORS] or coerced


def clean_variables(
    schema: GraphQLSchema, definitions: Collection[VariableDefinitionNode], values: dict[str, Any]
) -> tuple[dict[str, Any], list[GraphQLError]]:
    """Clean the strings in the values of variables, as JSON has them, where their types are `String` or `ID`.

    Values of the wrong type are left for graphql-core to refuse.
    """
    if _is_plain(values):
        return values, []
    cleaned, errors = dict(values), list[GraphQLError]()
    for definition in definitions:
        name = definition.variable.name.value
        if name not in values:
            continue
        refusals: list[tuple[Path, RefusedCharacter]] = []
        declared: Any = type_from_ast(schema, definition.type)
        cleaned[name] = _clean_value(values[name], declared, [], refusals)
        for path, refusal in refusals:
            message = f"Variable '${name}' has invalid value{print_path_list(path)}: {refusal}"
            errors.append(GraphQLError(message, definition))
    return cleaned, errors


def _is_plain(value: Any) -> bool:
    """Whether every string in a JSON value is printable ASCII, so that there is nothing to clean."""
    kind = type(value)
    if kind is str:
        return value.isascii() and value.isprintable()  # type: ignore[no-any-return]
    if kind is dict:
        return all(map(_is_plain, value.values()))
    return kind is not list or all(map(_is_plain, value))


def _clean_value(value: Any, kind: GraphQLInputType, path: Path, refusals: list[tuple[Path, RefusedCharacter]]) -> Any:
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    if isinstance(kind, GraphQLList):
        if type(value) is list:
            return [_clean_value(item, kind.of_type, [*path, n], refusals) for n, item in enumerate(value)]
        return _clean_value(value, kind.of_type, path, refusals)
    if isinstance(kind, GraphQLInputObjectType):
        if type(value) is not dict:
            return value
        fields = kind.fields
        return {
            name: _clean_value(item, fields[name].type, [*path, name], refusals) if name in fields else item
            for name, item in value.items()
        }
    if type(value) is str and kind in {GraphQLString, GraphQLID}:
        try:
            return clean_text(value)
        except RefusedCharacter as refusal:
            refusals.append((path, refusal))
    return value
