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
        raise GraphQLError(f"This must be a string, not {kind}.")
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
