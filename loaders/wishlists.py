"""Wishlists, as their viewer may see them."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select

import policy
from auth import Standing
from loaders.batches import KEYS, WORDS, One
from loaders.pages import Connected
from models.columns import columns
from models.wishlists import Wishlist, WishlistItem

wishlist = columns(Wishlist)
item = columns(WishlistItem)

WISHLIST = list(wishlist)
ITEM = list(item)


class WishlistById(One[UUID]):
    """A wishlist."""

    graphql_type = "Wishlist"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By id."""
        return select(*WISHLIST).where(wishlist.id == KEYS, policy.wishlists(by))


class WishlistOfItem(One[UUID]):
    """The list that an item is on. Reached only through an item, which its policy has let pass."""

    graphql_type = "Wishlist"
    columns = WISHLIST
    found_by = wishlist.id


class DefaultWishlistByOwner(One[UUID]):
    """The default list of a customer."""

    graphql_type = "Wishlist"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By owner."""
        return select(*WISHLIST).where(wishlist.owner_id == KEYS, wishlist.is_default, policy.wishlists(by))


class WishlistByToken(One[str]):
    """A list by the secret of its link."""

    graphql_type = "Wishlist"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By token."""
        return select(*WISHLIST).where(wishlist.share_token == WORDS, policy.shared_wishlists(by))


class WishlistsByOwner(Connected):
    """The lists of a customer, the latest first."""

    graphql_type = "Wishlist"
    order: ClassVar[dict[str, ColumnElement[Any]]] = {"created_at": wishlist.created_at, "id": wishlist.id}

    @classmethod
    def select(cls, by: Standing, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By owner."""
        return select(*WISHLIST).where(wishlist.owner_id == parent, policy.wishlists(by))


class WishlistItemById(One[UUID]):
    """An item of a list that the viewer may see."""

    graphql_type = "WishlistItem"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By id."""
        rows = select(*ITEM).join(Wishlist, wishlist.id == item.wishlist_id)
        return rows.where(item.id == KEYS, policy.wishlists(by))


class ItemsByWishlist(Connected):
    """The items of a list, the latest first. Reached only through a list, which its policy has let pass."""

    graphql_type = "WishlistItem"
    order: ClassVar[dict[str, ColumnElement[Any]]] = {
        "created_at": item.created_at,
        "id": item.id,
    }

    @classmethod
    def select(cls, by: Standing, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By list."""
        return select(*ITEM).where(item.wishlist_id == parent)
