"""The edges of the social graph."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from errors import InvalidInput, NotFound
from loaders.customers import CustomerById
from resolvers import follows
from schema.connections import Connection, Edge, Node
from schema.customers import CustomerPayload, CustomerRef
from schema.errors import Payload
from schema.fields import edge, field, mutation

if TYPE_CHECKING:
    from schema.stores import Store

StoreRef = Annotated["Store", strawberry.lazy("schema.stores")]
FollowRequestRef = Annotated["FollowRequest", strawberry.lazy("schema.follows")]


@strawberry.type(description="A follower in a list.")
class FollowerEdge(Edge[CustomerRef]):
    """S3."""

    followed_at: datetime = field("When the follow began.")


@strawberry.type(description="A page of followers.")
class FollowerConnection(Connection[FollowerEdge, CustomerRef]):
    """S3."""


@strawberry.type(description="A followed customer in a list.")
class FollowedCustomerEdge(Edge[CustomerRef]):
    """S3."""

    followed_at: datetime = field("When the follow began.")


@strawberry.type(description="A page of followed customers.")
class FollowedCustomerConnection(Connection[FollowedCustomerEdge, CustomerRef]):
    """S3."""


@strawberry.type(description="A followed store in a list.")
class FollowedStoreEdge(Edge[StoreRef]):
    """S3."""

    followed_at: datetime = field("When the follow began.")


@strawberry.type(description="A page of followed stores.")
class FollowedStoreConnection(Connection[FollowedStoreEdge, StoreRef]):
    """S3."""


@strawberry.type(description="A follow that waits for the answer of a private account.")
class FollowRequest(Node):
    """S1."""

    customer: CustomerRef = edge(
        CustomerById, "customer_id", "The other side: who asks, or in what the viewer sent, who is asked."
    )
    requested_at: datetime = field("When it was asked.")


@strawberry.type(description="A follow request in a list.")
class FollowRequestEdge(Edge[FollowRequestRef]):
    """S1."""


@strawberry.type(description="A page of follow requests.")
class FollowRequestConnection(Connection[FollowRequestEdge, FollowRequestRef]):
    """S1."""


@strawberry.type(description="What came of following.")
class FollowCustomerPayload(CustomerPayload):
    """S1."""


@strawberry.type(description="What came of unfollowing.")
class UnfollowCustomerPayload(CustomerPayload):
    """S1."""


@strawberry.type(description="What came of accepting a request.")
class AcceptFollowRequestPayload(CustomerPayload):
    """S1."""


@strawberry.type(description="What came of declining a request.")
class DeclineFollowRequestPayload(CustomerPayload):
    """S1."""


@strawberry.type(description="What came of removing a follower.")
class RemoveFollowerPayload(CustomerPayload):
    """S1."""


@strawberry.type(description="What came of blocking.")
class BlockCustomerPayload(CustomerPayload):
    """S2."""


@strawberry.type(description="What came of unblocking.")
class UnblockCustomerPayload(CustomerPayload):
    """S2."""


@strawberry.type(description="What came of following a store.")
class FollowStorePayload(Payload):
    """S4."""

    store: StoreRef | None = field("The store, as it is now; null where it failed.")


@strawberry.type(description="What came of unfollowing a store.")
class UnfollowStorePayload(Payload):
    """S4."""

    store: StoreRef | None = field("The store, as it is now; null where it failed.")


@strawberry.type
class Mutations:
    """What customers can do to each other, and to stores."""

    follow_customer: FollowCustomerPayload = mutation(
        follows.follow,
        "Follow a customer: a public account at once, a private one by request. Following again has no further effect.",
        errors=(InvalidInput, NotFound),
    )
    unfollow_customer: UnfollowCustomerPayload = mutation(
        follows.unfollow, "End a follow, or withdraw a request.", errors=(InvalidInput, NotFound)
    )
    accept_follow_request: AcceptFollowRequestPayload = mutation(
        follows.accept, "Let somebody who asked follow the viewer.", errors=(InvalidInput, NotFound)
    )
    decline_follow_request: DeclineFollowRequestPayload = mutation(
        follows.decline, "Turn down somebody who asked; they are not told.", errors=(InvalidInput, NotFound)
    )
    remove_follower: RemoveFollowerPayload = mutation(
        follows.remove_follower, "Take a follower off; they are not told.", errors=(InvalidInput, NotFound)
    )
    block_customer: BlockCustomerPayload = mutation(
        follows.block,
        "Vanish for somebody and they for the viewer; follows both ways end.",
        errors=(InvalidInput, NotFound),
    )
    unblock_customer: UnblockCustomerPayload = mutation(
        follows.unblock, "End a block; what it ended does not come back.", errors=(InvalidInput, NotFound)
    )
    follow_store: FollowStorePayload = mutation(follows.follow_store, "Follow a store.", errors=(NotFound,))
    unfollow_store: UnfollowStorePayload = mutation(
        follows.unfollow_store, "Follow a store no more.", errors=(NotFound,)
    )
