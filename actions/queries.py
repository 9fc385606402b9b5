"""What actions share when they read tables."""

from typing import Any

from sqlalchemy import Select

from database.transactions import Transaction


async def fetch_first(tx: Transaction, rows: Select[Any], **parameters: Any) -> Any:
    """Give the first row of a SELECT over the columns of tables, or None."""
    return (await tx.exec(rows, params=parameters)).first()
