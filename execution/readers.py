"""Writes the Python that turns a source object into the dict of its answer: one call an object, no call a column.

A value that is not trivially right (its exact type, an int of 32 bits, a finite float) is `NotPlannable`: then the stock
executor completes the field and makes the errors.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLString,
)
from graphql.pyutils import Undefined
from graphql.type import GraphQLLeafType

from execution.field_metadata import ColumnInfo

Reader = Callable[[Any, Any], dict[str, Any]]
STRINGS = {GraphQLString, GraphQLID}
COLUMN_TYPES: dict[Any, type] = {GraphQLString: str, GraphQLID: str, GraphQLInt: int, GraphQLBoolean: bool}
CHECKS = {
    GraphQLInt: "{v}.__class__ is int and -2147483648 <= {v} <= 2147483647",
    GraphQLFloat: "{v}.__class__ is float and {v} - {v} == 0.0",
    GraphQLBoolean: "{v} is True or {v} is False",
}


class NotPlannable(Exception):
    """Something that a plan leaves to the reference executor; the reason is for the metric."""


class NeedsPath(NotPlannable):
    """A resolver that looks at its path: what it gives is no plan's to share, nor to mend."""


class Source:
    """Lines of a function under construction, and the objects that they name."""

    def __init__(self, passthrough_scalars: Mapping[str, type]) -> None:
        self._passthrough_scalars = passthrough_scalars
        self.lines: list[str] = []
        self.items: list[str] = []
        self.names: dict[str, Any] = {"NotPlannable": NotPlannable}

    def name(self, thing: object, prefix: str) -> str:
        """Give an object a name in the function."""
        made = f"{prefix}{len(self.names)}"
        self.names[made] = thing
        return made

    def value(self, expression: str, condition: str | None) -> str:
        """Read a value into a variable."""
        made = f"v{len(self.lines)}"
        self.lines.append(f"{made} = {expression if condition is None else f'{expression} if {condition} else None'}")
        return made

    def leaf(self, value: str, kind: GraphQLLeafType, *, nullable: bool) -> None:
        """Check a leaf's value, or turn it into what the answer holds."""
        null = f"{value} is None or " if nullable else ""
        if kind in STRINGS:
            check = f"{null}{value}.__class__ is str"
        elif kind in CHECKS:
            check = null + CHECKS[kind].format(v=value)
        else:
            coerce = self.name(_enum(kind) if isinstance(kind, GraphQLEnumType) else _scalar(kind), "f")
            native = self._passthrough_scalars.get(kind.name)
            guards = [f"{value}.__class__ is not {self.name(native, 't')}"] if native else []
            guards += [f"{value} is not None"] if nullable else []
            guard = f"if {' and '.join(guards)}: " if guards else ""
            self.lines.append(f"{guard}{value} = {coerce}({value})")
            return
        self.lines.append(f"if not ({check}): raise NotPlannable('leaf')")

    def kept(self, promise: ColumnInfo, kind: Any) -> bool:
        """Whether a promise makes all checks of a leaf needless."""
        required = isinstance(kind, GraphQLNonNull)
        kind = kind.of_type if required else kind
        if promise.kind is None or (required and promise.nullable) or not isinstance(kind, GraphQLScalarType):
            return False
        return promise.kind is COLUMN_TYPES.get(kind) or promise.kind is self._passthrough_scalars.get(kind.name)

    def build(self) -> Reader:
        """Compile the function."""
        body = "\n    ".join([*self.lines, f"return {{{', '.join(self.items)}}}"])
        exec(f"def read(row, s):\n    {body}", self.names)  # noqa: S102 - names are quoted, values are not in it
        reader: Reader = self.names["read"]
        return reader


def leaves(kind: GraphQLLeafType, passthrough_scalars: Mapping[str, type], *, nullable: bool) -> Reader:
    """Write the function that completes a list of leaves, item by item in one loop."""
    source = Source(passthrough_scalars)
    source.leaf("item", kind, nullable=nullable)
    body = "\n        ".join(source.lines)
    text = (
        "def read(row, s):\n"
        "    if row is None: return None\n"
        "    if row.__class__ is not list and row.__class__ is not tuple: raise NotPlannable('not a list')\n"
        f"    out = []\n    for item in row:\n        {body}\n        out.append(item)\n    return out"
    )
    exec(text, source.names)  # noqa: S102 - as above
    reader: Reader = source.names["read"]
    return reader


def _enum(kind: GraphQLEnumType) -> Callable[[Any], str]:
    names = {value.value: name for name, value in kind.values.items()}

    def coerce(value: Any) -> str:
        try:
            name: str = names[value]
        except (KeyError, TypeError):
            raise NotPlannable("enum") from None
        return name

    return coerce


def _scalar(kind: GraphQLLeafType) -> Callable[[Any], Any]:
    output = kind.coerce_output_value

    def coerce(value: Any) -> Any:
        if isinstance(value, Exception) or value is Undefined or hasattr(value, "__await__"):
            raise NotPlannable("an awaitable or an exception")
        made = output(value)
        if made is None or made is Undefined:
            raise NotPlannable("scalar")
        return made

    return coerce


def condition(expressions: Sequence[str]) -> str | None:
    """Join the conditions of a field."""
    return " and ".join(f"({expression})" for expression in expressions) or None


def predicate(expression: str) -> Callable[[Any], Any]:
    """Compile a condition to be asked of a row."""
    made: Callable[[Any], Any] = eval(f"lambda row: {expression}")  # noqa: S307 - written by the schema, not by a client
    return made
