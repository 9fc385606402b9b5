"""The kinds of text and numbers in a line of an import, each with its rule."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, TypeAlias
from unicodedata import is_normalized

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, WithJsonSchema

from errors import InvalidInput
from execution.input_text import clean_text
from models import rules
from models.money import CURRENCIES_IN_USE
from models.text_direction import marks_message

MAX_NAME = 200
MAX_TITLE = 300
MAX_DESCRIPTION = 10_000
MAX_CODE = 100
MAX_URL = 2_000
MAX_CLOCK_DIFFERENCE = timedelta(minutes=5)
"""How much the clock of whoever has observed a listing may be ahead of ours."""
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
PRICE_FORM = re.compile(r"-?[0-9]+(\.[0-9]+)?")
PRICE_SCHEMA = {
    "anyOf": [
        {"exclusiveMinimum": 0.0, "type": "number"},
        {"pattern": r"^[0-9]+(\.[0-9]{1,4})?$", "type": "string"},
    ]
}
URL_FORM = re.compile(r"https?://[^\s/?#@\\\"<>]+(?:[/?#][^\s\"<>\\]*)?", re.IGNORECASE)


def _is_plain(value: str) -> bool:
    """Whether a text has nothing to refuse or to change, which this finds out much faster than the rules do."""
    return (
        value.isprintable()
        and (value.isascii() or is_normalized("NFC", value))
        and "  " not in value
        and value.strip(" ") == value != ""
    )


def single_line(value: str) -> str:
    """Check one line of text, and trim it."""
    return _checked(value, rules.single_line)


def multi_line(value: str) -> str:
    """Check text of several lines, and trim it."""
    return _checked(value, rules.multi_line)


def _checked(value: str, rule: Callable[..., str]) -> str:
    if _is_plain(value):
        return value
    try:
        return rule(clean_text(value), "", most=MAX_DESCRIPTION)
    except InvalidInput as problem:
        raise ValueError(problem.message) from None


def name(value: str) -> str:
    """Check one line of text without marks of text direction."""
    if _is_plain(value):
        return value
    message = marks_message(value)
    if message is not None:
        raise ValueError(message)
    return single_line(value)


def url(value: str) -> str:
    """Check an absolute http or https URL."""
    if not (value.isascii() and value.isprintable() and URL_FORM.fullmatch(value)):
        raise ValueError("This must be an absolute http or https URL, in ASCII.")
    return value


def currency(value: str) -> str:
    """Check a currency code."""
    if value not in CURRENCIES_IN_USE:
        raise ValueError("This is not the ISO 4217 code of a currency in use.")
    return value


def price(value: Any) -> Any:
    """Read a price that is a text or a number. Python alone would also take `1_000`, and the digits of other scripts."""
    if isinstance(value, str) and not PRICE_FORM.fullmatch(value):
        raise ValueError("This must be a number such as 129.00, with digits and at most one point.")
    return Decimal(str(value)) if type(value) in {str, int, float} else value


def observed(value: datetime) -> datetime:
    """Check when something was observed, and give it in UTC."""
    if value < EARLIEST:
        raise ValueError("This is before the year 2000.")
    if value > datetime.now(UTC) + MAX_CLOCK_DIFFERENCE:
        raise ValueError("This is in the future.")
    return value.astimezone(UTC)


Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=MAX_NAME), AfterValidator(name)]
Code: TypeAlias = Annotated[str, Field(min_length=1, max_length=MAX_CODE), AfterValidator(name)]
Slug: TypeAlias = Annotated[str, Field(max_length=MAX_CODE, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Title: TypeAlias = Annotated[str, Field(min_length=1, max_length=MAX_TITLE), AfterValidator(single_line)]
Prose: TypeAlias = Annotated[str, Field(min_length=1, max_length=MAX_DESCRIPTION), AfterValidator(multi_line)]
Url: TypeAlias = Annotated[str, Field(max_length=MAX_URL, pattern=r"^[Hh][Tt][Tt][Pp][Ss]?://"), AfterValidator(url)]
Currency: TypeAlias = Annotated[str, Field(pattern=r"^[A-Z]{3}$"), AfterValidator(currency)]
Color: TypeAlias = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
Language: TypeAlias = Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Price: TypeAlias = Annotated[
    Decimal, Field(gt=0, max_digits=20, decimal_places=4), BeforeValidator(price), WithJsonSchema(PRICE_SCHEMA)
]
Observed: TypeAlias = Annotated[AwareDatetime, AfterValidator(observed)]
