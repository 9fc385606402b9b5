"""Which currencies there are."""

from babel.core import get_global
from babel.numbers import get_territory_currencies

CURRENCIES = frozenset(
    code for territory in get_global("territory_currencies") for code in get_territory_currencies(territory)
)
"""The ISO 4217 codes of all currencies that are legal tender somewhere today."""
