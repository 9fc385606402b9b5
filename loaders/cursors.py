"""Cursors: the sort key and id of a row, signed, bound to the connection and order that wrote them."""

from base64 import urlsafe_b64decode
from binascii import b2a_base64
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import blake2b, sha256
from typing import Any
from uuid import UUID

import orjson

import errors
from models.ids import URL_SAFE

SIGNATURE = 12
LONGEST = 4_000
LARGEST_INTEGER = 2**31 - 1


class Cursors:
    """Writes and reads cursors with one server secret."""

    def __init__(self, secret: str) -> None:
        self._key = sha256(b"cursors\0" + secret.encode()).digest()

    def _sign(self, scope: str, packed: bytes) -> bytes:
        return blake2b(scope.encode() + b"\0" + packed, key=self._key, digest_size=SIGNATURE).digest()

    def write(self, scope: str, values: Sequence[Any]) -> str:
        """Write the cursor of a row with these sort values; the scope names the connection and its order."""
        packed = orjson.dumps(values, default=str)
        return _encode(self._sign(scope, packed) + packed)

    def read(self, scope: str, text: str, types: Sequence[type]) -> tuple[Any, ...]:
        """Read back the values, or refuse what this server did not write in this scope."""
        refused = errors.BadInput(
            "This cursor was not given by this connection with this order; take one from its pageInfo or edges.",
            reason="bad_cursor",
        )
        if len(text) > LONGEST or not text.isascii():
            raise refused
        try:
            signed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            signature, packed = signed[:SIGNATURE], signed[SIGNATURE:]
            if signature != self._sign(scope, packed) or _encode(signed) != text:
                raise refused
            values = orjson.loads(packed)
            if not isinstance(values, list):
                raise refused
            return tuple(READ[kind](value) for kind, value in zip(types, values, strict=True))
        except (ValueError, OverflowError):
            raise refused from None


def _encode(signed: bytes) -> str:
    return b2a_base64(signed, newline=False).translate(URL_SAFE).rstrip(b"=").decode()


def _text(value: Any) -> str:
    # What is signed and yet unfit for its column must not reach the driver, which would fail as if we were at fault.
    if not isinstance(value, str) or "\0" in value:
        raise ValueError
    return value


def _integer(value: Any) -> int:
    if type(value) is not int or abs(value) > LARGEST_INTEGER:
        raise ValueError
    return value


def _timestamp(value: Any) -> datetime:
    read = datetime.fromisoformat(_text(value))
    if read.tzinfo is None:
        raise ValueError
    return read.astimezone(UTC)


def _uuid(value: Any) -> UUID:
    return UUID(_text(value))


READ: dict[type, Callable[[Any], Any]] = {
    datetime: _timestamp, UUID: _uuid, int: _integer, str: _text, object: _text,
}  # fmt: skip
"""How values are read back, by the Python type of their column; SQLModel's strings say of themselves only `object`."""
