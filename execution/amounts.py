"""How many items a list or a page has: by the arguments at its field, for the values of the variables."""

from typing import Any

from graphql import FieldNode, GraphQLField, IntValueNode, ListValueNode, NullValueNode, VariableNode

from execution.field_metadata import ListSize

Values = dict[str, Any]


class Amount:
    """How many items a list has: by the first of some variables that has a value, else a number."""

    __slots__ = ("_fallback", "_maximum", "_variables", "constant")

    def __init__(self, variables: list[str], fallback: int, maximum: int | None) -> None:
        self._variables, self._maximum = variables, maximum
        self._fallback = self._within(fallback)
        self.constant = None if variables else self._fallback

    def of(self, values: Values) -> int:
        """Give the number for the values of the variables."""
        for name in self._variables:
            value = values.get(name)
            if value is not None:
                return self._within(value if isinstance(value, int) else len(value))
        return self._fallback

    def _within(self, number: int) -> int:
        return max(0, number if self._maximum is None else min(number, self._maximum))


def amount_of(size: ListSize, definition: GraphQLField, node: FieldNode) -> Amount:
    """Work out the size of a list or a page from the arguments at a field."""
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    variables: list[str] = []
    for name in size.arguments:
        value = given.get(name)
        default = definition.args[name].default_value if name in definition.args else None
        if isinstance(value, VariableNode):
            variables.append(value.name.value)
        elif isinstance(value, IntValueNode):
            return Amount(variables, int(value.value), size.maximum)
        elif value is not None and not isinstance(value, NullValueNode):
            return Amount(variables, len(value.values) if isinstance(value, ListValueNode) else 1, size.maximum)
        if (value is None or isinstance(value, VariableNode)) and isinstance(default, int):
            return Amount(variables, default, size.maximum)
    return Amount(variables, size.default, size.maximum)
