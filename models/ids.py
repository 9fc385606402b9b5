"""Opaque global ids: the name of a graph type and the key of a row, in a form that survives a URL."""

from base64 import urlsafe_b64decode
from binascii import Error, b2a_base64
from uuid import UUID

LONGEST = 80
URL_SAFE = bytes.maketrans(b"+/", b"-_")


def encode(graphql_type: str, key: UUID) -> str:
    """Write the id of a row."""
    packed = b2a_base64(graphql_type.encode() + b":" + key.bytes, newline=False)
    return packed.translate(URL_SAFE).rstrip(b"=").decode()


def decode(text: str) -> tuple[str, UUID] | None:
    """Read an id: its type and key, or None for whatever `encode` did not write."""
    if not text or len(text) > LONGEST or not text.isascii():
        return None
    try:
        name, colon, key = urlsafe_b64decode(text + "=" * (-len(text) % 4)).partition(b":")
        found = name.decode("ascii"), UUID(bytes=key)
    except (Error, ValueError):
        return None
    return found if colon and encode(*found) == text else None


def key_of(graphql_type: str, text: str) -> UUID | None:
    """Read the key out of an id that must be of a type; None if it is not."""
    found = decode(text)
    return found[1] if found and found[0] == graphql_type else None
