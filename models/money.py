"""Money: integer minor units, with the exponent of the currency."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from babel.numbers import get_currency_precision


@cache
def exponent(currency: str) -> int:
    """How many digits a currency has behind the point: 2 for AED, 0 for JPY, 3 for KWD."""
    return get_currency_precision(currency)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of a currency."""

    minor: int
    currency_code: str

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with all its digits."""
        return Decimal(self.minor).scaleb(-exponent(self.currency_code))
