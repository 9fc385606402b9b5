"""Prices of listings, and price ranges."""

from typing import Any

import strawberry

from database.statements import Row
from execution.field_metadata import reads
from models.money import Money


def _money(row: Row, column: str) -> Money | None:
    minor: int | None = row[column]
    return None if minor is None else Money(minor, row["currency"])


@reads("price_minor", "currency")
def price(root: strawberry.Parent[Any]) -> Money | None:
    """The price of a listing."""
    return _money(root, "price_minor")


@reads("list_price_minor", "currency")
def list_price(root: strawberry.Parent[Any]) -> Money | None:
    """The price of a listing before discounts."""
    return _money(root, "list_price_minor")


@reads("minimum", "currency")
def minimum(root: strawberry.Parent[Any]) -> Money | None:
    """The lower end of a price range."""
    return _money(root, "minimum")


@reads("maximum", "currency")
def maximum(root: strawberry.Parent[Any]) -> Money | None:
    """The upper end of a price range."""
    return _money(root, "maximum")


@reads("price_minor", "list_price_minor")
def discount(root: strawberry.Parent[Any]) -> int | None:
    """The discount from the list price in whole percent; never less than 0."""
    now, before = root["price_minor"], root["list_price_minor"]
    return None if now is None or before is None else max(0, (before - now) * 100 // before)
