"""Who may see wishlists."""

from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    exists,
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


def own() -> ColumnElement[bool]:
    """Which wishlists are the viewer's? Nobody else may change them, admins included."""
    mine: ColumnElement[bool] = wishlist.owner_id == VIEWER
    return mine


def _private(id_: ColumnElement[UUID]) -> ColumnElement[bool]:
    them = alias(Customer)
    return exists(select(1).where(them.id == id_, them.is_private))


def shared_by_link(viewer: ViewerKind) -> ColumnElement[bool]:
    """Which wishlists may this viewer open by their link? All that are shared so, unless there is a block."""
    linked: ColumnElement[bool] = wishlist.visibility == WishlistVisibility.LINK
    return (
        linked if viewer in {ViewerKind.ADMIN, ViewerKind.ANONYMOUS} else and_(linked, not_blocked(wishlist.owner_id))
    )
