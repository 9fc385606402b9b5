"""Follows, follow requests and blocks between customers, and follows of stores."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from errors import InvalidInput, LimitReached, NotFound
from loaders import follows as found
from loaders.customers import BlockedCustomers, CustomerById, RelationshipByCustomer
from policy.audiences import Audience
from resolvers import customers, follows, stores
from schema.connections import Connection, ConnectionOf, Edge, Node
from schema.costs import COUNT
from schema.errors import Payload
from schema.fields import connection, edge, field, mutation, opening
from schema.mutations import mutations
from schema.profile import CustomerPage, CustomerPayload, CustomerRef

if TYPE_CHECKING:
    from schema.stores import Store

StoreRef = Annotated["Store", strawberry.lazy("schema.stores")]
FollowerPage = Annotated["FollowerConnection", strawberry.lazy("schema.follows")]
FollowedCustomerPage = Annotated["FollowedCustomerConnection", strawberry.lazy("schema.follows")]
FollowedStorePage = Annotated["FollowedStoreConnection", strawberry.lazy("schema.follows")]
FollowRequestPage = ConnectionOf[Annotated["FollowRequest", strawberry.lazy("schema.follows")]]


@strawberry.type(description="The relationship between the viewer and another customer.")
class Relationship:
    """Its source is a row of `RelationshipByCustomer`."""

    following: bool = field("Whether the viewer follows the customer.")
    requested: bool = field("Whether the viewer has asked to follow the customer and waits for an answer.")
    followed_by: bool = field("Whether the customer follows the viewer.")
    requested_by: bool = field("Whether the customer has asked to follow the viewer and waits for an answer.")
    blocking: bool = field("Whether the viewer has blocked the customer.")
    mutual_followers_count: int | None = opening(
        customers.mutual_followers_counts,
        "id",
        "How many followers of the customer the viewer follows: the `totalCount` of `Customer.mutualFollowers`.",
        audience=Audience.FOLLOWERS,
        cost=COUNT,
    )


def permission(mutation: str, description: str) -> Any:
    """Make the field that says whether a mutation of the viewer's would change something about the customer."""
    return opening(follows.can(mutation), "id", description)


@strawberry.type
class OnCustomer:
    """What follows and blocks add to `Customer`."""

    followers_count: int = field("The number of customers who follow the customer.")
    following_customers_count: int = field("The number of customers that the customer follows.")
    following_stores_count: int = field("The number of stores that the customer follows.")
    relationship: Relationship | None = edge(
        RelationshipByCustomer,
        "id",
        "The relationship between the viewer and the customer. Null for the viewer's own account, and if the viewer is "
        "not signed in.",
    )
    viewer_can_follow: bool = permission(
        "followCustomer",
        "Whether the viewer can follow the customer with `followCustomer`, or ask to. False if they do so already.",
    )
    viewer_can_unfollow: bool = permission(
        "unfollowCustomer",
        "Whether the viewer follows the customer or has asked to, and can end that with `unfollowCustomer`.",
    )
    viewer_can_accept_follow_request: bool = permission(
        "acceptFollowRequest",
        "Whether the customer has asked to follow the viewer, who can agree with `acceptFollowRequest`.",
    )
    viewer_can_decline_follow_request: bool = permission(
        "declineFollowRequest",
        "Whether the customer has asked to follow the viewer, who can refuse with `declineFollowRequest`.",
    )
    viewer_can_remove_follower: bool = permission(
        "removeFollower", "Whether the customer follows the viewer, who can end that with `removeFollower`."
    )
    viewer_can_block: bool = permission(
        "blockCustomer",
        "Whether the viewer can block the customer with `blockCustomer`. False if they have done so already.",
    )
    viewer_can_unblock: bool = permission(
        "unblockCustomer", "Whether the viewer has blocked the customer, and can end that with `unblockCustomer`."
    )
    followers: FollowerPage | None = connection(
        found.Followers, "id", "The customers who follow the customer, the newest first.", audience=Audience.FOLLOWERS
    )
    following_customers: FollowedCustomerPage | None = connection(
        found.FollowedCustomers,
        "id",
        "The customers that the customer follows, the newest first.",
        audience=Audience.FOLLOWERS,
    )
    following_stores: FollowedStorePage | None = connection(
        found.FollowedStores,
        "id",
        "The stores that the customer follows, the newest first.",
        audience=Audience.CONTENT,
    )
    mutual_followers: CustomerPage | None = connection(
        found.MutualFollowers,
        "id",
        "The followers of the customer that the viewer also follows, the newest first.",
        audience=Audience.FOLLOWERS,
    )
    follow_requests: FollowRequestPage | None = connection(
        found.FollowRequests,
        "id",
        "Follow requests that wait for the customer's answer, the newest first.",
        audience=Audience.SELF,
    )
    sent_follow_requests: FollowRequestPage | None = connection(
        found.SentFollowRequests,
        "id",
        "Follow requests that the customer has sent and that have no answer yet, the newest first.",
        audience=Audience.SELF,
    )
    blocked_customers: CustomerPage | None = connection(
        BlockedCustomers,
        "id",
        "The customers that this customer has blocked, the newest block first. Of a blocked customer, fields that only some viewers can see are null.",
        audience=Audience.SELF,
    )


@strawberry.type
class OnStore:
    """What follows add to `Store`."""

    followers_count: int = field("The number of customers who follow the store.")
    viewer_follows: bool = field(
        "Whether the viewer follows the store. False if the viewer is not signed in.", resolver=stores.viewer_follows
    )


@strawberry.type(description="A follower in a list.")
class FollowerEdge(Edge[CustomerRef]):
    """A follower, and since when."""

    followed_at: datetime = field("When the follow began. For a private account: when the request was accepted.")


@strawberry.type(description="A page of followers.")
class FollowerConnection(Connection[FollowerEdge, CustomerRef]):
    """A page of followers."""


@strawberry.type(description="A followed customer in a list.")
class FollowedCustomerEdge(Edge[CustomerRef]):
    """A followed customer, and since when."""

    followed_at: datetime = field("When the follow began. For a private account: when the request was accepted.")


@strawberry.type(description="A page of followed customers.")
class FollowedCustomerConnection(Connection[FollowedCustomerEdge, CustomerRef]):
    """A page of followed customers."""


@strawberry.type(description="A followed store in a list.")
class FollowedStoreEdge(Edge[StoreRef]):
    """A followed store, and since when."""

    followed_at: datetime = field("When the customer began to follow the store.")


@strawberry.type(description="A page of followed stores.")
class FollowedStoreConnection(Connection[FollowedStoreEdge, StoreRef]):
    """A page of followed stores."""


@strawberry.type(description="A request to follow a private account that has no answer yet.")
class FollowRequest(Node):
    """Only its two customers and admins can see it."""

    customer: CustomerRef = edge(
        CustomerById,
        "customer_id",
        "The other customer: the one who asks, or, in a request that the viewer has sent, the one who is asked.",
    )
    requested_at: datetime = field("When the request was sent.")


@strawberry.type(description="The result of a mutation that can end follow requests.")
class FollowPayload(CustomerPayload):
    """What these payloads share."""

    removed_follow_request_ids: list[strawberry.ID] | None = field(
        "The ids of the follow requests between the two customers that exist no longer. Null if the mutation failed."
    )


@strawberry.type(description="The result of `followCustomer`.")
class FollowCustomerPayload(FollowPayload):
    """It may have a request."""

    follow_request: FollowRequest | None = edge(
        found.RequestOfViewerByCustomer,
        "customer_id",
        "The viewer's follow request that waits for an answer. Null if the viewer follows the customer now, or if the "
        "mutation failed.",
    )


@strawberry.type
class StorePayload(Payload):
    """The store that is followed, or not any more."""

    store: StoreRef | None = field("The store after the mutation. Null if the mutation failed.")


@mutations
class Mutations:
    """Mutations of follows, follow requests and blocks."""

    follow_customer: FollowCustomerPayload = mutation(
        follows.follow,
        "Follows a customer. A private account gets a follow request, which it can accept or decline. Has no effect if the "
        "viewer follows the customer already, or has asked to.",
        errors=(InvalidInput, NotFound, LimitReached),
    )
    unfollow_customer: FollowPayload = mutation(
        follows.unfollow, "Stops following a customer, or cancels a follow request.", errors=(InvalidInput, NotFound)
    )
    accept_follow_request: FollowPayload = mutation(
        follows.accept, "Accepts a follow request.", errors=(InvalidInput, NotFound)
    )
    decline_follow_request: FollowPayload = mutation(
        follows.decline,
        "Declines a follow request. The other customer gets no notification, and may ask again.",
        errors=(InvalidInput, NotFound),
    )
    remove_follower: CustomerPayload = mutation(
        follows.remove_follower,
        "Removes a follower of the viewer. The other customer gets no notification.",
        errors=(InvalidInput, NotFound),
    )
    block_customer: FollowPayload = mutation(
        follows.block,
        "Blocks a customer. The two can no longer see or find each other, and follows and follow requests between them end.",
        errors=(InvalidInput, NotFound),
    )
    unblock_customer: CustomerPayload = mutation(
        follows.unblock,
        "Unblocks a customer. Follows that the block has ended are not restored.",
        errors=(InvalidInput, NotFound),
    )
    follow_store: StorePayload = mutation(
        follows.follow_store,
        "Follows a store. Has no effect if the viewer follows it already.",
        errors=(NotFound, LimitReached),
    )
    unfollow_store: StorePayload = mutation(follows.unfollow_store, "Stops following a store.", errors=(NotFound,))
