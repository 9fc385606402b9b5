"""Upon whom a customer may act with the mutations of follows and blocks, and where that would change something.

An admin sees everybody, but acts upon them as a customer does: no follow crosses a block.
"""

from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, false, or_  # fmt: skip

from auth.viewer import ViewerKind
from policy.customers import customer, visible
from policy.follows import blocks, follows, has_requested_follow
from policy.parameters import VIEWER

FOLLOWING, FOLLOWED_BY = follows(VIEWER, customer.id), follows(customer.id, VIEWER)
REQUESTED, REQUESTED_BY = has_requested_follow(VIEWER, customer.id), has_requested_follow(customer.id, VIEWER)
BLOCKING = blocks(VIEWER, customer.id)


class Rule(NamedTuple):
    """What a mutation asks of the customer whom it names."""

    changes: ColumnElement[bool]
    """Where it would change something."""
    or_hidden: ColumnElement[bool] = false()
    """Customers who are accepted although they are hidden: what the viewer has done to them they may undo or repeat."""


RULES = {
    "followCustomer": Rule(and_(~FOLLOWING, or_(~customer.is_private, ~REQUESTED))),
    "unfollowCustomer": Rule(or_(FOLLOWING, REQUESTED), or_hidden=REQUESTED),
    "acceptFollowRequest": Rule(REQUESTED_BY),
    "declineFollowRequest": Rule(REQUESTED_BY),
    "removeFollower": Rule(FOLLOWED_BY),
    "blockCustomer": Rule(~BLOCKING, or_hidden=BLOCKING),
    "unblockCustomer": Rule(BLOCKING, or_hidden=BLOCKING),
}
"""By the mutation. The number of follows that a customer can have is not part of it."""


def may_name(mutation: str) -> ColumnElement[bool]:
    """Which other customers does a mutation accept from a signed-in viewer?"""
    return or_(visible(ViewerKind.CUSTOMER), RULES[mutation].or_hidden)


def can(mutation: str) -> ColumnElement[bool]:
    """Upon which other customers would a mutation of a signed-in viewer change something?"""
    return and_(may_name(mutation), RULES[mutation].changes)
