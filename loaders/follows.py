"""Who follows whom, who asked to, who follows which store."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, select
from sqlmodel import col

import policy
from auth import Standing
from loaders.batches import KEYS, One
from loaders.customers import seen
from loaders.pages import Connected
from models.customers import Customer
from models.follows import Follow, FollowRequest, StoreFollow
from models.stores import Store


class _Following(Connected):
    graphql_type = "Customer"

    @classmethod
    def joined(cls, by: Standing, end: Any) -> Select[Any]:
        return seen(by).add_columns(col(Follow.created_at).label("followed_at")).join(Follow, end == Customer.id)


class Followers(_Following):
    """Who follows a customer, the latest first."""

    order: ClassVar[dict[str, ColumnElement[Any]]] = {"followed_at": col(Follow.created_at), "id": col(Follow.follower_id)}

    @classmethod
    def select(cls, by: Standing, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By followee."""
        del given
        return cls.joined(by, Follow.follower_id).where(Follow.followee_id == parent)


class MutualFollowers(Followers):
    """Who follows a customer and is followed by the viewer."""

    @classmethod
    def select(cls, by: Standing, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By followee, among those whom the viewer follows."""
        return super().select(by, parent, given).where(policy.follows(policy.VIEWER, col(Customer.id)))


class FollowedCustomers(_Following):
    """Whom a customer follows, the latest first."""

    order: ClassVar[dict[str, ColumnElement[Any]]] = {"followed_at": col(Follow.created_at), "id": col(Follow.followee_id)}

    @classmethod
    def select(cls, by: Standing, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By follower."""
        del given
        return cls.joined(by, Follow.followee_id).where(Follow.follower_id == parent)


OTHER_SIDE = case((FollowRequest.target_id == policy.VIEWER, FollowRequest.requester_id), else_=FollowRequest.target_id)
REQUEST = (
    col(FollowRequest.id),
    col(FollowRequest.created_at).label("requested_at"),
    OTHER_SIDE.label("customer_id"),
)


class FollowRequestById(One[UUID]):
    """A follow request, for either of its two sides."""

    graphql_type = "FollowRequest"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By id."""
        return select(*REQUEST).where(col(FollowRequest.id) == KEYS, policy.follow_requests(by))


class FollowRequests(Connected):
    """Who waits for a customer's answer, the latest first."""

    graphql_type = "FollowRequest"
    order: ClassVar[dict[str, ColumnElement[Any]]] = {
        "requested_at": col(FollowRequest.created_at),
        "id": col(FollowRequest.id),
    }
    mine: ClassVar[Any] = FollowRequest.target_id
    other: ClassVar[Any] = FollowRequest.requester_id

    @classmethod
    def select(cls, by: Standing, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By one side, where the other side exists for the viewer."""
        del given
        rows = select(*REQUEST[:2], col(cls.other).label("customer_id"))
        return rows.where(cls.mine == parent, policy.customer(by, cls.other))


class SentFollowRequests(FollowRequests):
    """Whom a customer asked and waits for, the latest first."""

    mine = FollowRequest.requester_id
    other = FollowRequest.target_id


class FollowedStores(Connected):
    """Which stores a customer follows, the latest first."""

    graphql_type = "Store"
    order: ClassVar[dict[str, ColumnElement[Any]]] = {
        "followed_at": col(StoreFollow.created_at),
        "id": col(StoreFollow.store_id),
    }

    @classmethod
    def select(cls, by: Standing, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By customer."""
        del by, given
        stores = select(*Store.__table__.c, col(StoreFollow.created_at).label("followed_at"))  # type: ignore[attr-defined]
        return stores.join(StoreFollow, StoreFollow.store_id == Store.id).where(StoreFollow.customer_id == parent)


class StoreFollowedByViewer(One[UUID]):
    """Whether the viewer follows a store: a row if so."""

    key = "store_id"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By store."""
        del by
        mine = select(col(StoreFollow.store_id)).where(StoreFollow.customer_id == policy.VIEWER)
        return mine.where(col(StoreFollow.store_id) == KEYS)
