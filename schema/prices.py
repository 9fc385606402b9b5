"""Money and prices."""

from decimal import Decimal

import strawberry

from execution.field_metadata import costs
from inputs.scalars import CurrencyCode
from resolvers import prices as resolved
from schema.fields import field


@costs(0, counted=False)
@strawberry.type(description="An amount of money.")
class Money:
    """Its source is `models.money.Money`."""

    amount: Decimal = field(
        'The amount in units of the currency, as a string with all decimal places, for example `"129.50"`.'
    )
    currency_code: CurrencyCode = field("The currency, for example `AED`.")


@costs(0, counted=False)
@strawberry.type(description="A lowest and a highest price in the same currency.")
class PriceRange:
    """Its source is a row of `PriceRangeByProduct`."""

    minimum: Money = field("The lowest price.", resolver=resolved.minimum)
    maximum: Money = field("The highest price.", resolver=resolved.maximum)
