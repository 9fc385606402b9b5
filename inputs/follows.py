"""Inputs about follows and blocks."""

import strawberry
from strawberry import ID

from inputs.arguments import input_field


@strawberry.input
class CustomerIdInput:
    """For mutations about another customer."""

    customer_id: ID = input_field("The id of the customer.")


@strawberry.input
class RequesterIdInput:
    """For answers to a follow request."""

    customer_id: ID = input_field("The id of the customer who sent the request.")


@strawberry.input
class StoreIdInput:
    """For mutations about one store."""

    store_id: ID = input_field("The id of the store.")
