"""Moments and periods of prices."""

from datetime import UTC, datetime
from typing import Annotated

from strawberry import argument

import errors
from inputs.enums import described
from models.listings import ListingState
from models.prices import PriceBucket

described(
    ListingState,
    "Whether a listing is still there.",
    ACTIVE="It is there, as far as is known.",
    ENDED="It is no longer there. It is in no list, and counts for no price.",
)
described(
    PriceBucket,
    "The periods that a price history is divided into.",
    DAY="Days, from midnight to midnight UTC.",
    WEEK="ISO weeks: from Monday, midnight UTC.",
)

At = Annotated[datetime, argument(description="The moment. Without a time zone, it is in UTC.")]
From = Annotated[
    datetime | None,
    argument(
        name="from",
        description="The first bucket is the one that this moment is in. By default, the 90 days before `to` are returned.",
    ),
]
To = Annotated[
    datetime | None,
    argument(name="to", description="The last bucket is the one that ends at or after this moment. By default, now."),
]
Bucket = Annotated[PriceBucket | None, argument(description="Whether to return a price for each day or for each week.")]


def to_utc(moment: datetime, name: str) -> datetime:
    """Convert a moment to UTC, which it is in without a time zone; raises `BadInput` if UTC has no such moment."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise errors.BadInput(f"`{name}` is not a moment between the years 1 and 9999.", reason="bad_time") from None
