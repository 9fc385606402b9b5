"""Scalars. Text that comes in is cleaned here, once for the whole graph; whether it fits is for the resolver to say."""

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
    """Read a string: NFC, no control, private, unassigned, surrogate or bidirectional control characters."""
    if not isinstance(value, str):
        kind = type(value).__name__
        raise GraphQLError(f"This must be a string, not {kind}.")
    if value.isascii() and value.isprintable():
        return value
    for character in value:
        if character in BIDI or (unicodedata.category(character) in REFUSED and character not in LINE_BREAKS):
            raise GraphQLError(f"The character U+{ord(character):04X} is not allowed in text; leave it out.")
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
    URL: _string("URL", "An absolute http(s) address.", "https://url.spec.whatwg.org/"),
    PhoneNumber: _string(
        "PhoneNumber",
        "A phone number. Given out as E.164, such as +971501234567; taken in as people type it, with its country code.",
        "https://www.itu.int/rec/T-REC-E.164",
    ),
    EmailAddress: _string(
        "EmailAddress",
        "Where e-mail goes. Checked for its form and given out with its domain in lower case; nothing is looked up.",
        "https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address",
    ),
    LanguageTag: _string(
        "LanguageTag", "A BCP 47 language tag, such as en or ar.", "https://www.rfc-editor.org/info/bcp47"
    ),
    CurrencyCode: _string(
        "CurrencyCode", "An ISO 4217 currency code, such as AED.", "https://www.iso.org/iso-4217-currency-codes.html"
    ),
}
