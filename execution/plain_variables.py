"""Variables of the kinds that nearly all have, coerced without graphql-core, which looks up their types each time.

Whatever is not of exactly the expected kind is left to `input_text.coerce_variables`, and so are all errors.
"""

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    get_nullable_type,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource

INTEGERS = range(-(2**31), 2**31)
KINDS: dict[Any, type] = {GraphQLString: str, GraphQLID: str, GraphQLInt: int, GraphQLBoolean: bool}
ABSENT = object()


class PlainVariables:
    """The variables of an operation."""

    __slots__ = ("_known", "_variables")

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        signatures = [get_variable_signature(schema, one) for one in operation.variable_definitions or ()]
        self._variables = [_variable(one) for one in signatures if not isinstance(one, GraphQLError)]
        self._known = len(self._variables) == len(signatures)

    def coerce(self, values: Mapping[str, Any]) -> VariableValues | None:
        """The coerced values; None if anything is not plain."""
        if not self._known:
            return None
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for name, signature, kind, optional in self._variables:
            value = values.get(name, ABSENT)
            if value is ABSENT:
                if not optional:
                    return None
                sources[name] = VariableValueSource(signature)
                continue
            if value.__class__ is not kind or not _is_plain(value):
                return None
            sources[name], coerced[name] = VariableValueSource(signature, value), value
        return VariableValues(sources, coerced)


def _variable(signature: GraphQLVariableSignature) -> tuple[str, GraphQLVariableSignature, type | None, bool]:
    """A variable with the kind of value that is good as it is, None for no kind, and whether it can be left out."""
    required = isinstance(signature.type, GraphQLNonNull)
    kind = KINDS.get(get_nullable_type(signature.type))
    return signature.name, signature, kind, not required and signature.default is None


def _is_plain(value: Any) -> bool:
    if value.__class__ is str:
        return value.isascii() and value.isprintable()
    return value.__class__ is bool or value in INTEGERS
