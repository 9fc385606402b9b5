"""Reading `ProductFilter`: its conditions as the filters of loaders, or a sentence that says what is wrong."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import orjson

import errors
from inputs.products import AttributeFilter, ProductFilter
from models import ids
from models.money import CURRENCIES, MAX_MINOR, exponent
from models.text_direction import remove_marks

MAX_SEARCH_CHARACTERS = 200
MAX_VALUES = 100
MAX_VALUE_CHARACTERS = 200
MAX_ATTRIBUTES = 20
MAX_PERCENT = 100


def read(filter: ProductFilter, own_currency: str, *, has_store: bool = False) -> tuple[tuple[str, Any], ...]:
    """The filters that are set, by name. `has_store` tells that the products are those of a store."""
    found: dict[str, Any] = {
        "search": _search(filter.search),
        "category": filter.category_slug,
        "brands": _keys("brandIds", "Brand", filter.brand_ids),
        "tags": _texts("tags", filter.tags),
        "colors": _texts("colors", filter.colors, str.lower),
        "sizes": _texts("sizes", filter.sizes),
        "attributes": _attributes(filter.attributes),
        "stores": _keys("storeIds", "Store", filter.store_ids),
        "sources": _keys("sourceIds", "Source", filter.source_ids),
        "discount": _discount(filter.min_discount),
    }
    currency = _currency(filter.currency_code)
    found["minimum"], found["maximum"] = _prices(filter, currency or own_currency)
    priced = found["minimum"] is not None or found["maximum"] is not None
    of_listings = has_store or priced or any(found[name] is not None for name in ("stores", "sources", "discount"))
    if filter.availability is not None:
        of_listings = of_listings or currency is not None
        known = tuple(dict.fromkeys(one.value for one in _limited("availability", filter.availability)))
        found["listing_availability" if of_listings else "variant_availability"] = known
    if of_listings:
        found["listing_currency"] = currency or (own_currency if priced else None)
    found["currency"] = currency
    return tuple((name, value) for name, value in found.items() if value is not None)


def _refuse(message: str) -> errors.BadInput:
    return errors.BadInput(message, reason="bad_filter")


def _search(text: str | None) -> str | None:
    search = remove_marks(text or "").strip()
    if len(search) > MAX_SEARCH_CHARACTERS:
        raise errors.BadInput(
            f"`search` can have at most {MAX_SEARCH_CHARACTERS} characters, but has {len(search)}.", reason="bad_search"
        )
    return search or None


def _limited(name: str, values: list[Any]) -> list[Any]:
    if len(values) > MAX_VALUES:
        raise _refuse(f"`{name}` can have at most {MAX_VALUES} values, but has {len(values)}.")
    return values


def _keys(name: str, graphql_type: str, texts: list[Any] | None) -> tuple[Any, ...] | None:
    """Read global ids. One that is not of the type matches nothing."""
    if texts is None:
        return None
    keys = (ids.key_of(graphql_type, text) for text in _limited(name, texts))
    return tuple(dict.fromkeys(key for key in keys if key))


def _texts(name: str, texts: list[str] | None, fold: Callable[[str], str] = str) -> tuple[str, ...] | None:
    if texts is None:
        return None
    for text in _limited(name, texts):
        _check_length(name, text)
    return tuple(dict.fromkeys(fold(text) for text in texts))


def _check_length(name: str, text: str) -> None:
    if len(text) > MAX_VALUE_CHARACTERS:
        raise _refuse(f"A value in `{name}` can have at most {MAX_VALUE_CHARACTERS} characters, but has {len(text)}.")


def _attributes(wanted: list[AttributeFilter] | None) -> str | None:
    """Number the attributes, since a variant must have a value of each; as JSON, since each has values of its own."""
    if not wanted:
        return None
    if len(wanted) > MAX_ATTRIBUTES:
        raise _refuse(f"`attributes` can have at most {MAX_ATTRIBUTES} conditions, but has {len(wanted)}.")
    rows = []
    for number, one in enumerate(wanted, 1):
        _check_length("attributes", one.attribute)
        values = _texts("attributes.values", one.values) or (None,)
        rows += [{"number": number, "name": one.attribute, "value": value} for value in values]
    return orjson.dumps(rows).decode()


def _currency(code: str | None) -> str | None:
    """Check a currency. Imports take only those in use, but a currency may retire after listings were imported in it."""
    if code is not None and code not in CURRENCIES:
        raise _refuse("`currencyCode` must be a code of ISO 4217 in capital letters, for example `AED`.")
    return code


def _discount(percent: int | None) -> int | None:
    if percent is not None and not 0 <= percent <= MAX_PERCENT:
        raise _refuse(f"`minDiscount` must be from 0 to {MAX_PERCENT}, not {percent}.")
    return percent or None


def _prices(filter: ProductFilter, currency: str) -> tuple[int | None, int | None]:
    lowest, highest = _minor("minPrice", filter.min_price, currency), _minor("maxPrice", filter.max_price, currency)
    if lowest is not None and highest is not None and lowest > highest:
        raise _refuse("`minPrice` is higher than `maxPrice`: no price can be in between.")
    return lowest, highest


def _minor(name: str, amount: Decimal | None, currency: str) -> int | None:
    if amount is None:
        return None
    digits = exponent(currency)
    if not amount.is_finite() or not 0 <= amount <= Decimal(MAX_MINOR).scaleb(-digits):
        highest = Decimal(MAX_MINOR).scaleb(-digits)
        raise _refuse(f"`{name}` must be a number from 0 to {highest:f}.")
    minor = amount.scaleb(digits)
    if minor != minor.to_integral_value():
        places = f"at most {digits}" if digits else "no"
        raise _refuse(f"`{name}` can have {places} decimal places in {currency}.")
    return int(minor)
