"""SELECTs compiled once to the SQL that asyncpg runs, and the classes of their rows."""

from collections.abc import Sequence
from copy import copy
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

import asyncpg
from sqlalchemy import Boolean, ColumnElement, DateTime, Integer, Select, String, Text, bindparam
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel.sql.sqltypes import AutoString

from execution.field_metadata import ColumnInfo

TYPES = {String: str, Text: str, AutoString: str, Integer: int, Boolean: bool, DateTime: datetime}
DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
LANGUAGE: ColumnElement[str] = bindparam("language", type_=Text)
"""The language of the request, where it is another than that of the columns."""


class InLanguage(FunctionElement[Any]):
    """What is read of a row in the language of its columns, and what in another.

    A statement with such expressions is compiled twice, so that the first case does not pay for the second.
    """

    name = "in_language"
    inherit_cache = True

    def __init__(self, own: ColumnElement[Any], translated: ColumnElement[Any], *, nullable: bool) -> None:
        super().__init__(own, translated)
        self.type = own.type
        self.nullable = nullable


@compiles(InLanguage)
def _compile(element: InLanguage, compiler: Any, *, in_language: bool = False, **options: Any) -> str:
    own, translated = element.clauses
    return str(compiler.process(translated if in_language else own, in_language=in_language, **options))


class Row(asyncpg.Record):  # type: ignore[misc]
    """A row of a SELECT. Each statement has its own subclass, with the columns that it selects."""

    __slots__ = ()
    graphql_type: ClassVar[str] = ""
    """The name of the GraphQL type of the row."""
    columns: ClassVar[dict[str, ColumnInfo]] = {}


def row_class(graphql_type: str, select: Select[Any]) -> type[Row]:
    """Create the class of a statement's rows."""
    columns = {
        column.key: ColumnInfo(f"row[{index}]", _python_type(column), _is_nullable(column))
        for index, column in enumerate(select.selected_columns)
    }
    return type(graphql_type, (Row,), {"__slots__": (), "graphql_type": graphql_type, "columns": columns})


def _is_nullable(column: ColumnElement[Any]) -> bool:
    texts = (base for base in column.base_columns if isinstance(base, InLanguage))
    return bool(getattr(next(texts, column), "nullable", True))


def _python_type(column: ColumnElement[Any]) -> type | None:
    """The Python type that the driver always gives for a column, where it is known."""
    return TYPES.get(type(column.type))


class _Compiled(NamedTuple):
    sql: str
    names: Sequence[str]
    values: dict[str, Any]


def _compiled(select: Select[Any], *, in_language: bool) -> _Compiled:
    compiled = select.compile(dialect=DIALECT, compile_kwargs={"in_language": in_language})
    values = {name: value for name, value in compiled.params.items() if value is not None}
    return _Compiled(str(compiled), compiled.positiontup or (), values)


class Statement:
    """A SELECT compiled to SQL. Parameters have the names that they have in the SELECT.

    PostgreSQL plans it once for each connection, for any values. With `custom_plan` it plans each execution for its
    values, at the price of two more messages: for filters, whose values decide which index is best.
    """

    __slots__ = ("custom_plan", "names", "row", "sql", "translated", "values")

    def __init__(self, select: Select[Any], graphql_type: str, *, custom_plan: bool = False) -> None:
        self.custom_plan = custom_plan
        self.row = row_class(graphql_type, select)
        self.translated: Statement | None = None
        """The same statement for the parameter `language`; None if it reads nothing that has translations."""
        self.sql, self.names, self.values = _compiled(select, in_language=False)
        in_language = _compiled(select, in_language=True)
        if in_language.sql != self.sql:
            self.translated = copy(self)
            self.translated.sql, self.translated.names, self.translated.values = in_language

    def arguments(self, given: dict[str, Any]) -> list[Any]:
        """The values of the placeholders in order: those given, else those written into the SELECT."""
        return [given[name] if name in given else self.values[name] for name in self.names]
