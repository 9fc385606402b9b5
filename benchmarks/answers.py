"""Whether two servers say the same: byte for byte, or in meaning where ids, cursors and the spelling of times differ."""

import re
from datetime import datetime
from typing import Any

import orjson

OPAQUE = {"id", "cursor", "endCursor", "startCursor"}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


class Different(AssertionError):
    """Two servers do not say the same; says where."""


def same_bytes(one: bytes, other: bytes, where: str) -> None:
    """Refuse any difference."""
    if one != other:
        place = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
        near = slice(max(0, place - 60), place + 60)
        raise Different(f"{where}, byte {place}:\n  {one[near]!r}\n  {other[near]!r}")


def same_meaning(one: bytes, other: bytes, where: str) -> None:
    """Refuse differences of meaning. Ids and cursors are opaque: they need only be there, or not."""
    _compare(orjson.loads(one), orjson.loads(other), where)


def _compare(one: Any, other: Any, where: str) -> None:
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for name, value in one.items():
            if name in OPAQUE:
                if (value is None) is not (other[name] is None):
                    raise Different(f"{where}.{name}: one is null")
            else:
                _compare(value, other[name], f"{where}.{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (left, right) in enumerate(zip(one, other, strict=True)):
            _compare(left, right, f"{where}[{place}]")
    elif one != other and not _same_moment(one, other):
        raise Different(f"{where}: {str(one)[:200]} is not {str(other)[:200]}")


def _same_moment(one: Any, other: Any) -> bool:
    both = isinstance(one, str) and isinstance(other, str) and MOMENT.match(one) and MOMENT.match(other)
    if not both:
        return False
    apart = datetime.fromisoformat(one) - datetime.fromisoformat(other)
    return abs(apart.total_seconds()) < 0.001  # JavaScript's dates have milliseconds
