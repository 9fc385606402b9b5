"""JSON, parsed strictly: an object in UTF-8, of bounded depth, lists and integers."""

import re
from typing import Any

import orjson

from errors import MAX_ECHO_CHARS
from transport.bad_request import BadRequest

DEPTH = 64
LIST_ITEMS = 250
DIGITS = 20

_EXACT_FLOAT = 2.0**63
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"')
_LONG_INTEGER = re.compile(rb"(?<![\d.eE+-])-?\d{19,}+(?![.eE])")
_OBJECT = "The body must be a JSON object with a `query`."


def parse_json_object(text: bytes) -> dict[str, Any]:
    """Parse JSON strictly: an object in UTF-8, of bounded depth, lists and integers."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _not_json(text, error) from None
    if type(value) is not dict:
        sentence = "Batching is off; send one operation for each request." if type(value) is list else _OBJECT
        raise BadRequest(sentence, reason="not_an_object")
    if _measure(value):
        _require_short_integers(text)
    return value


def _measure(value: dict[str, Any]) -> bool:
    """Refuse depth and long lists; True if some float may have been an integer that is too long."""
    inexact = False
    level: list[Any] = [value]
    for _ in range(DEPTH):
        below: list[Any] = []
        for container in level:
            if type(container) is list and len(container) > LIST_ITEMS:
                sentence = f"A list has {len(container)} items; at most {LIST_ITEMS} are allowed."
                raise BadRequest(sentence, reason="list_too_long")
            for item in container.values() if type(container) is dict else container:
                kind = type(item)
                if kind is dict or kind is list:
                    below.append(item)
                elif kind is float and not -_EXACT_FLOAT < item < _EXACT_FLOAT:
                    inexact = True
        if not below:
            return inexact
        level = below
    raise BadRequest(f"The JSON is nested more than {DEPTH} levels deep.", reason="too_deep")


def _not_json(text: bytes, error: orjson.JSONDecodeError) -> BadRequest:
    if not text.strip():
        return BadRequest("The body is empty; send a JSON object with a `query`.", reason="empty_body")
    if "infinity" in error.msg:
        return BadRequest("A number is larger than any that JSON can carry safely.", reason="number_too_large")
    return BadRequest(f"This is not valid JSON in UTF-8: {error.msg[:MAX_ECHO_CHARS]}.", reason="not_json")


def _require_short_integers(text: bytes) -> None:
    """Refuse integers that the parser made floats of. Rare, so it may look at the text again."""
    for integer in _LONG_INTEGER.findall(_STRING.sub(b"", text)):
        if len(integer.lstrip(b"-")) > DIGITS or not -(2**63) <= int(integer) < 2**64:
            sentence = f"An integer does not fit into 64 bits and {DIGITS} digits; send it as text."
            raise BadRequest(sentence, reason="integer_too_long")
