"""Sources and stores, their listings and offers."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from models.columns import Table, counter, enum_column, foreign_key, never_negative, primary_key, timestamp
from models.products import Availability


class Source(Table, table=True):
    """A marketplace or shop system that listings come from."""

    __tablename__ = "source"

    id: UUID = primary_key()
    name: str
    slug: str = Field(unique=True)
    base_url: str


class Store(Table, table=True):
    """A store that sells on a source or on its own website."""

    __tablename__ = "store"
    __table_args__: Any = (
        never_negative("followers_count"),
        Index("store_name_idx", "name", "id"),
        CheckConstraint("rating BETWEEN 0 AND 5", name="rating"),
    )

    id: UUID = primary_key()
    source_id: UUID | None = foreign_key("source.id", on_delete="SET NULL", default=None, index=True)
    name: str
    slug: str = Field(unique=True)
    rating: float | None = None
    review_count: int | None = None
    followers_count: int = counter()
    created_at: datetime = timestamp(now=True)


class Listing(Table, table=True):
    """An entry at a source where a variant is for sale. Prices are in minor units of `currency`."""

    __tablename__ = "listing"
    __table_args__: Any = (
        UniqueConstraint("source_id", "store_id", "variant_id", postgresql_nulls_not_distinct=True),
        Index("listing_variant_idx", "variant_id", "currency", "price_minor", "id"),
        Index("listing_store_idx", "store_id", "variant_id"),
        CheckConstraint("price_minor > 0 AND list_price_minor > 0", name="prices"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
    )

    id: UUID = primary_key()
    variant_id: UUID = foreign_key("product_variant.id")
    source_id: UUID = foreign_key("source.id")
    store_id: UUID | None = foreign_key("store.id", default=None)
    url: str
    currency: str
    price_minor: int | None = Field(default=None, sa_type=BigInteger)
    list_price_minor: int | None = Field(default=None, sa_type=BigInteger)
    availability: Availability = enum_column(Availability, Availability.UNKNOWN)
    last_checked_at: datetime | None = timestamp()


class OfferKind(StrEnum):
    """What an offer gives."""

    DISCOUNT = "DISCOUNT"
    COUPON = "COUPON"
    CASHBACK = "CASHBACK"
    BUNDLE = "BUNDLE"
    FREE_SHIPPING = "FREE_SHIPPING"
    OTHER = "OTHER"


class Offer(Table, table=True):
    """A promotion on a listing, such as a coupon; it may be over, or not have begun."""

    __tablename__ = "offer"
    __table_args__: Any = (CheckConstraint("valid_from < valid_to", name="validity"),)

    id: UUID = primary_key()
    listing_id: UUID = foreign_key("listing.id", index=True)
    description: str
    kind: OfferKind = enum_column(OfferKind, OfferKind.OTHER)
    valid_from: datetime | None = timestamp()
    valid_to: datetime | None = timestamp()
