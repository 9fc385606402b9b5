"""Money: integer minor units, with the exponent of the currency."""

from dataclasses import dataclass
from decimal import Decimal

from babel.core import get_global
from babel.numbers import format_currency, get_territory_currencies

from models.text_direction import remove_marks

WHOLE = (
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF",
)  # fmt: skip
THREE = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
FOUR = ("CLF", "UYW")
NOT_TWO = {**dict.fromkeys(WHOLE, 0), **dict.fromkeys(THREE, 3), **dict.fromkeys(FOUR, 4)}
"""Exponents by ISO 4217. Those of CLDR are for display: it shows the dinar of Iraq without its fils."""
MAX_MINOR = 10**12
"""The highest price, in minor units."""
CURRENCIES = frozenset(get_global("all_currencies"))
"""The codes of ISO 4217, those of retired currencies included: a currency that can be asked for."""
CURRENCIES_IN_USE = frozenset(
    code for territory in get_global("territory_currencies") for code in get_territory_currencies(territory)
)
"""Those of currencies that are legal tender somewhere today: a currency that new prices can be in."""


def exponent(currency: str) -> int:
    """How many digits a currency has behind the point: 2 for AED, 0 for JPY, 3 for KWD."""
    return NOT_TWO.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of a currency."""

    minor: int
    currency_code: str

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with all its digits."""
        return Decimal(self.minor).scaleb(-exponent(self.currency_code))

    def text(self, language: str) -> str:
        """Write the amount as people read it: `AED 100.50`, with the customary sign of the currency where it is not English."""
        digits = exponent(self.currency_code)
        number = "#,##0" + ("." + "0" * digits if digits else "")
        form = f"¤¤\N{NO-BREAK SPACE}{number}" if language == "en" else f"{number}\N{NO-BREAK SPACE}¤"
        written = format_currency(self.amount, self.currency_code, form, locale=language, currency_digits=False)
        return remove_marks(str(written))
