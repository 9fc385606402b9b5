"""Wishlists, as their viewer may see them."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlmodel import col

import policy
from auth import Standing
from loaders.batches import KEYS, WORDS, One
from loaders.pages import Connected
from models.wishlists import Wishlist, WishlistItem

WISHLIST = list(Wishlist.__table__.c)  # type: ignore[attr-defined]
ITEM = list(WishlistItem.__table__.c)  # type: ignore[attr-defined]


class WishlistById(One[UUID]):
    """A wishlist."""

    graphql_type = "Wishlist"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By id."""
        return select(*WISHLIST).where(col(Wishlist.id) == KEYS, policy.wishlists(by))


class DefaultWishlistByOwner(One[UUID]):
    """The default list of a customer."""

    graphql_type = "Wishlist"
    key = "owner_id"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By owner."""
        return select(*WISHLIST).where(
            col(Wishlist.owner_id) == KEYS, col(Wishlist.is_default), policy.wishlists(by)
        )


class WishlistByToken(One[str]):
    """A list by the secret of its link."""

    graphql_type = "Wishlist"
    key = "share_token"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By token."""
        return select(*WISHLIST).where(col(Wishlist.share_token) == WORDS, policy.shared_wishlists(by))


class WishlistsByOwner(Connected):
    """The lists of a customer, the latest first."""

    graphql_type = "Wishlist"
    order: ClassVar[dict[str, ColumnElement[Any]]] = {"created_at": col(Wishlist.created_at), "id": col(Wishlist.id)}

    @classmethod
    def select(cls, by: Standing, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By owner."""
        del given
        return select(*WISHLIST).where(Wishlist.owner_id == parent, policy.wishlists(by))


class WishlistItemById(One[UUID]):
    """An item of a list that the viewer may see."""

    graphql_type = "WishlistItem"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By id."""
        rows = select(*ITEM).join(Wishlist, Wishlist.id == WishlistItem.wishlist_id)
        return rows.where(col(WishlistItem.id) == KEYS, policy.wishlists(by))


class ItemsByWishlist(Connected):
    """The items of a list, the latest first. Reached only through a list, which its policy has let pass."""

    graphql_type = "WishlistItem"
    order: ClassVar[dict[str, ColumnElement[Any]]] = {
        "created_at": col(WishlistItem.created_at),
        "id": col(WishlistItem.id),
    }

    @classmethod
    def select(cls, by: Standing, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By list."""
        del by, given
        return select(*ITEM).where(WishlistItem.wishlist_id == parent)
