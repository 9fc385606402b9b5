"""Which customers a viewer may see."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    exists,
    or_,
    select,
)  # fmt: skip

from auth.viewer import ViewerKind
from models.columns import alias, columns
from models.customers import Customer
from policy.follows import follows, has_requested_follow, not_blocked
from policy.parameters import VIEWER

customer = columns(Customer)


def visible(viewer: ViewerKind, them: Any = customer) -> ColumnElement[bool]:
    """Which customers may this viewer see?

    A customer who hides their profile is still visible to their followers, and to the customers whom they follow or
    have asked to follow, since those know of them already. A deleted account is visible to nobody.
    """
    present: ColumnElement[bool] = them.deleted_at.is_(None)
    if viewer is ViewerKind.ADMIN:
        return present
    if viewer is ViewerKind.ANONYMOUS:
        return and_(present, them.show_profile)
    id_ = them.id
    visible_to_viewer = or_(
        them.show_profile, follows(VIEWER, id_), follows(id_, VIEWER), has_requested_follow(id_, VIEWER)
    )
    return and_(present, or_(id_ == VIEWER, and_(not_blocked(id_), visible_to_viewer)))


def exists_for(viewer: ViewerKind, id_: ColumnElement[UUID]) -> ColumnElement[bool]:
    """May this viewer see the customer with this id?"""
    them = alias(Customer)
    return exists(select(1).where(them.id == id_, visible(viewer, them)))
