"""Rules for values that are stored. A value that breaks one is refused with the name of its input field."""

import re
from unicodedata import category, digit

import phonenumbers
from babel import Locale, UnknownLocaleError
from email_validator import EmailNotValidError, validate_email

import errors
from errors.customers import UnsupportedLanguage
from models.text_direction import refuse_marks, remove_marks

NAME = 100
LOCATION = 120
NOTE = 500
NOTES = 3_000
COMMENT = 1_000
EMAIL = 254
PHONE = 40
DESCRIPTION = 3_000
TAG = re.compile(r"(?=.{2,35}\Z)[A-Za-z]+(-[A-Za-z0-9]+)*", re.ASCII)
CLEARABLE = "This cannot be empty. Leave it out, or send null to clear it."


def _require_visible(value: str, field: str, message: str) -> None:
    """Refuse text of which nothing can be seen: white space, and characters that are only instructions to a renderer."""
    if not any(map(_is_visible, value)):
        raise errors.InvalidInput(message, field)


def _is_visible(character: str) -> bool:
    """Python prints no character that its Unicode does not know, but a newer phone does."""
    return (character.isprintable() and not character.isspace()) or category(character) == "Cn"


def _require_length(value: str, field: str, most: int) -> None:
    if len(value) > most:
        raise errors.InvalidInput(f"This has {len(value)} characters, but at most {most} are allowed.", field)


def name(value: str, field: str, *, most: int = NAME) -> str:
    """Check a name: one line of text without marks of text direction."""
    refuse_marks(value, field)
    return single_line(value, field, most=most)


def single_line(value: str, field: str, *, most: int, empty: str = CLEARABLE) -> str:
    """Check one line of text, and trim it; line breaks become spaces."""
    _require_visible(value, field, empty)
    _require_length(value, field, most)
    return " ".join(value.split())


def multi_line(value: str, field: str, *, most: int) -> str:
    """Check text of several lines, and trim it."""
    _require_visible(value, field, CLEARABLE)
    _require_length(value, field, most)
    return _trim_lines(value)


def description_text(value: str, field: str, *, most: int) -> str:
    """Check the description of a ticket, and trim it. An error number such as "0000" is enough."""
    _require_length(value, field, most)
    _require_visible(value, field, "Describe what is wrong; the description cannot be empty.")
    return _trim_lines(value)


def _trim_lines(value: str) -> str:
    return "\n".join(line.rstrip() for line in value.splitlines()).strip()


def email(value: str, field: str) -> str:
    """Normalize an e-mail address. Only its form is checked."""
    given = remove_marks(value)
    if len(given) > EMAIL:
        raise errors.InvalidInput(f"An e-mail address has at most {EMAIL} characters.", field)
    try:
        return validate_email(given.strip(), check_deliverability=False).normalized
    except EmailNotValidError as problem:
        raise errors.InvalidInput(f"This is not an e-mail address. {str(problem)[:100]}", field) from None


def phone(value: str, field: str) -> str:
    """Normalize a phone number to E.164. It must have a country code, after + or 00, and no extension."""
    given = remove_marks(value).strip()
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
