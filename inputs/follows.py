"""Inputs about follows and blocks."""

import strawberry
from strawberry import ID

from inputs.arguments import input_field


@strawberry.input(description="Follow a customer.")
class FollowCustomerInput:
    """S1."""

    customer_id: ID = input_field("Whom to follow.")


@strawberry.input(description="End a follow or a request.")
class UnfollowCustomerInput:
    """S1."""

    customer_id: ID = input_field("Whom to follow no more, or whom not to ask any more.")


@strawberry.input(description="Let somebody follow the viewer.")
class AcceptFollowRequestInput:
    """S1."""

    customer_id: ID = input_field("Who asked to follow the viewer.")


@strawberry.input(description="Turn a request down; they are not told.")
class DeclineFollowRequestInput:
    """S1."""

    customer_id: ID = input_field("Who asked to follow the viewer.")


@strawberry.input(description="Take a follower off.")
class RemoveFollowerInput:
    """S1."""

    customer_id: ID = input_field("Who shall follow the viewer no more.")


@strawberry.input(description="Vanish for somebody, and they for the viewer.")
class BlockCustomerInput:
    """S2."""

    customer_id: ID = input_field("Whom to block.")


@strawberry.input(description="End a block.")
class UnblockCustomerInput:
    """S2."""

    customer_id: ID = input_field("Whom to block no more.")


@strawberry.input(description="Follow a store.")
class FollowStoreInput:
    """S4."""

    store_id: ID = input_field("Which store to follow.")


@strawberry.input(description="Follow a store no more.")
class UnfollowStoreInput:
    """S4."""

    store_id: ID = input_field("Which store to follow no more.")
