"""Wishlists that the viewer may see, and their items."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select

import policy.wishlists
from auth.viewer import ViewerKind
from loaders.batches import TEXT_KEYS, UUID_KEYS, RowLoader
from loaders.nodes import node_loader
from loaders.pages import ConnectionLoader
from models.columns import columns
from models.prices import VariantPrice
from models.wishlists import Wishlist, WishlistItem

wishlist = columns(Wishlist)
item = columns(WishlistItem)
variant_price = columns(VariantPrice)

WISHLIST = [
    *wishlist,
    policy.wishlists.can_edit().label("viewer_can_edit"),
    policy.wishlists.can_delete().label("viewer_can_delete"),
]
ITEM = [*item, policy.wishlists.can_edit_items(item.wishlist_id).label("viewer_can_edit")]


@node_loader
class WishlistById(RowLoader[UUID]):
    """A wishlist."""

    graphql_type = "Wishlist"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By id."""
        return select(*WISHLIST).where(wishlist.id == UUID_KEYS, policy.wishlists.visible(viewer))


class WishlistOfItem(RowLoader[UUID]):
    """The wishlist of an item. It needs no policy: it is loaded only for items that the viewer may see."""

    graphql_type = "Wishlist"
    columns = WISHLIST
    found_by = wishlist.id


class DefaultWishlistByOwner(RowLoader[UUID]):
    """The default list of a customer."""

    graphql_type = "Wishlist"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By owner."""
        return select(*WISHLIST).where(
            wishlist.owner_id == UUID_KEYS, wishlist.is_default, policy.wishlists.visible(viewer)
        )


class WishlistByToken(RowLoader[str]):
    """A wishlist, by the token of its link."""

    graphql_type = "Wishlist"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By token."""
        return select(*WISHLIST).where(wishlist.share_token == TEXT_KEYS, policy.wishlists.shared_by_link(viewer))


class WishlistsByOwner(ConnectionLoader):
    """The wishlists of a customer, the newest first."""

    graphql_type = "Wishlist"
    order: ClassVar[dict[str, ColumnElement[Any]]] = {"created_at": wishlist.created_at, "id": wishlist.id}

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By owner."""
        return select(*WISHLIST).where(wishlist.owner_id == parent, policy.wishlists.visible(viewer))


@node_loader
class WishlistItemById(RowLoader[UUID]):
    """An item of a wishlist that the viewer may see."""

    graphql_type = "WishlistItem"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By id."""
        rows = select(*ITEM).join(Wishlist, wishlist.id == item.wishlist_id)
        return rows.where(item.id == UUID_KEYS, policy.wishlists.visible(viewer))


class ItemsByWishlist(ConnectionLoader):
    """The items of a wishlist, the newest first. It needs no policy: it is loaded only for lists that the viewer may see."""

    graphql_type = "WishlistItem"
    order: ClassVar[dict[str, ColumnElement[Any]]] = {
        "created_at": item.created_at,
        "id": item.id,
    }

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By list."""
        return select(*ITEM).where(item.wishlist_id == parent)


class PriceChangeByItem(RowLoader[UUID]):
    """By how much the best price of an item's variant has changed since the item was added, if both are known.

    It needs no policy: it is loaded only for items that the viewer may see.
    """

    graphql_type = "Money"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By item, from prices in the currency of then."""
        change = variant_price.price_minor - item.added_price_minor
        same = (variant_price.variant_id == item.variant_id) & (variant_price.currency == item.added_currency)
        rows = select(change.label("price_minor"), variant_price.currency).select_from(WishlistItem)
        return rows.join(VariantPrice, same).where(item.id == UUID_KEYS, change.is_not(None))
