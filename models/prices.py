"""Prices: how those of listings changed, and the best ones of variants and products.

Triggers on `listing` write all of these tables, in the transaction that changes a listing. A product's row is locked
while its prices are computed anew, so that of two transactions the second sees what the first has changed.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, DateTime, Index, SmallInteger
from sqlmodel import Field

from models.columns import Table, foreign_key

PRICES_LOCK = 123_636_696_704_371
"""The number of an advisory lock: `prices` in ASCII.

The triggers share it while a listing changes, and hold it alone while variants are moved or deleted. A transaction that
changes many rows holds it alone from its beginning, so that it cannot be in a deadlock with others (docs/catalogue.md).
"""


class PriceBucket(StrEnum):
    """The periods that a price history is divided into."""

    DAY = "DAY"
    WEEK = "WEEK"


class PriceChange(Table, table=True):
    """The prices of a listing from a moment on, in minor units. Rows are only ever added.

    There is no price from when the listing ended, or when its source stopped naming one.
    """

    __tablename__ = "price_change"

    listing_id: UUID = foreign_key("listing.id", primary_key=True)
    changed_at: datetime = Field(sa_type=DateTime(timezone=True), primary_key=True)
    currency: str
    price_minor: int | None = Field(default=None, sa_type=BigInteger)
    list_price_minor: int | None = Field(default=None, sa_type=BigInteger)


class BestPrice(Table):
    """The best prices in one currency, over active listings that have a price.

    The best listing is the cheapest one that can be bought; if none can be bought, the cheapest one.
    """

    currency: str = Field(primary_key=True)
    best_listing_id: UUID
    """No foreign key: the trigger that runs after the end of a listing replaces it."""
    price_minor: int = Field(sa_type=BigInteger)
    """The price of the best listing."""
    minimum_minor: int | None = Field(default=None, sa_type=BigInteger)
    """The lowest price of the listings that can be bought. Null if none can be bought."""
    maximum_minor: int | None = Field(default=None, sa_type=BigInteger)
    lowest_minor: int = Field(sa_type=BigInteger)
    """The lowest price of all listings, of those as well that cannot be bought."""
    highest_minor: int = Field(sa_type=BigInteger)
    discount: int = Field(default=0, sa_type=SmallInteger, sa_column_kwargs={"server_default": "0"})
    """The highest discount of the listings that can be bought, in whole percent."""


class VariantPrice(BestPrice, table=True):
    """The best prices of a variant."""

    __tablename__ = "variant_price"

    variant_id: UUID = foreign_key("product_variant.id", primary_key=True)


class ProductPrice(BestPrice, table=True):
    """The best prices of a product, over the listings of all its variants."""

    __tablename__ = "product_price"
    __table_args__: Any = (
        Index("product_price_bounds_idx", "currency", "price_minor", "product_id", "lowest_minor", "highest_minor"),
        Index("product_price_discount_idx", "currency", "discount", "product_id"),
    )

    product_id: UUID = foreign_key("product.id", primary_key=True)


def best_first(price: Any, own_currency: ColumnElement[str]) -> tuple[ColumnElement[Any], ...]:
    """Sort best prices of several currencies: those of listings that can be bought first, then the shop's own currency.

    Prices in two currencies are never compared.
    """
    return price.minimum_minor.is_(None), price.currency != own_currency, price.currency
