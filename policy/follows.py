"""SQL conditions about follows, follow requests and blocks."""

from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    exists,
    select,
)  # fmt: skip

from models.columns import alias
from models.follows import Block, Follow, FollowRequest
from policy.parameters import VIEWER


def follows(follower: ColumnElement[UUID], followee: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Is there a follow from one customer to the other?"""
    edge = alias(Follow)
    return exists(select(1).where(edge.follower_id == follower, edge.followee_id == followee))


def has_requested_follow(requester: ColumnElement[UUID], target: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Is there a follow request from one customer to the other?"""
    edge = alias(FollowRequest)
    return exists(select(1).where(edge.requester_id == requester, edge.target_id == target))


def blocks(blocker: ColumnElement[UUID], other: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Has one customer blocked the other?"""
    edge = alias(Block)
    return exists(select(1).where(edge.blocker_id == blocker, edge.blocked_id == other))


def not_blocked(id_: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Is there no block between the viewer and a customer? True where the id is null."""
    return and_(~blocks(VIEWER, id_), ~blocks(id_, VIEWER))
