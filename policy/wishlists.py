"""Who may see wishlists."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    exists,
    false,
    func,
    or_,
    select,
    true,
)  # fmt: skip

from auth.viewer import ViewerKind
from models.columns import alias, columns
from models.customers import Customer
from models.wishlists import Wishlist, WishlistVisibility
from policy.customers import exists_for
from policy.follows import follows, not_blocked
from policy.parameters import VIEWER

wishlist = columns(Wishlist)


def visible(viewer: ViewerKind) -> ColumnElement[bool]:
    """Which wishlists may this viewer see without a link? Not those of other customers that are shared by link."""
    if viewer is ViewerKind.ADMIN:
        return true()
    visibility, owner = wishlist.visibility, wishlist.owner_id
    public = and_(visibility == WishlistVisibility.PUBLIC, ~_private(owner))
    if viewer is ViewerKind.ANONYMOUS:
        return and_(public, exists_for(viewer, owner))
    for_followers = or_(visibility == WishlistVisibility.FOLLOWERS, visibility == WishlistVisibility.PUBLIC)
    shared = or_(public, and_(for_followers, follows(VIEWER, owner)))
    return or_(own(), and_(shared, exists_for(viewer, owner)))


def own(lists: Any = wishlist) -> ColumnElement[bool]:
    """Which wishlists are the viewer's? Nobody else may change them, admins included."""
    mine: ColumnElement[bool] = lists.owner_id == VIEWER
    return mine


def can_edit() -> ColumnElement[bool]:
    """Which wishlists can the viewer rename, show to others, and put items on? Never null."""
    return func.coalesce(own(), false())


def can_delete() -> ColumnElement[bool]:
    """Which wishlists can the viewer delete? Never the default one, and never null."""
    return and_(~wishlist.is_default, can_edit())


def can_edit_items(list_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Can the viewer change and remove the items of the list with this id?"""
    lists = alias(Wishlist)
    return exists(select(1).where(lists.id == list_id, own(lists)))


def _private(id_: ColumnElement[UUID]) -> ColumnElement[bool]:
    them = alias(Customer)
    return exists(select(1).where(them.id == id_, them.is_private))


def shared_by_link(viewer: ViewerKind) -> ColumnElement[bool]:
    """Which wishlists may this viewer open by their link? All that are shared so, unless there is a block."""
    linked: ColumnElement[bool] = wishlist.visibility == WishlistVisibility.LINK
    return (
        linked if viewer in {ViewerKind.ADMIN, ViewerKind.ANONYMOUS} else and_(linked, not_blocked(wishlist.owner_id))
    )
