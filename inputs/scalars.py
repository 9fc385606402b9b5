"""Scalars. All text that comes in is cleaned here; whether a value follows the rules is checked by the resolver."""

import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Any, NewType

import strawberry
from graphql import GraphQLError, GraphQLID, GraphQLString
from strawberry.types.scalar import ScalarDefinition

LINE_BREAKS = {"\n", "\t", "\r"}
REFUSED = {"Cc", "Co", "Cn", "Cs"}
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def text(value: object) -> str:
    """Normalize a string to NFC. Control, private, unassigned, surrogate and bidirectional characters are errors."""
    if not isinstance(value, str):
        kind = type(value).__name__
        raise GraphQLError(f"Expected a string, but got {kind}.")
    if value.isascii() and value.isprintable():
        return value
    for character in value:
        if character in BIDI or (unicodedata.category(character) in REFUSED and character not in LINE_BREAKS):
            raise GraphQLError(f"The character U+{ord(character):04X} is not allowed in text. Remove it.")
    return unicodedata.normalize("NFC", value)


def _clean(scalar: Any) -> None:
    """Have a built-in scalar read its strings by `text`. graphql-core allows just one String and ID in a process."""
    value, literal = scalar.coerce_input_value, scalar.coerce_input_literal
    if getattr(value, "func", None) is not _cleaned:
        scalar.coerce_input_value = partial(_cleaned, value)
        scalar.coerce_input_literal = partial(_cleaned, literal)


def _cleaned(read: Callable[..., Any], *given: Any) -> Any:
    value = read(*given)
    return text(value) if isinstance(value, str) else value


_clean(GraphQLString)
_clean(GraphQLID)


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
