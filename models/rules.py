"""Rules that a value must keep to be stored. What breaks one is told with its name in the graph."""

import re
from unicodedata import digit

import phonenumbers
from babel import Locale, UnknownLocaleError
from email_validator import EmailNotValidError, validate_email

import errors
from errors.customers import UnsupportedLanguage

NAME = 100
LOCATION = 120
NOTE = 500
NOTES = 3_000
COMMENT = 1_000
EMAIL = 254
PHONE = 40
DESCRIPTION = 3_000
NO_LETTER = "\N{INFORMATION SOURCE}"
"""The one letter that is drawn as an emoji."""
TAG = re.compile(r"(?=.{2,35}\Z)[A-Za-z]+(-[A-Za-z0-9]+)*", re.ASCII)


def single_line(value: str, field: str, *, most: int) -> str:
    """Read one line of text: trimmed, with something to see, no line break, at most so many characters."""
    words = value.split()
    if not any(character.isprintable() for word in words for character in word):
        raise errors.InvalidInput("This cannot be empty; leave it out, or give null to clear it.", field)
    if len(value) > most:
        raise errors.InvalidInput(f"This has {len(value)} characters; at most {most} are kept.", field)
    return " ".join(words)


def multi_line(value: str, field: str, *, most: int) -> str:
    """Read text of several lines: trimmed, with something to see, at most so many characters."""
    single_line(value, field, most=most)
    return "\n".join(part.rstrip() for part in value.splitlines()).strip()


def description_text(value: str, field: str, *, most: int) -> str:
    """Read text of several lines: with a letter in it, trimmed, at most so many characters."""
    if len(value) > most:
        raise errors.InvalidInput(f"This has {len(value)} characters; at most {most} are kept.", field)
    if not any(sign.isalpha() and sign != NO_LETTER for sign in value):
        raise errors.InvalidInput("Say in words what is wrong: who helps cannot tell from pictures and signs.", field)
    return "\n".join(line.rstrip() for line in value.splitlines()).strip()


def email(value: str, field: str) -> str:
    """Read an e-mail address, with its domain normalised; nothing is looked up."""
    if len(value) > EMAIL:
        raise errors.InvalidInput(f"An e-mail address has at most {EMAIL} characters.", field)
    try:
        return validate_email(value.strip(), check_deliverability=False).normalized
    except EmailNotValidError as problem:
        raise errors.InvalidInput(f"This is not an e-mail address: {str(problem)[:100]}", field) from None


def phone(value: str, field: str) -> str:
    """Read a phone number as E.164; it needs its country code, as + or 00, and no extension."""
    given = value.strip()
    try:
        if len(given) > PHONE:
            raise ValueError  # noqa: TRY301 - the same answer as for what the library refuses
        zeros = [digit(character, None) for character in given[:2]] == [0, 0]
        number = phonenumbers.parse("+" + given[2:] if zeros else given, None)
    except (phonenumbers.NumberParseException, ValueError):
        message = "This is not a phone number with its country code, such as +971 50 123 4567."
        raise errors.InvalidInput(message, field) from None
    if number.extension:
        raise errors.InvalidInput("Leave the extension out; only the number itself is kept.", field)
    if not phonenumbers.is_valid_number(number):
        raise errors.InvalidInput("No phone can have this number; check its digits and country code.", field)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def language(value: str, supported: tuple[str, ...], *field: str) -> str:
    """Read a language tag: one of the supported, in whatever case, region ignored."""
    refused = UnsupportedLanguage(value, supported, *field)
    if not TAG.fullmatch(value):
        raise refused
    try:
        asked = Locale.parse(value, sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        raise refused from None
    for tag in supported:
        if tag.lower() == value.lower() or tag == asked.language:
            return tag
    raise refused
