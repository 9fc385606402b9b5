"""SELECTs compiled once to the string that asyncpg runs, and the classes of their rows."""

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
    """A row of a read path. Each statement has a class of its own, which knows what the statement selects."""

    __slots__ = ()
    graphql_type: ClassVar[str] = ""
    """The name of the GraphQL type that the row stands for."""
    columns: ClassVar[dict[str, ColumnInfo]] = {}


def row_class(graphql_type: str, select: Select[Any]) -> type[Row]:
    """Make the class of a statement's rows."""
    columns = {
        column.key: ColumnInfo(f"row[{place}]", _python_type(column), getattr(column, "nullable", True))
        for place, column in enumerate(select.selected_columns)
    }
    return type(graphql_type, (Row,), {"__slots__": (), "graphql_type": graphql_type, "columns": columns})


def _python_type(column: ColumnElement[Any]) -> type | None:
    """Say which type a column's values surely have, as the driver gives them."""
    kind = type(column.type)
    return next((made for known, made in TYPES.items() if kind is known), None)


class Statement:
    """A SELECT, compiled once to the string that asyncpg runs. Parameters are named as in the SELECT."""

    __slots__ = ("names", "row", "sql", "values")

    def __init__(self, select: Select[Any], graphql_type: str) -> None:
        compiled = select.compile(dialect=DIALECT)
        self.sql = str(compiled)
        self.names: Sequence[str] = compiled.positiontup or ()
        self.values = {name: value for name, value in compiled.params.items() if value is not None}
        self.row = row_class(graphql_type, select)

    def arguments(self, given: dict[str, Any]) -> list[Any]:
        """Put the given values, and those written into the SELECT, in the order of the placeholders."""
        return [given[name] if name in given else self.values[name] for name in self.names]
