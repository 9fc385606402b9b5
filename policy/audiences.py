"""Which fields of a visible customer a viewer gets.

The column `audience` is a set of bits that the database computes beside the row; a field's declared audience is checked
against it.
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
    """Who gets an answer from a field of a customer. Others get null."""

    CARD = "CARD"
    CONTENT = "CONTENT"
    ORDERS = "ORDERS"
    FOLLOWERS = "FOLLOWERS"
    ACTIVITY = "ACTIVITY"
    LOCATION = "LOCATION"
    SELF = "SELF"


Bit = IntFlag("Bit", "CONTENT ORDERS FOLLOWERS ACTIVITY LOCATION SELF")
"""The bits of the column `audience`."""
EVERYTHING = sum(Bit)
SWITCHES = {
    Bit.ORDERS: customer.show_orders,
    Bit.FOLLOWERS: customer.show_followers,
    Bit.ACTIVITY: customer.show_activity,
    Bit.LOCATION: customer.show_location,
}


def audience(viewer: ViewerKind) -> ColumnElement[int]:
    """Which fields of a visible customer does this viewer get?"""
    if viewer is ViewerKind.ADMIN:
        return _number(EVERYTHING)
    shown = _number(Bit.CONTENT)
    for bit, switch in SWITCHES.items():
        shown = shown + cast(switch, Integer) * _number(bit)
    if viewer is ViewerKind.ANONYMOUS:
        return case((customer.is_private, _number(0)), else_=shown)
    them = customer.id
    return case(
        (them == VIEWER, _number(EVERYTHING)),
        (or_(~customer.is_private, follows(VIEWER, them)), shown),
        else_=_number(0),
    )


def blocked_audience(viewer: ViewerKind) -> ColumnElement[int]:
    """Which fields of somebody whom they have blocked does this viewer get? The card, where blocks are listed."""
    return _number(EVERYTHING if viewer is ViewerKind.ADMIN else 0)


def relationship_audience(viewer: ViewerKind) -> ColumnElement[int]:
    """Which fields of the relationship with a customer does this viewer get? Where there is a block, those of the card."""
    return case((not_blocked(customer.id), audience(viewer)), else_=blocked_audience(viewer))


def _number(value: int) -> ColumnElement[int]:
    return literal_column(str(int(value)), Integer)
