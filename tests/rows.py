"""Rows of tables in transactions: inserted from what the tests have filled in, and read whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Table, insert, inspect, select

from database.compiled import Bound, Result
from database.transactions import Transaction


def table_of(model: type[Any]) -> Table:
    """Give the table of a model."""
    table: Table = inspect(model).local_table
    return table


async def add(tx: Transaction, *rows: Any) -> None:
    """Insert rows, and fill in what the database has."""
    for row in rows:
        table = table_of(type(row))
        given = {column.key: getattr(row, column.key) for column in table.c}
        values = {name: value for name, value in given.items() if value is not None}
        stored = (await tx.exec(insert(table).values(values).returning(*table.c))).one()
        for name, value in zip(given, stored, strict=True):
            setattr(row, name, value)


async def find(tx: Transaction, model: type[Any], *where: Any) -> list[Any]:
    """Give the rows that meet the conditions."""
    return list(await tx.exec(select(*table_of(model).c).where(*where)))


@contextmanager
def counting(statements: list[str], of: Transaction | None = None) -> Iterator[list[str]]:
    """Note the SQL of a transaction, or of all transactions of this process, also those of its jobs."""
    run = Transaction._run

    async def note(tx: Transaction, bound: Bound) -> Result[Any]:
        if of is None or tx is of:
            statements.append(bound.sql)
        return await run(tx, bound)

    statements.clear()
    Transaction._run = note  # type: ignore[method-assign]
    try:
        yield statements
    finally:
        Transaction._run = run  # type: ignore[method-assign]
