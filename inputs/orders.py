"""Inputs about orders."""

import strawberry
from strawberry import ID

from errors.orders import ListingUnavailableReason
from inputs.arguments import input_field
from inputs.enums import described
from models.orders import MAX_LINES, MAX_QUANTITY

described(
    ListingUnavailableReason,
    "Why a listing cannot be ordered.",
    ENDED="It is no longer there.",
    NO_PRICE="It has no price at the moment.",
    OUT_OF_STOCK="It is out of stock.",
    NOT_ENOUGH_IN_STOCK="It is in stock, but not so many times.",
    OTHER_CURRENCY="Its price is in another currency than that of the first line.",
)


@strawberry.input(description="A line of an order.")
class OrderLineInput:
    """A listing and how many of it."""

    listing_id: ID = input_field("The id of the listing to order. Each listing can be in one line.")
    quantity: int = input_field(f"How many to order, from 1 to {MAX_QUANTITY}.", default=1)


@strawberry.input(description="The input of `createOrder`.")
class CreateOrderInput:
    """What is ordered."""

    lines: list[OrderLineInput] = input_field(f"What to order, in 1 to {MAX_LINES} lines.")
