"""Opaque global ids: the name of a graph type and the key of a row, in a form that survives a URL."""

import re
from binascii import Error, a2b_base64, b2a_base64
from collections.abc import Callable
from functools import cache, lru_cache
from uuid import UUID

LONGEST = 80
NAME = re.compile(r"[A-Z][A-Za-z]*")
URL_SAFE = bytes.maketrans(b"+/", b"-_")
STANDARD = str.maketrans("-_+/", "+/--")
KEY = 22
"""How many digits of base64 a UUID takes."""


@cache
def writer(graphql_type: str) -> Callable[[UUID], str]:
    """Make the function that writes the ids of a type: the name, padded to whole groups of base64, is written once."""
    name = f"{graphql_type}:".encode()
    head = b2a_base64(name + b":" * (-len(name) % 3), newline=False).translate(URL_SAFE).decode()

    def write(key: UUID) -> str:
        return head + b2a_base64(key.bytes, newline=False).translate(URL_SAFE)[:KEY].decode()

    return write


def encode(graphql_type: str, key: UUID) -> str:
    """Write the id of a row."""
    return writer(graphql_type)(key)


def decode(text: str) -> tuple[str, UUID] | None:
    """Read an id: its type and key, or None for whatever `encode` did not write."""
    if not text or len(text) > LONGEST or not text.isascii():
        return None
    head, tail = text[:-KEY], text[-KEY:]
    name = _name(head)
    if name is None or tail[-1] not in "AQgw":  # the last digit holds two bits, and the rest of it must be nothing
        return None
    try:
        return name, UUID(bytes=a2b_base64(tail.translate(STANDARD) + "==", strict_mode=True))
    except (Error, ValueError):
        return None


@lru_cache(maxsize=256)
def _name(head: str) -> str | None:
    """Read the name of a type, as `writer` writes it."""
    try:
        name = a2b_base64(head.translate(STANDARD), strict_mode=True).rstrip(b":").decode("ascii")
    except (Error, ValueError):
        return None
    return name if NAME.fullmatch(name) and encode(name, UUID(int=0))[:-KEY] == head else None


def key_of(graphql_type: str, text: str) -> UUID | None:
    """Read the key out of an id that must be of a type; None if it is not."""
    found = decode(text)
    return found[1] if found and found[0] == graphql_type else None
