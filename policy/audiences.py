"""Which fields of a visible customer a viewer may see.

The database computes the column `audience`, a set of bits, with each row of a customer. A field has a value if the bit
of its declared audience is set.
"""

from enum import IntFlag, StrEnum

from sqlalchemy import (
    ColumnElement,
    Integer,
    case,
    cast,
    literal_column,
    or_,
)  # fmt: skip

from auth.viewer import ViewerKind
from policy.customers import customer
from policy.follows import follows, not_blocked
from policy.parameters import VIEWER


class Audience(StrEnum):
    """Who may see a field of a customer. For others it is null."""

    CARD = "CARD"
    CONTENT = "CONTENT"
    ORDERS = "ORDERS"
    FOLLOWERS = "FOLLOWERS"
    ACTIVITY = "ACTIVITY"
    LOCATION = "LOCATION"
    SELF = "SELF"


Bit = IntFlag("Bit", "CONTENT ORDERS FOLLOWERS ACTIVITY LOCATION SELF")
"""The bits of the column `audience`."""
ALL_BITS = sum(Bit)
PRIVACY_SETTINGS = {
    Bit.ORDERS: customer.show_orders,
    Bit.FOLLOWERS: customer.show_followers,
    Bit.ACTIVITY: customer.show_activity,
    Bit.LOCATION: customer.show_location,
}


def audience(viewer: ViewerKind) -> ColumnElement[int]:
    """Compute which fields of a visible customer this viewer may see."""
    if viewer is ViewerKind.ADMIN:
        return _literal(ALL_BITS)
    shown = _literal(Bit.CONTENT)
    for bit, setting in PRIVACY_SETTINGS.items():
        shown = shown + cast(setting, Integer) * _literal(bit)
    if viewer is ViewerKind.ANONYMOUS:
        return case((customer.is_private, _literal(0)), else_=shown)
    them = customer.id
    return case(
        (them == VIEWER, _literal(ALL_BITS)),
        (or_(~customer.is_private, follows(VIEWER, them)), shown),
        else_=_literal(0),
    )


def blocked_audience(viewer: ViewerKind) -> ColumnElement[int]:
    """Compute which fields of a customer whom they have blocked this viewer may see: the card."""
    return _literal(ALL_BITS if viewer is ViewerKind.ADMIN else 0)


def relationship_audience(viewer: ViewerKind) -> ColumnElement[int]:
    """Compute which fields of the relationship with a customer this viewer may see. With a block, those of the card."""
    return case((not_blocked(customer.id), audience(viewer)), else_=blocked_audience(viewer))


def _literal(value: int) -> ColumnElement[int]:
    return literal_column(str(int(value)), Integer)
