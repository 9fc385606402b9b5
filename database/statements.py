"""SELECTs compiled once to the SQL that asyncpg runs, and the classes of their rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

import asyncpg
from sqlalchemy import Boolean, ColumnElement, DateTime, Integer, Select, String, Text
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlmodel.sql.sqltypes import AutoString

from execution.field_metadata import ColumnInfo

TYPES = {String: str, Text: str, AutoString: str, Integer: int, Boolean: bool, DateTime: datetime}
DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]


class Row(asyncpg.Record):  # type: ignore[misc]
    """A row of a SELECT. Each statement has its own subclass, with the columns that it selects."""

    __slots__ = ()
    graphql_type: ClassVar[str] = ""
    """The name of the GraphQL type of the row."""
    columns: ClassVar[dict[str, ColumnInfo]] = {}


def row_class(graphql_type: str, select: Select[Any]) -> type[Row]:
    """Create the class of a statement's rows."""
    columns = {
        column.key: ColumnInfo(f"row[{index}]", _python_type(column), getattr(column, "nullable", True))
        for index, column in enumerate(select.selected_columns)
    }
    return type(graphql_type, (Row,), {"__slots__": (), "graphql_type": graphql_type, "columns": columns})


def _python_type(column: ColumnElement[Any]) -> type | None:
    """The Python type that the driver always gives for a column, where it is known."""
    return TYPES.get(type(column.type))


class Statement:
    """A SELECT compiled to SQL. Parameters have the names that they have in the SELECT.

    PostgreSQL plans it once for each connection, for any values. With `custom_plan` it plans each execution for its
    values, at the price of two more messages: for filters, whose values decide which index is best.
    """

    __slots__ = ("custom_plan", "names", "row", "sql", "values")

    def __init__(self, select: Select[Any], graphql_type: str, *, custom_plan: bool = False) -> None:
        self.custom_plan = custom_plan
        compiled = select.compile(dialect=DIALECT)
        self.sql = str(compiled)
        self.names: Sequence[str] = compiled.positiontup or ()
        self.values = {name: value for name, value in compiled.params.items() if value is not None}
        self.row = row_class(graphql_type, select)

    def arguments(self, given: dict[str, Any]) -> list[Any]:
        """The values of the placeholders in order: those given, else those written into the SELECT."""
        return [given[name] if name in given else self.values[name] for name in self.names]
