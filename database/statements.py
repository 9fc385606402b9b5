"""SELECTs compiled once to the SQL that asyncpg runs, and the classes of their rows."""

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import Any, ClassVar, NamedTuple, Self

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
    loader: ClassVar[str] = ""
    """The name of the loader, if one has made the statement."""
    columns: ClassVar[dict[str, ColumnInfo]] = {}
    joined: ClassVar[dict[str, "type[JoinedRow]"]] = {}
    """The classes of the rows that were fetched with it, by the columns that refer to them."""

    @property
    def record(self) -> Self:
        """The record with all columns that were fetched."""
        return self


class JoinedRow:
    """A row that was fetched together with one that refers to it. It reads its columns from the record of both."""

    __slots__ = ("record",)
    graphql_type: ClassVar[str] = ""
    columns: ClassVar[dict[str, ColumnInfo]] = {}
    joined: ClassVar[dict[str, "type[JoinedRow]"]] = {}
    positions: ClassVar[dict[str, int]] = {}
    """Where the columns are in the record."""

    record: Row

    def __getitem__(self, name: str) -> Any:
        return self.record[self.positions[name]]


class JoinedTable(NamedTuple):
    """What a statement selects of the row that one of its columns refers to."""

    graphql_type: str
    columns: Mapping[str, ColumnElement[Any]]
    """By the names that they have in statements for such rows alone."""
    joined: "dict[str, JoinedTable]"
    """The same of the rows that this row refers to."""

    def all_columns(self) -> list[ColumnElement[Any]]:
        """The columns, and those of the rows that it refers to."""
        return [*self.columns.values(), *(column for table in self.joined.values() for column in table.all_columns())]

    def seen_through(self, subquery: Any) -> "JoinedTable":
        """The same columns, as those of a subquery that selects them."""
        columns = {name: subquery.corresponding_column(column) for name, column in self.columns.items()}
        joined = {key: table.seen_through(subquery) for key, table in self.joined.items()}
        return JoinedTable(self.graphql_type, columns, joined)


def row_class(graphql_type: str, select: Select[Any], joined: Mapping[str, JoinedTable]) -> type[Row]:
    """Create the class of a statement's rows."""
    selected = list(select.selected_columns)
    columns = {
        column.key: ColumnInfo(f"row[{index}]", _python_type(column), _is_nullable(column))
        for index, column in enumerate(selected)
    }
    positions = {id(column): index for index, column in enumerate(selected)}
    members = {"graphql_type": graphql_type, "columns": columns, "joined": _joined_classes(joined, positions)}
    return type(graphql_type, (Row,), {"__slots__": (), **members})


def _joined_classes(joined: Mapping[str, JoinedTable], positions: Mapping[int, int]) -> dict[str, type[JoinedRow]]:
    classes = {}
    for key, table in joined.items():
        where = {name: positions[id(column)] for name, column in table.columns.items()}
        columns = {
            name: ColumnInfo(f"row.record[{where[name]}]", _python_type(column), _is_nullable(column))
            for name, column in table.columns.items()
        }
        members = {"graphql_type": table.graphql_type, "columns": columns, "positions": where}
        members["joined"] = _joined_classes(table.joined, positions)
        classes[key] = type(table.graphql_type, (JoinedRow,), {"__slots__": (), **members})
    return classes


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

    __slots__ = ("custom_plan", "names", "row", "sql", "translated", "uses_viewer", "values")

    def __init__(
        self, select: Select[Any], graphql_type: str, *, custom_plan: bool = False,
        joined: Mapping[str, JoinedTable] = {},
    ) -> None:  # fmt: skip
        self.custom_plan = custom_plan
        self.row = row_class(graphql_type, select, joined)
        self.translated: Statement | None = None
        """The same statement for the parameter `language`; None if it reads nothing that has translations."""
        self.sql, self.names, self.values = _compiled(select, in_language=False)
        self.uses_viewer = "viewer" in self.names
        """Whether it mentions the id of the viewer, so that other viewers may get other rows."""
        in_language = _compiled(select, in_language=True)
        if in_language.sql != self.sql:
            self.translated = copy(self)
            self.translated.sql, self.translated.names, self.translated.values = in_language
            self.uses_viewer = self.translated.uses_viewer = self.uses_viewer or "viewer" in in_language.names

    def arguments(self, given: dict[str, Any]) -> list[Any]:
        """The values of the placeholders in order: those given, else those written into the SELECT."""
        return [given[name] if name in given else self.values[name] for name in self.names]
