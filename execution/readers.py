"""Compiles functions that turn a source object into an object of the answer: one call for each object, none for a column.

A value that is not of the exact type expected (such as an int of at most 32 bits, or a finite float) raises
`NotPlannable`: then the reference executor completes the field and reports the errors.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

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
    """Something that a plan leaves to the reference executor. The message is the outcome in the metrics."""


class NeedsPath(NotPlannable):
    """A resolver reads `info.path`, so its value cannot be shared between parents, and the plan cannot be used."""


class NativeScalar(NamedTuple):
    """How the usual values of a scalar are written: such values need no serialization by the schema."""

    python_type: type
    write: Callable[[Any], str] | None = None
    """Gives what the JSON encoder is given; None where that writes the values themselves as the schema would."""


class FunctionBuilder:
    """The lines of a function under construction, and the objects that they refer to."""

    def __init__(self, native_scalars: Mapping[str, NativeScalar]) -> None:
        self._native_scalars = native_scalars
        self._numbers: Iterator[int] = count()
        self._written: dict[str, str] = {}
        """Variables by the columns whose values are written in them: a field may be there under several names."""
        self.lines: list[str] = []
        self.items: list[str] = []
        self.names: dict[str, Any] = {"NotPlannable": NotPlannable}

    def nested(self) -> "FunctionBuilder":
        """Begin the lines of an object within the object, in the same function."""
        made = FunctionBuilder(self._native_scalars)
        made._numbers, made.names = self._numbers, self.names
        return made

    def add_nested(self, name: str, inner: "FunctionBuilder", key: str, *, required: bool) -> None:
        """Add the object that `inner` makes; null where `key` is."""
        made = f"{{{', '.join(inner.items)}}}"
        if not inner.lines and not required:
            self.items.append(f"{name!r}: None if {key} is None else {made}")
            return
        variable = self._variable()
        absent = "raise NotPlannable('null')" if required else f"{variable} = None"
        body = [f"    {line}" for line in inner.lines]
        self.lines += [f"if {key} is None: {absent}", "else:", *body, f"    {variable} = {made}"]
        self.items.append(f"{name!r}: {variable}")

    def name(self, thing: object, prefix: str) -> str:
        """Make an object available to the function; returns its name there."""
        made = f"{prefix}{len(self.names)}"
        self.names[made] = thing
        return made

    def _variable(self) -> str:
        return f"v{next(self._numbers)}"

    def value(self, expression: str, condition: str | None) -> str:
        """Add a line that reads a value into a variable; returns the variable."""
        made = self._variable()
        self.lines.append(f"{made} = {expression if condition is None else f'{expression} if {condition} else None'}")
        return made

    def leaf(self, value: str, type_: GraphQLLeafType, *, nullable: bool) -> None:
        """Add a line that checks the value of a leaf, or serializes it."""
        null = f"{value} is None or " if nullable else ""
        if type_ in STRINGS:
            check = f"{null}{value}.__class__ is str"
        elif type_ in CHECKS:
            check = null + CHECKS[type_].format(v=value)
        else:
            coerce = self.name(_enum(type_) if isinstance(type_, GraphQLEnumType) else _scalar(type_), "f")
            native, written = self._native_scalars.get(type_.name), f"{value} = {coerce}({value})"
            guards = [f"{value} is not None"] if nullable else []
            if native is not None:
                python_type = self.name(native.python_type, "t")
                if native.write is None:
                    guards.append(f"{value}.__class__ is not {python_type}")
                else:
                    write = self.name(native.write, "w")
                    written = f"{value} = ({write} if {value}.__class__ is {python_type} else {coerce})({value})"
            self.lines.append(f"if {' and '.join(guards)}: {written}" if guards else written)
            return
        self.lines.append(f"if not ({check}): raise NotPlannable('leaf')")

    def is_guaranteed(self, column: ColumnInfo, type_: Any) -> bool:
        """Whether the type of a column makes checks of its values unnecessary."""
        required = isinstance(type_, GraphQLNonNull)
        type_ = type_.of_type if required else type_
        if column.python_type is None or (required and column.nullable) or not isinstance(type_, GraphQLScalarType):
            return False
        native = self._native_scalars.get(type_.name)
        expected = COLUMN_TYPES.get(type_) if native is None else native.python_type
        return column.python_type is expected

    def written(self, expression: str, column: ColumnInfo, type_: Any) -> str:
        """Write the value of a column whose type is guaranteed."""
        native = self._native_scalars.get(type_.name)
        if native is None or native.write is None:
            return expression
        if expression not in self._written:
            written = f"{self.name(native.write, 'w')}({expression})"
            self._written[expression] = self.value(written, f"{expression} is not None" if column.nullable else None)
        return self._written[expression]

    def build(self) -> Reader:
        """Compile the function."""
        body = "\n    ".join([*self.lines, f"return {{{', '.join(self.items)}}}"])
        exec(f"def read(row, run):\n    {body}", self.names)  # noqa: S102 - names are quoted, and it contains no values
        reader: Reader = self.names.pop("read")  # it must not be in a reference cycle with its own globals
        return reader


def leaves(
    type_: GraphQLLeafType, native_scalars: Mapping[str, NativeScalar], *, nullable: bool, required: bool
) -> Reader:
    """Compile the function that completes a list of leaves, which may be null unless it is `required`."""
    builder = FunctionBuilder(native_scalars)
    if type_ in STRINGS and not nullable:
        # It raises TypeError for anything else in the list, and is ten times as fast as to look at each.
        body = "''.join(row)\n    return row if row.__class__ is list else list(row)"
    else:
        builder.leaf("item", type_, nullable=nullable)
        lines = "\n        ".join([*builder.lines, "output.append(item)"])
        body = f"output = []\n    for item in row:\n        {lines}\n    return output"
    null = "raise NotPlannable('null')" if required else "return None"
    text = (
        "def read(row, run):\n"
        f"    if row is None: {null}\n"
        "    if row.__class__ is not list and row.__class__ is not tuple: raise NotPlannable('not a list')\n"
        f"    {body}"
    )
    exec(text, builder.names)  # noqa: S102 - as above
    reader: Reader = builder.names.pop("read")
    return reader


def _enum(type_: GraphQLEnumType) -> Callable[[Any], str]:
    names = {value.value: name for name, value in type_.values.items()}

    def coerce(value: Any) -> str:
        try:
            name: str = names[value]
        except (KeyError, TypeError):
            raise NotPlannable("enum") from None
        return name

    return coerce


def _scalar(type_: GraphQLLeafType) -> Callable[[Any], Any]:
    serialize = type_.coerce_output_value

    def coerce(value: Any) -> Any:
        if isinstance(value, Exception) or value is Undefined or hasattr(value, "__await__"):
            raise NotPlannable("an awaitable or an exception")
        result = serialize(value)
        if result is None or result is Undefined:
            raise NotPlannable("scalar")
        return result

    return coerce


def condition(expressions: Sequence[str]) -> str | None:
    """Join the conditions of a field into one expression."""
    return " and ".join(f"({expression})" for expression in expressions) or None


def for_all(expression: str) -> Callable[[list[Any]], list[Any]]:
    """Compile an expression about a row into a function of a list of rows."""
    made: Callable[[list[Any]], list[Any]] = eval(f"lambda rows: [{expression} for row in rows]")  # noqa: S307 - as below
    return made


def predicate(expression: str) -> Callable[[Any], Any]:
    """Compile a condition into a function of the row."""
    made: Callable[[Any], Any] = eval(f"lambda row: {expression}")  # noqa: S307 - comes from the schema, not from a client
    return made
