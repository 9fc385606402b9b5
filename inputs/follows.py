"""Inputs about follows and blocks."""

import strawberry
from strawberry import ID

from inputs.arguments import input_field


@strawberry.input(description="The input of `followCustomer`.")
class FollowCustomerInput:
    """One id."""

    customer_id: ID = input_field("The id of the customer to follow.")


@strawberry.input(description="The input of `unfollowCustomer`.")
class UnfollowCustomerInput:
    """One id."""

    customer_id: ID = input_field("The id of the customer to stop following, or whose follow request to cancel.")


@strawberry.input(description="The input of `acceptFollowRequest`.")
class AcceptFollowRequestInput:
    """One id."""

    customer_id: ID = input_field("The id of the customer who sent the request.")


@strawberry.input(description="The input of `declineFollowRequest`.")
class DeclineFollowRequestInput:
    """One id."""

    customer_id: ID = input_field("The id of the customer who sent the request.")


@strawberry.input(description="The input of `removeFollower`.")
class RemoveFollowerInput:
    """One id."""

    customer_id: ID = input_field("The id of the follower to remove.")


@strawberry.input(description="The input of `blockCustomer`.")
class BlockCustomerInput:
    """One id."""

    customer_id: ID = input_field("The id of the customer to block.")


@strawberry.input(description="The input of `unblockCustomer`.")
class UnblockCustomerInput:
    """One id."""

    customer_id: ID = input_field("The id of the customer to unblock.")


@strawberry.input(description="The input of `followStore`.")
class FollowStoreInput:
    """One id."""

    store_id: ID = input_field("The id of the store to follow.")


@strawberry.input(description="The input of `unfollowStore`.")
class UnfollowStoreInput:
    """One id."""

    store_id: ID = input_field("The id of the store to stop following.")
