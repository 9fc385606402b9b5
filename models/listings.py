"""Listings of variants, and offers on them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from models.columns import Table, enum_column, foreign_key, primary_key, timestamp
from models.products import Availability


class ListingState(StrEnum):
    """Whether a listing is still there."""

    ACTIVE = "ACTIVE"
    ENDED = "ENDED"


class Listing(Table, table=True):
    """An entry at a source where a variant is for sale. Prices are in minor units of `currency`."""

    __tablename__ = "listing"
    __table_args__: Any = (
        UniqueConstraint("source_id", "store_id", "variant_id", postgresql_nulls_not_distinct=True),
        Index("listing_variant_idx", "variant_id", "currency", "price_minor", "id"),
        Index("listing_store_idx", "store_id", "variant_id"),
        Index("listing_price_idx", "currency", "price_minor", "variant_id", postgresql_where=text("state = 'ACTIVE'")),
        Index(
            "listing_percent_idx",
            text("((list_price_minor - price_minor) * 100 / list_price_minor)"),
            postgresql_where=text("state = 'ACTIVE'"),
        ),
        CheckConstraint("price_minor > 0 AND list_price_minor > 0", name="prices"),
        Index("listing_source_product_idx", "source_id", "source_product_id"),
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
    state: ListingState = enum_column(ListingState, ListingState.ACTIVE)
    """An ended one counts for no price; it is kept for its price history and for whoever bought there."""
    source_product_id: str | None = None
    """What the source itself calls the product."""
    affiliate_network: str | None = None
    affiliate_sku: str | None = None
    affiliate_url: str | None = None
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
