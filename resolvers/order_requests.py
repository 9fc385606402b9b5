"""Making orders."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import errors
from actions import orders, rate_limits
from actions.orders import RequestedLine
from context import Info
from database.transactions import Transaction
from errors.collection import collect
from inputs.ids import parse_id
from inputs.orders import CreateOrderInput, OrderLineInput
from loaders.orders import OrderById
from models.orders import MAX_LINES, MAX_QUANTITY


async def create(info: Info, input: CreateOrderInput) -> dict[str, Any]:
    """Make an order."""
    context = info.context
    me = context.require_signed_in()
    lines = _read(input.lines)
    settings = context.resources.settings
    counter = rate_limits.counter_key(context.resources.secrets, "ordersOfCustomer", str(me))

    async def make(tx: Transaction) -> UUID:
        refusal = "You have made too many orders in a short time."
        limits = {counter: settings.rate_limits.payments_per_minute}
        await rate_limits.count(tx, refusal, timedelta(minutes=1), limits)
        return await orders.create(tx, me, lines)

    made = await context.run(make)
    return {"order": await context.loader(OrderById).load_one(made)}


def _read(given: list[OrderLineInput]) -> list[RequestedLine]:
    if not 1 <= len(given) <= MAX_LINES:
        raise errors.InvalidInput(f"An order must have from 1 to {MAX_LINES} lines, not {len(given)}.", "lines")
    lines: dict[UUID, RequestedLine] = {}
    with collect() as check:
        for number, line in enumerate(given):
            found = check(_read_line, line, number)
            if found is not None and lines.setdefault(found.listing_id, found) is not found:
                message = "This listing is already in another line. Increase the quantity there instead."
                check.add(errors.InvalidInput(message, "lines", str(number), "listingId"))
    return [*lines.values()]


def _read_line(line: OrderLineInput, number: int) -> RequestedLine:
    path = "lines", str(number)
    with collect() as check:
        listing_id = check(_listing_id, line.listing_id, path)
        quantity = check(_quantity, line.quantity, path)
    return RequestedLine(listing_id, quantity)


def _listing_id(text: str, path: tuple[str, str]) -> UUID:
    return parse_id("Listing", "listing", text, *path, "listingId")


def _quantity(number: int, path: tuple[str, str]) -> int:
    if not 1 <= number <= MAX_QUANTITY:
        raise errors.InvalidInput(f"The quantity must be from 1 to {MAX_QUANTITY}.", *path, "quantity")
    return number
