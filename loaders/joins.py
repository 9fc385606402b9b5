"""Rows that other rows refer to, fetched by the statement for the others.

A loader says by `joined_columns` that a statement for rows with its key may fetch the row of that key as well. What the
statement fetches is what the loader would have found: it finds rows by a column that a foreign key refers to, and
everybody may see them.
"""

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Integer, Select, literal_column, select, true
from sqlalchemy.sql.base import ColumnCollection, ReadOnlyColumnCollection

from database.statements import JoinedTable
from execution.field_metadata import Columns, JoinedColumns

Named: TypeAlias = ColumnCollection[str, Any] | ReadOnlyColumnCollection[str, Any]
ONE: ColumnElement[int] = literal_column("1", Integer)


def names(columns: Iterable[ColumnElement[Any]], *long: str) -> frozenset[str]:
    """The names of columns, for `joined_columns`, without those that are too long to be repeated for many rows."""
    return frozenset(str(column.key) for column in columns).difference(long)


def with_joins(
    statement: Select[Any], columns: Named, items: Columns | None
) -> tuple[Select[Any], dict[str, JoinedTable]]:
    """Add what `items` has of other rows to a SELECT with these columns. Gives where it is, by the referring columns.

    Each row is looked up by itself: LIMIT keeps PostgreSQL from reading a whole table where it expects many rows.
    """
    tables: dict[str, JoinedTable] = {}
    for joined in _possible(columns, items):
        key: Any = columns[joined.key]
        rows = _rows(joined)
        source, table = _with_rows_below(rows, rows, joined)
        lookup = select(*table.all_columns()).select_from(source)
        lookup = lookup.where(rows.c[joined.loader.found_by.key] == key).limit(ONE).correlate(key.table)
        row = lookup.lateral()
        statement = statement.outerjoin_from(key.table, row, true()).add_columns(*row.c)
        tables[joined.key] = table.seen_through(row)
    return statement, tables


def _possible(columns: Named, items: Columns | None) -> Iterator[JoinedColumns]:
    """What can be joined, in a fixed order: a row that a foreign key promises to be there."""
    asked = [item for item in items or () if isinstance(item, JoinedColumns)]
    for joined in sorted(asked, key=lambda one: (one.key, one.loader.__name__)):
        column = columns.get(joined.key)
        keys = (key for base in column.base_columns for key in base.foreign_keys) if column is not None else ()
        if any(key.column is joined.loader.found_by for key in keys):
            yield joined


def _rows(joined: JoinedColumns) -> Any:
    """The rows of a loader under a name of their own, since a row may refer to another of its own table."""
    loader = joined.loader
    wanted = [column for column in loader.columns if column.key in joined.columns and column is not loader.found_by]
    return select(loader.found_by, *wanted).subquery()


def _with_rows_below(source: Any, rows: Any, joined: JoinedColumns) -> tuple[Any, JoinedTable]:
    """Join to rows those that they refer to in their turn."""
    needed = joined.columns or {joined.loader.found_by.key}  # a SELECT without columns would be no row
    columns = {column.key: column.label(None) for column in rows.c if column.key in needed}
    table = JoinedTable(joined.loader.graphql_type, columns, {})
    for inner in _possible(rows.c, joined.columns):
        more = _rows(inner)
        source = source.outerjoin(more, more.c[inner.loader.found_by.key] == rows.c[inner.key])
        source, table.joined[inner.key] = _with_rows_below(source, more, inner)
    return source, table
