"""Checking a line: a `Line`, or a sentence that says what is wrong with it."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from ingestion.lines import Line
from ingestion.reading import MAX_LINE

ADAPTER = TypeAdapter(Line)
MAX_MISTAKES = 3
MAX_REASON = 300
MAX_KEY = 50
"""How much of a key is repeated in a reason: those of translations and attributes are of the line's own making."""


class Rejection(NamedTuple):
    """A line that was not taken, by its number or index, and why."""

    line: int
    reason: str


class DuplicateKey(ValueError):
    """An object has a key twice."""


def parse(text: bytes | None) -> Line | str:
    """Read a line of a file; gives a sentence if it is wrong, which echoes nothing of it but names of fields."""
    if text is None:
        return f"The line is longer than {MAX_LINE // 1024} KiB."
    try:
        decoded = text.decode()
    except UnicodeDecodeError:
        return "The line is not UTF-8, or ends in the middle of a character."
    made = checked(ADAPTER.validate_json, decoded)
    if isinstance(made, Line):
        try:
            json.loads(decoded, object_pairs_hook=_unique)
        except DuplicateKey:
            return "An object has the same key twice."
        except ValueError:
            return "A number has too many digits, or is none."
    return made


def checked(validate: Callable[[Any], Line], value: Any) -> Line | str:
    """Validate a value; gives a sentence if it is wrong."""
    try:
        return validate(value)
    except ValidationError as problem:
        return reason(problem)


def reason(problem: ValidationError) -> str:
    """Say what is wrong, field by field."""
    found = problem.errors(include_url=False, include_context=False, include_input=False)
    sentences = [_sentence(one["loc"], _plain(one["msg"])) for one in found[:MAX_MISTAKES]]
    more = len(found) - MAX_MISTAKES
    if more > 0:
        sentences.append(f"{more} more {'mistake' if more == 1 else 'mistakes'}.")
    return " ".join(sentences)


def _plain(message: str) -> str:
    """Leave out what says nothing: the kind of error, and that a line has one line."""
    return message.removeprefix("Value error, ").replace(" at line 1 column ", " at column ")


def _sentence(place: tuple[int | str, ...], message: str) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part[:MAX_KEY]}" for part in place).removeprefix(".")
    visible = "".join(character if character.isprintable() else "?" for character in f"{path}: {message}" if path)
    text = (visible or message)[:MAX_REASON]
    return text if text.endswith(".") else f"{text}."


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) < len(pairs):
        raise DuplicateKey
