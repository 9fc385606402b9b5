"""Who may see follow requests."""

from sqlalchemy import (
    ColumnElement,
    and_,
    false,
    or_,
    true,
)  # fmt: skip

from auth.viewer import ViewerKind
from models.columns import columns
from models.follows import FollowRequest
from policy.customers import exists_for
from policy.parameters import VIEWER

follow_request = columns(FollowRequest)


def visible(viewer: ViewerKind) -> ColumnElement[bool]:
    """Which follow requests may this viewer see? Those that they sent or received, if they may see the other customer."""
    if viewer is ViewerKind.ADMIN:
        return true()
    if viewer is ViewerKind.ANONYMOUS:
        return false()
    requester, target = follow_request.requester_id, follow_request.target_id
    return or_(
        and_(target == VIEWER, exists_for(viewer, requester)),
        and_(requester == VIEWER, exists_for(viewer, target)),
    )
