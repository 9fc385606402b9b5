"""Opaque global ids: the name of a graph type and the key of a row, in a form that survives a URL."""

import re
from base64 import urlsafe_b64decode
from binascii import Error, b2a_base64
from collections.abc import Callable
from functools import cache
from uuid import UUID

LONGEST = 80
NAME = re.compile(r"[A-Z][A-Za-z]*")
URL_SAFE = bytes.maketrans(b"+/", b"-_")


@cache
def writer(graphql_type: str) -> Callable[[UUID], str]:
    """Make the function that writes the ids of a type: the name, padded to whole groups of base64, is written once."""
    name = f"{graphql_type}:".encode()
    head = b2a_base64(name + b":" * (-len(name) % 3), newline=False).translate(URL_SAFE).decode()

    def write(key: UUID) -> str:
        return head + b2a_base64(key.bytes, newline=False).translate(URL_SAFE)[:22].decode()

    return write


def encode(graphql_type: str, key: UUID) -> str:
    """Write the id of a row."""
    return writer(graphql_type)(key)


def decode(text: str) -> tuple[str, UUID] | None:
    """Read an id: its type and key, or None for whatever `encode` did not write."""
    if not text or len(text) > LONGEST or not text.isascii():
        return None
    try:
        packed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        found = packed[:-16].rstrip(b":").decode("ascii"), UUID(bytes=packed[-16:])
    except (Error, ValueError):
        return None
    return found if NAME.fullmatch(found[0]) and encode(*found) == text else None


def key_of(graphql_type: str, text: str) -> UUID | None:
    """Read the key out of an id that must be of a type; None if it is not."""
    found = decode(text)
    return found[1] if found and found[0] == graphql_type else None
