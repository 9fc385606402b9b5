"""The scalars of the graph. They accept any clean text; resolvers check whether it is a valid value."""

from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from execution.input_text import RefusedCharacter, clean_text


def text(value: object) -> str:
    """Read a string of one of the scalars below. `String` and `ID` are cleaned before execution; these do it themselves."""
    if not isinstance(value, str):
        kind = type(value).__name__
        raise GraphQLError(f"Expected a string, but got {kind}.")
    try:
        return clean_text(value)
    except RefusedCharacter as refusal:
        raise GraphQLError(str(refusal)) from None


def _string(name: str, description: str, url: str | None = None) -> ScalarDefinition:
    return strawberry.scalar(name=name, description=description, specified_by_url=url, serialize=str, parse_value=text)


URL = NewType("URL", str)
PhoneNumber = NewType("PhoneNumber", str)
EmailAddress = NewType("EmailAddress", str)
LanguageTag = NewType("LanguageTag", str)
CurrencyCode = NewType("CurrencyCode", str)

SCALARS: dict[object, ScalarDefinition] = {
    URL: _string(
        "URL", "An absolute http or https URL, for example `https://example.com/a.jpg`.", "https://url.spec.whatwg.org/"
    ),
    PhoneNumber: _string(
        "PhoneNumber",
        "A phone number. Results have the E.164 format, for example `+971501234567`. Inputs may have spaces and dashes, but "
        "need the country code.",
        "https://www.itu.int/rec/T-REC-E.164",
    ),
    EmailAddress: _string(
        "EmailAddress",
        "An e-mail address, for example `ana@example.com`. Only its form is checked. The domain is changed to lower case.",
        "https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address",
    ),
    LanguageTag: _string(
        "LanguageTag", "A BCP 47 language tag, for example `en` or `ar`.", "https://www.rfc-editor.org/info/bcp47"
    ),
    CurrencyCode: _string(
        "CurrencyCode",
        "An ISO 4217 currency code, for example `AED`.",
        "https://www.iso.org/iso-4217-currency-codes.html",
    ),
}

STRAWBERRY_SCALARS = {
    "DateTime": "A point in time in ISO 8601 format. Results are in UTC, for example `2026-11-21T08:30:00+00:00`.",
    "Decimal": 'An exact decimal number as a string, for example `"129.50"`.',
}
"""Descriptions of scalars that Strawberry brings."""
