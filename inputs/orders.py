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
    ENDED="The store no longer offers it.",
    NO_PRICE="It has no price at the moment.",
    OUT_OF_STOCK="It is out of stock.",
    NOT_ENOUGH_IN_STOCK="It is in stock, but not in this quantity. `available` says how many can be ordered.",
    OTHER_CURRENCY="Its price is not in the currency of the first line. All lines of an order have one currency.",
)


@strawberry.input(description="A line of an order.")
class OrderLineInput:
    """A listing and how many of it."""

    listing_id: ID = input_field("The id of the listing to order. A listing can be in one line only.")
    quantity: int = input_field(f"How many to order, from 1 to {MAX_QUANTITY}.", default=1)


@strawberry.input(description="The input of `createOrder`.")
class CreateOrderInput:
    """What is ordered."""

    lines: list[OrderLineInput] = input_field(f"What to order, in 1 to {MAX_LINES} lines.")
