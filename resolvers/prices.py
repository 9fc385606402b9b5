"""Prices of listings, price ranges, and what prices were."""

from datetime import UTC, datetime, timedelta
from typing import Any

import strawberry

import errors
from context import Context, Info
from database.statements import Row
from execution.field_metadata import reads
from inputs.prices import At, Bucket, From, To, to_utc
from loaders.price_history import HOURS, PriceHistoryByVariant
from loaders.prices import LowestPriceByVariant, PriceAtByListing
from loaders.wishlists import PriceChangeByItem
from models.money import Money
from models.prices import PriceBucket

DEFAULT_PERIOD = timedelta(days=89)
"""How long before the last day of a price history its first one is."""
MAX_BUCKETS = 400


def money(row: Row, column: str = "price_minor", currency: str = "currency") -> Money | None:
    """Give the amount in a column of minor units, if there is one."""
    minor: int | None = row[column]
    return None if minor is None else Money(minor, row[currency])


@reads("price_minor", "currency")
def price(root: strawberry.Parent[Any]) -> Money | None:
    """The price of a listing."""
    return money(root, "price_minor")


@reads("list_price_minor", "currency")
def list_price(root: strawberry.Parent[Any]) -> Money | None:
    """The price of a listing before discounts."""
    return money(root, "list_price_minor")


@reads("affiliate_url", "url")
def click_url(root: strawberry.Parent[Any]) -> Any:
    """Where to send somebody who wants to buy."""
    return root["affiliate_url"] or root["url"]


@reads("minimum", "currency")
def minimum(root: strawberry.Parent[Any]) -> Money | None:
    """The lower end of a price range."""
    return money(root, "minimum")


@reads("maximum", "currency")
def maximum(root: strawberry.Parent[Any]) -> Money | None:
    """The upper end of a price range."""
    return money(root, "maximum")


@reads("price_minor", "list_price_minor")
def discount(root: strawberry.Parent[Any]) -> int | None:
    """The discount from the list price in whole percent; never less than 0."""
    now, before = root["price_minor"], root["list_price_minor"]
    return None if now is None or before is None else max(0, (before - now) * 100 // before)


@reads("last", "currency")
def last(root: strawberry.Parent[Any]) -> Money | None:
    """The price at the end of a bucket."""
    return money(root, "last")


@reads("list_price", "currency")
def last_list_price(root: strawberry.Parent[Any]) -> Money | None:
    """The list price at the end of a bucket."""
    return money(root, "list_price")


@reads("id")
async def price_at(root: strawberry.Parent[Any], info: Info, at: At) -> Money | None:
    """The price of a listing at a moment."""
    found = await info.context.loader(PriceAtByListing, to_utc(at, "at")).load(root["id"])
    return None if found is None else money(found)


@reads("id")
async def lowest_ever(root: strawberry.Parent[Any], info: Info) -> Money | None:
    """The lowest price that a variant ever had."""
    found = await info.context.loader(LowestPriceByVariant).load(root["id"])
    return None if found is None else money(found)


@reads("added_price_minor", "added_currency")
def when_added(root: strawberry.Parent[Any]) -> Money | None:
    """The price of a variant when it was put on a wishlist."""
    return money(root, "added_price_minor", "added_currency")


@reads("id")
async def change_since_added(root: strawberry.Parent[Any], info: Info) -> Money | None:
    """By how much the price of an item of a wishlist has changed."""
    found = await info.context.loader(PriceChangeByItem).load(root["id"])
    return None if found is None else money(found)


def history(
    context: Context, start: From = None, end: To = None, bucket: Bucket = PriceBucket.DAY
) -> PriceHistoryByVariant:
    """Open the history of prices in a period; raises `BadInput` for one that is reversed, or too long."""
    kind = bucket or PriceBucket.DAY
    stop = datetime.now(UTC) if end is None else to_utc(end, "to")
    begin = None if start is None else to_utc(start, "from")
    if begin is not None and begin >= stop:
        raise errors.BadInput("`from` must be before `to`, which is now by default.", reason="bad_time")
    try:
        last = stop - timedelta(microseconds=1)
        last, first = _bucket_of(last, kind), _bucket_of(begin or last - DEFAULT_PERIOD, kind)
    except OverflowError:
        raise errors.BadInput("The period begins before the year 1.", reason="bad_time") from None
    count = (last - first) // timedelta(hours=HOURS[kind]) + 1
    if count > MAX_BUCKETS:
        message = f"A price history has at most {MAX_BUCKETS} buckets, but this period has {count:,}."
        raise errors.BadInput(message, reason="bad_time")
    return context.loader(PriceHistoryByVariant, kind, first, last)


def _bucket_of(moment: datetime, bucket: PriceBucket) -> datetime:
    """When the bucket begins that a moment is in."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday()) if bucket is PriceBucket.WEEK else day
