"""Rules for values that are stored. An error names the field by its name in the graph."""

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
"""The only letter that is displayed as an emoji."""
TAG = re.compile(r"(?=.{2,35}\Z)[A-Za-z]+(-[A-Za-z0-9]+)*", re.ASCII)


def single_line(value: str, field: str, *, most: int) -> str:
    """Normalize one line of text: trimmed, with a visible character, without line breaks, at most `most` characters."""
    words = value.split()
    if not any(character.isprintable() for word in words for character in word):
        raise errors.InvalidInput("This cannot be empty. Leave it out, or send null to clear it.", field)
    if len(value) > most:
        raise errors.InvalidInput(f"This has {len(value)} characters, but at most {most} are allowed.", field)
    return " ".join(words)


def multi_line(value: str, field: str, *, most: int) -> str:
    """Normalize several lines of text: trimmed, with a visible character, at most `most` characters."""
    single_line(value, field, most=most)
    return "\n".join(part.rstrip() for part in value.splitlines()).strip()


def description_text(value: str, field: str, *, most: int) -> str:
    """Normalize several lines of text that must have a letter: trimmed, at most `most` characters."""
    if len(value) > most:
        raise errors.InvalidInput(f"This has {len(value)} characters, but at most {most} are allowed.", field)
    if not any(sign.isalpha() and sign != NO_LETTER for sign in value):
        raise errors.InvalidInput("Describe the problem in words: symbols and emoji alone do not explain it.", field)
    return "\n".join(line.rstrip() for line in value.splitlines()).strip()


def email(value: str, field: str) -> str:
    """Normalize an e-mail address. Only its form is checked."""
    if len(value) > EMAIL:
        raise errors.InvalidInput(f"An e-mail address has at most {EMAIL} characters.", field)
    try:
        return validate_email(value.strip(), check_deliverability=False).normalized
    except EmailNotValidError as problem:
        raise errors.InvalidInput(f"This is not an e-mail address. {str(problem)[:100]}", field) from None


def phone(value: str, field: str) -> str:
    """Normalize a phone number to E.164. It must have a country code, after + or 00, and no extension."""
    given = value.strip()
    try:
        if len(given) > PHONE:
            raise ValueError  # noqa: TRY301 - the same error as for what the library rejects
        zeros = [digit(character, None) for character in given[:2]] == [0, 0]
        number = phonenumbers.parse("+" + given[2:] if zeros else given, None)
    except (phonenumbers.NumberParseException, ValueError):
        message = "Enter a phone number with its country code, for example +971 50 123 4567."
        raise errors.InvalidInput(message, field) from None
    if number.extension:
        raise errors.InvalidInput("Enter the phone number without an extension.", field)
    if not phonenumbers.is_valid_number(number):
        raise errors.InvalidInput("This phone number does not exist. Check its digits and its country code.", field)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def language(value: str, supported: tuple[str, ...], *field: str) -> str:
    """Find the supported language for a language tag. Case and region are ignored."""
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
