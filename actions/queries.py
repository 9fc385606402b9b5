"""What actions share when they read tables."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, any_, literal

from database.transactions import Transaction


async def fetch_first(tx: Transaction, rows: Select[Any], **parameters: Any) -> Any:
    """Give the first row of a SELECT over the columns of tables, or None."""
    return (await tx.exec(rows, params=parameters)).first()


def any_of(ids: Sequence[UUID]) -> Any:
    """Give ids as one value, to be compared by `==`: each length of an IN is a statement that connections keep."""
    return any_(literal([*ids], ARRAY(Uuid)))
