"""Money, prices and their history."""

from datetime import datetime
from decimal import Decimal

import strawberry

from execution.field_metadata import ListSize, costs
from inputs.scalars import CurrencyCode
from resolvers import prices as resolved
from schema.caching import SELLING
from schema.costs import HISTORY
from schema.fields import field, opening


@SELLING
@costs(0, counted=False)
@strawberry.type(description="An amount of money.")
class Money:
    """Its source is `models.money.Money`."""

    amount: Decimal = field(
        'The amount in units of the currency, as a string with all decimal places, for example `"129.50"`.'
    )
    currency_code: CurrencyCode = field("The currency, for example `AED`.")


@SELLING
@costs(0, counted=False)
@strawberry.type(description="A lowest and a highest price in the same currency.")
class PriceRange:
    """Its source is a row of `PriceRangeByProduct`."""

    minimum: Money = field("The lowest price.", resolver=resolved.minimum)
    maximum: Money = field("The highest price.", resolver=resolved.maximum)


@SELLING
@costs(0, counted=False)
@strawberry.type(
    description="The prices of a variant in a day or a week, over all its listings. They have one currency."
)
class PricePoint:
    """Its source is a row of `PriceHistoryByVariant`."""

    at: datetime = field("When the day or the week begins: midnight UTC; of a week, that of Monday.")
    minimum: Money = field("The lowest price that any listing had, be it for a moment.", resolver=resolved.minimum)
    maximum: Money = field("The highest price that any listing had, be it for a moment.", resolver=resolved.maximum)
    last: Money = field(
        "The lowest price at the end of the day or the week, or now if it has not ended. If no listing had a price any more, "
        "the last price before that.",
        resolver=resolved.last,
    )
    list_price: Money | None = field(
        "The list price of the listing that has the price `last`. Null if it was not known.",
        resolver=resolved.last_list_price,
    )


@strawberry.type
class OnVariant:
    """What prices add to `ProductVariant`."""

    lowest_price_ever: Money | None = field(
        "The lowest price that any listing ever had, ended listings included, in the shop's own currency if one ever had a "
        "price in it. Null if no price was ever known.",
        resolver=resolved.lowest_ever,
    )
    price_history: list[PricePoint] = opening(
        resolved.history,
        "id",
        "The prices in each day or week of a period, the earliest first. A listing has its last known price until the next "
        "one is known, or until it ends. Days and weeks without a price are left out. All prices are in one currency: the "
        f"shop's own if a listing ever had a price in it. A period has at most {resolved.MAX_BUCKETS} days or weeks.",
        cost=HISTORY,
        size=ListSize(90, resolved.MAX_BUCKETS),
    )
