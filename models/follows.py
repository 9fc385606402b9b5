"""Follows, follow requests, follows of stores, and blocks."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field
from uuid_utils.compat import uuid7

from models.columns import Table, foreign_key, timestamp

MAX_FOLLOWS = 10_000
"""How many customers, and how many stores, one customer can follow, and how many requests can wait for an answer."""


class Follow(Table, table=True):
    """An accepted follow."""

    __tablename__ = "follow"
    __table_args__: Any = (
        CheckConstraint("follower_id <> followee_id", name="not_oneself"),
        Index("follow_followers_idx", "followee_id", "created_at", "follower_id"),
        Index("follow_following_idx", "follower_id", "created_at", "followee_id"),
    )

    follower_id: UUID = foreign_key("customer.id", primary_key=True)
    followee_id: UUID = foreign_key("customer.id", primary_key=True)
    created_at: datetime = timestamp(now=True)


class FollowRequest(Table, table=True):
    """A request to follow a private account that has no answer yet."""

    __tablename__ = "follow_request"
    __table_args__: Any = (
        CheckConstraint("requester_id <> target_id", name="not_oneself"),
        Index("follow_request_waiting_idx", "target_id", "created_at", "id"),
        Index("follow_request_sent_idx", "requester_id", "created_at", "id"),
    )

    requester_id: UUID = foreign_key("customer.id", primary_key=True)
    target_id: UUID = foreign_key("customer.id", primary_key=True)
    id: UUID = Field(default_factory=uuid7, unique=True)
    created_at: datetime = timestamp(now=True)


class StoreFollow(Table, table=True):
    """A follow of a store."""

    __tablename__ = "store_follow"
    __table_args__: Any = (
        Index("store_follow_following_idx", "customer_id", "created_at", "store_id"),
        Index("store_follow_followers_idx", "store_id"),
    )

    customer_id: UUID = foreign_key("customer.id", primary_key=True)
    store_id: UUID = foreign_key("store.id", primary_key=True)
    created_at: datetime = timestamp(now=True)


class Block(Table, table=True):
    """A block: the two customers cannot see each other."""

    __tablename__ = "block"
    __table_args__: Any = (
        CheckConstraint("blocker_id <> blocked_id", name="not_oneself"),
        Index("block_blocked_idx", "blocked_id", "blocker_id"),
        Index("block_list_idx", "blocker_id", "created_at", "blocked_id"),
    )

    blocker_id: UUID = foreign_key("customer.id", primary_key=True)
    blocked_id: UUID = foreign_key("customer.id", primary_key=True)
    created_at: datetime = timestamp(now=True)


ERASED_WITH_CUSTOMER = dict.fromkeys((Follow, FollowRequest, StoreFollow, Block), "cascade")
EXPORTED_WITH_CUSTOMER = {
    Follow: ("follower_id", "followee_id", "created_at"),
    FollowRequest: ("requester_id", "target_id", "created_at"),
    StoreFollow: ("store_id", "created_at"),
    Block: ("blocked_id", "created_at"),
}
