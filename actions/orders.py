"""Making orders out of listings, with the titles and prices of that moment."""

from collections import Counter
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

import errors
from database.compiled import Compiled
from database.transactions import Transaction
from errors.collection import collect
from errors.orders import ListingUnavailable, ListingUnavailableReason
from models import ids, references
from models.columns import columns
from models.listings import Listing, ListingState
from models.money import Money
from models.orders import Order, OrderLine
from models.payment_amounts import check_payable
from models.products import Availability, Product, ProductVariant

listing, variant, product, order = columns(Listing), columns(ProductVariant), columns(Product), columns(Order)
REFERENCE_TRIES = 3


class RequestedLine(NamedTuple):
    """What a customer wants of a listing."""

    listing_id: UUID
    quantity: int


FIND = Compiled(
    select(
        listing.id, listing.state, listing.price_minor, listing.currency, listing.availability, listing.variant_id,
        variant.inventory, product.title,
    )
    .join(ProductVariant, variant.id == listing.variant_id)
    .join(Product, product.id == variant.product_id)
    .where(listing.id == any_(bindparam("ids", type_=ARRAY(Uuid()))))
    .order_by(listing.id)
    .with_for_update(read=True, key_share=True, of=Listing)
)  # fmt: skip
"""Locked against deletion until the lines refer to them."""


async def create(tx: Transaction, customer_id: UUID, lines: list[RequestedLine]) -> UUID:
    """Make a pending order; gives its id. Stock is checked, not reserved: it can be gone by the time of the payment."""
    found = {row.id: row for row in await tx.exec(FIND, {"ids": [line.listing_id for line in lines]})}
    currency = next((found[line.listing_id].currency for line in lines if line.listing_id in found), "")
    wanted: Counter[UUID] = Counter()
    with collect() as check:
        for number, line in enumerate(lines):
            row = found.get(line.listing_id)
            path = "lines", str(number)
            if row is None:
                sent = ids.encode("Listing", line.listing_id)
                check.add(errors.NotFound("listing", sent, *path, "listingId"))
                continue
            wanted[row.variant_id] += line.quantity
            problem = _problem(row, currency, wanted[row.variant_id], line.quantity, path)
            if problem is not None:
                check.add(problem)
    total = sum(found[line.listing_id].price_minor * line.quantity for line in lines)
    check_payable(Money(total, currency), "lines")
    order_id = await _insert(tx, {"customer_id": customer_id, "total_minor": total, "currency": currency})
    rows = [
        {
            "order_id": order_id, "position": number, "listing_id": line.listing_id,
            "title": found[line.listing_id].title, "quantity": line.quantity,
            "unit_minor": found[line.listing_id].price_minor,
        }
        for number, line in enumerate(lines)
    ]  # fmt: skip
    await tx.exec(insert(OrderLine).values(rows))
    return order_id


def _problem(row: Any, currency: str, wanted: int, quantity: int, path: tuple[str, ...]) -> ListingUnavailable | None:
    """Say why a listing cannot be ordered. `wanted` is what this line and those before it want of its variant."""
    at = *path, "listingId"
    if row.state == ListingState.ENDED:
        return ListingUnavailable(ListingUnavailableReason.ENDED, "This listing has ended. Remove the line.", *at)
    if row.price_minor is None:
        return ListingUnavailable(ListingUnavailableReason.NO_PRICE, "This listing has no price at the moment.", *at)
    if row.availability == Availability.OUT_OF_STOCK:
        return ListingUnavailable(ListingUnavailableReason.OUT_OF_STOCK, "This is out of stock. Remove the line.", *at)
    if row.currency != currency:
        message = f"This is priced in {row.currency}, and other lines in {currency}: make an order for each currency."
        return ListingUnavailable(ListingUnavailableReason.OTHER_CURRENCY, message, *at)
    if row.inventory is None or row.inventory >= wanted or row.availability == Availability.PREORDER:
        return None
    left = max(0, row.inventory - (wanted - quantity))
    message = f"Only {left} of these {'is' if left == 1 else 'are'} in stock. Lower the quantity."
    reason = ListingUnavailableReason.NOT_ENOUGH_IN_STOCK
    return ListingUnavailable(reason, message, *path, "quantity", available=left)


async def _insert(tx: Transaction, values: dict[str, Any]) -> UUID:
    """Insert an order, under a number that no other one has."""
    for _ in range(REFERENCE_TRIES):
        row = {"id": uuid7(), "number": references.generate(references.ORDER), **values}
        added = insert(Order).values(row).on_conflict_do_nothing(index_elements=["number"]).returning(order.id)
        made: UUID | None = (await tx.exec(added)).scalar()
        if made is not None:
            return made
    message = "no free order number was found"
    raise RuntimeError(message)
