"""Ids, timestamps and pseudo-random choices, which are the same at each load."""

import re
import unicodedata
from array import array
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from hashlib import blake2b
from random import Random
from uuid import UUID

NOW = datetime(2026, 11, 1, tzinfo=UTC)
HISTORY = timedelta(days=730)
MINUTE = 60_000_000
DAY = 1_440 * MINUTE

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
GOLDEN = 0x9E3779B97F4A7C15
SEED = "clientele"
UNDECOMPOSED = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ß": "ss"})


class Of(IntEnum):
    """The table of an id: a part of the id, so that ids of two tables are never equal."""

    CUSTOMER = 1
    REQUEST = 2
    BRAND = 3
    CATEGORY = 4
    ATTRIBUTE = 5
    PRODUCT = 6
    VARIANT = 7
    VALUE = 8
    IMAGE = 9
    SOURCE = 10
    STORE = 11
    LISTING = 12
    OFFER = 13
    WISHLIST = 14
    ITEM = 15
    TICKET = 16
    SESSION = 17
    SOLVER = 18
    ORDER = 19
    PAYMENT = 20
    REFUND = 21


class Timeline:
    """The two years before the "now" of the demo. Timestamps are microseconds since 1970 until a row is written."""

    def __init__(self, now: datetime = NOW) -> None:
        self.end = (now - EPOCH) // MICROSECOND
        self.start = (now - HISTORY - EPOCH) // MICROSECOND

    def nth(self, number: int, count: int) -> int:
        """Spread `count` timestamps over the period, in ascending order."""
        step = (self.end - self.start) // count
        return self.start + number * step + scramble(number) % step

    def after(self, dice: Random, *earlier: int) -> int:
        """Choose a timestamp that is later than all of these."""
        begin = max(earlier)
        return begin + int((self.end - begin) * dice.random())


def at(moment: int) -> datetime:
    """Convert a timestamp to a datetime."""
    return EPOCH + timedelta(microseconds=moment)


def identifier(of: Of, number: int, moment: int) -> UUID:
    """Build a UUIDv7 of a timestamp, with `of` and `number` in place of its random bits."""
    return UUID(int=moment // 1000 << 80 | 7 << 76 | of << 64 | 2 << 62 | scramble(number) >> 2)


def scramble(number: int) -> int:
    """Spread small numbers over 64 bits."""
    number = (number + 1) * GOLDEN & 0xFFFFFFFFFFFFFFFF
    return (number ^ number >> 29) * GOLDEN & 0xFFFFFFFFFFFFFFFF


def dice(*what: object) -> Random:
    """Make a random generator with a fixed seed made of these words."""
    return Random(f"{SEED} {what}")


def likely(chance: Random, percent: int) -> bool:
    """Return true in this many percent of calls."""
    return chance.random() * 100 < percent


def token(*what: object) -> str:
    """Make a word that looks like a secret, but can be computed by anyone."""
    return urlsafe_b64encode(blake2b(f"{SEED} {what}".encode(), digest_size=16).digest()).decode().rstrip("=")


def shares(total: int, weights: Sequence[float], most: int) -> "array[int]":
    """Split `total` into integers in proportion to the weights, none above `most`."""
    parts = array("I", bytes(4 * len(weights)))
    whole, seen, given, over = sum(weights), 0.0, 0, 0
    for number, weight in enumerate(weights):
        seen += weight
        part = round(total * seen / whole) - given
        given += part
        parts[number] = min(part + over, most)
        over += part - parts[number]
    for number, part in enumerate(parts):
        more = min(over, most - part)
        parts[number] += more
        over -= more
    return parts


def ascii_letters(name: str) -> str:
    """Write a Latin name with the letters and digits of a username."""
    plain = unicodedata.normalize("NFKD", name.translate(UNDECOMPOSED))
    return re.sub(r"[^A-Za-z0-9]", "", plain)


def slug(*words: str) -> str:
    """Join words into a slug."""
    plain = unicodedata.normalize("NFKD", " ".join(words).translate(UNDECOMPOSED)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def words(text: str) -> tuple[str, ...]:
    """Split a list that is written as text."""
    return tuple(word.strip() for word in text.split(","))
