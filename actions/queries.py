"""What actions share when they read and clean up tables."""

from typing import Any

from sqlalchemy import ColumnElement, Select, any_, delete, func, inspect, literal_column, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.columns import Table

SWEPT_AT_ONCE = 20


async def fetch_first(tx: AsyncSession, rows: Select[Any], **parameters: Any) -> Any:
    """Give the first row of a SELECT over the columns of tables, or None."""
    return (await tx.exec(rows, params=parameters)).first()  # type: ignore[call-overload]


async def sweep(tx: AsyncSession, table: type[Table], since: ColumnElement[Any], old: ColumnElement[bool]) -> None:
    """Delete a few expired rows: more than one request adds, never many.

    Runs after a request has locked its own rows and skips the rows that others hold, so it cannot cause a deadlock.
    """
    place: ColumnElement[Any] = literal_column("ctid")
    some = select(place).select_from(inspect(table).local_table).where(old).order_by(since).limit(SWEPT_AT_ONCE)
    swept = func.array(some.with_for_update(skip_locked=True).scalar_subquery())
    await tx.exec(delete(table).where(place == any_(swept)), execution_options={"synchronize_session": False})
