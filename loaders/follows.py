"""Follows of customers and stores, and follow requests."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, select

import policy.customers
import policy.follow_requests
import policy.follows
import policy.parameters
from auth.viewer import ViewerKind
from loaders.batches import UUID_KEYS, RowLoader
from loaders.customers import visible_customers
from loaders.nodes import node_loader
from loaders.pages import ConnectionLoader
from models.columns import columns
from models.customers import Customer
from models.follows import Follow, FollowRequest, StoreFollow
from models.stores import Store

customer = columns(Customer)
follow = columns(Follow)
follow_request = columns(FollowRequest)
store = columns(Store)
store_follow = columns(StoreFollow)


class _Following(ConnectionLoader):
    graphql_type = "Customer"

    @classmethod
    def joined(cls, viewer: ViewerKind, end: Any) -> Select[Any]:
        return (
            visible_customers(viewer)
            .add_columns(follow.created_at.label("followed_at"))
            .join(Follow, end == customer.id)
        )


class Followers(_Following):
    """The followers of a customer, the newest first."""

    order: ClassVar[dict[str, ColumnElement[Any]]] = {"followed_at": follow.created_at, "id": follow.follower_id}

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By followee."""
        return cls.joined(viewer, follow.follower_id).where(follow.followee_id == parent)


class MutualFollowers(Followers):
    """The followers of a customer whom the viewer follows, the newest first.

    It is read from whichever end has fewer follows.
    """

    custom_plan = True

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By followee, among those whom the viewer follows."""
        return (
            super().select(viewer, parent, given).where(policy.follows.follows(policy.parameters.VIEWER, customer.id))
        )


class FollowedCustomers(_Following):
    """The customers whom a customer follows, the newest first."""

    order: ClassVar[dict[str, ColumnElement[Any]]] = {"followed_at": follow.created_at, "id": follow.followee_id}

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By follower."""
        return cls.joined(viewer, follow.followee_id).where(follow.follower_id == parent)


OTHER_SIDE = case(
    (follow_request.target_id == policy.parameters.VIEWER, follow_request.requester_id), else_=follow_request.target_id
)
REQUEST = (
    follow_request.id,
    follow_request.created_at.label("requested_at"),
    OTHER_SIDE.label("customer_id"),
)


@node_loader
class FollowRequestById(RowLoader[UUID]):
    """A follow request, which both its customers may see."""

    graphql_type = "FollowRequest"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By id."""
        return select(*REQUEST).where(follow_request.id == UUID_KEYS, policy.follow_requests.visible(viewer))


class RequestOfViewerByCustomer(RowLoader[UUID]):
    """The viewer's own request to follow a customer."""

    graphql_type = "FollowRequest"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By the customer who was asked."""
        mine = follow_request.requester_id == policy.parameters.VIEWER, policy.follow_requests.visible(viewer)
        return select(*REQUEST).where(follow_request.target_id == UUID_KEYS, *mine)


class FollowRequests(ConnectionLoader):
    """The follow requests that a customer has received, the newest first."""

    graphql_type = "FollowRequest"
    order: ClassVar[dict[str, ColumnElement[Any]]] = {
        "requested_at": follow_request.created_at,
        "id": follow_request.id,
    }
    mine: ClassVar[Any] = follow_request.target_id
    other: ClassVar[Any] = follow_request.requester_id

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By one side, if the viewer may see the other side."""
        rows = select(*REQUEST[:2], cls.other.label("customer_id"))
        return rows.where(cls.mine == parent, policy.customers.exists_for(viewer, cls.other))


class SentFollowRequests(FollowRequests):
    """The follow requests that a customer has sent, the newest first."""

    mine = follow_request.requester_id
    other = follow_request.target_id


class FollowedStores(ConnectionLoader):
    """The stores that a customer follows, the newest first."""

    graphql_type = "Store"
    order: ClassVar[dict[str, ColumnElement[Any]]] = {
        "followed_at": store_follow.created_at,
        "id": store_follow.store_id,
    }

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By customer."""
        stores = select(*store, store_follow.created_at.label("followed_at"))
        return stores.join(StoreFollow, store_follow.store_id == store.id).where(store_follow.customer_id == parent)


class StoreFollowedByViewer(RowLoader[UUID]):
    """A row if the viewer follows a store, else nothing."""

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By store."""
        mine = select(store_follow.store_id).where(store_follow.customer_id == policy.parameters.VIEWER)
        return mine.where(store_follow.store_id == UUID_KEYS)
