"""Upon whom a customer may act with the mutations of follows and blocks, and where that would change something.

An admin sees everybody, but acts upon them as a customer does: no follow crosses a block.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, or_

from auth.viewer import ViewerKind
from policy.customers import customer, visible
from policy.follows import blocks, follows, has_requested_follow
from policy.parameters import VIEWER

Clause = ColumnElement[bool]
FACTS: dict[str, Clause] = {
    "visible": visible(ViewerKind.CUSTOMER),
    "is_private": customer.is_private,
    "following": follows(VIEWER, customer.id),
    "followed_by": follows(customer.id, VIEWER),
    "requested": has_requested_follow(VIEWER, customer.id),
    "requested_by": has_requested_follow(customer.id, VIEWER),
    "blocking": blocks(VIEWER, customer.id),
}
"""What the rules ask about a customer, from the viewer's side."""


class Rule(NamedTuple):
    """What a mutation asks of the customer whom it names. Both take the `FACTS` about them."""

    accepts: Callable[[Any], Clause]
    """Whether they exist for the mutation. What the viewer has done to somebody who is hidden they may undo or repeat."""
    changes: Callable[[Any], Clause]
    """Whether it would change something."""


RULES = {
    "followCustomer": Rule(
        lambda them: them["visible"],
        lambda them: and_(~them["following"], or_(~them["is_private"], ~them["requested"])),
    ),
    "unfollowCustomer": Rule(
        lambda them: or_(them["visible"], them["requested"]), lambda them: or_(them["following"], them["requested"])
    ),
    "acceptFollowRequest": Rule(lambda them: them["visible"], lambda them: them["requested_by"]),
    "declineFollowRequest": Rule(lambda them: them["visible"], lambda them: them["requested_by"]),
    "removeFollower": Rule(lambda them: them["visible"], lambda them: them["followed_by"]),
    "blockCustomer": Rule(lambda them: or_(them["visible"], them["blocking"]), lambda them: ~them["blocking"]),
    "unblockCustomer": Rule(lambda them: or_(them["visible"], them["blocking"]), lambda them: them["blocking"]),
}
"""By the mutation. How many follows a customer can have is not part of it."""


def accepts(mutation: str) -> Clause:
    """Which other customers does a mutation accept from a signed-in viewer?"""
    return RULES[mutation].accepts(FACTS)


def can(mutation: str, them: Any) -> Clause:
    """Upon whom would a mutation of a signed-in viewer change something? `them` has columns with the names of `FACTS`."""
    return and_(RULES[mutation].accepts(them), RULES[mutation].changes(them))
