"""Wishlists, several for each customer, one of them the default."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from models.columns import Table, enum_column, foreign_key, primary_key, timestamp

DEFAULT_NAME = "Wishlist"
MAX_LISTS, MAX_ITEMS = 100, 1_000
"""How many lists a customer can have, and how many items a list."""


class WishlistVisibility(StrEnum):
    """Who may see a wishlist besides its owner."""

    PRIVATE = "PRIVATE"
    FOLLOWERS = "FOLLOWERS"
    PUBLIC = "PUBLIC"
    LINK = "LINK"


class Wishlist(Table, table=True):
    """A named list of variants. `share_token` is set if and only if the visibility is LINK."""

    __tablename__ = "wishlist"
    __table_args__: Any = (
        Index("wishlist_owner_idx", "owner_id", "created_at", "id"),
        Index("wishlist_default_key", "owner_id", unique=True, postgresql_where=text("is_default")),
        CheckConstraint("(visibility = 'LINK') = (share_token IS NOT NULL)", name="share_token"),
    )

    id: UUID = primary_key()
    owner_id: UUID = foreign_key("customer.id")
    name: str
    is_default: bool = False
    visibility: WishlistVisibility = enum_column(WishlistVisibility, WishlistVisibility.PRIVATE)
    share_token: str | None = Field(default=None, unique=True)
    created_at: datetime = timestamp(now=True)


class WishlistItem(Table, table=True):
    """A variant on a wishlist."""

    __tablename__ = "wishlist_item"
    __table_args__: Any = (
        UniqueConstraint("wishlist_id", "variant_id"),
        Index("wishlist_item_newest_idx", "wishlist_id", "created_at", "id"),
        Index("wishlist_item_variant_idx", "variant_id"),
        CheckConstraint("priority BETWEEN 1 AND 5", name="priority"),
    )

    id: UUID = primary_key()
    wishlist_id: UUID = foreign_key("wishlist.id")
    variant_id: UUID = foreign_key("product_variant.id")
    note: str | None = None
    priority: int | None = None
    added_price_minor: int | None = Field(default=None, sa_type=BigInteger)
    """The best price of the variant when the item was added. Null if it had none."""
    added_currency: str | None = None
    created_at: datetime = timestamp(now=True)


ERASED_WITH_CUSTOMER = {Wishlist: "cascade"}
EXPORTED_WITH_CUSTOMER = {Wishlist: ("name", "is_default", "visibility", "share_token", "created_at")}
