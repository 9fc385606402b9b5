"""Stores and prices."""

from typing import Any

import strawberry

from context import Info
from database import Row
from loaders.follows import StoreFollowedByViewer
from models.money import Money


def money(row: Row, column: str) -> Money | None:
    """Give a price of a row in minor units, with the row's currency."""
    minor: int | None = row[column]
    return None if minor is None else Money(minor, row["currency"])


def discount(row: Row) -> int | None:
    """How much the price lies below the list price, in whole per cent; none is 0."""
    price, before = row["price_minor"], row["list_price_minor"]
    return None if price is None or before is None else max(0, (before - price) * 100 // before)


async def viewer_follows(root: strawberry.Parent[Any], info: Info) -> bool:
    """Whether the viewer follows a store; an anonymous one does not."""
    if info.context.viewer.id is None:
        return False
    return await info.context.loader(StoreFollowedByViewer).load(root["id"]) is not None
