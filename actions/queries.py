"""What actions share when they read tables."""

from typing import Any

from sqlalchemy import Select
from sqlmodel.ext.asyncio.session import AsyncSession


async def fetch_first(tx: AsyncSession, rows: Select[Any], **parameters: Any) -> Any:
    """Give the first row of a SELECT over the columns of tables, or None."""
    return (await tx.exec(rows, params=parameters)).first()  # type: ignore[call-overload]
