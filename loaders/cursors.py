"""Cursors: the sort key and id of a row, signed, bound to the connection and order that wrote them."""

from base64 import urlsafe_b64decode
from binascii import Error, b2a_base64
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import blake2b, sha256
from typing import Any
from uuid import UUID

import orjson

import errors
from models.ids import URL_SAFE

SIGNATURE = 12
LONGEST = 4_000
READ: dict[type, Callable[[Any], Any]] = {datetime: datetime.fromisoformat, UUID: UUID, int: int}
"""How values are read back; what is of another type, such as SQLModel's strings, is text."""


class Cursors:
    """Writes and reads cursors with one server secret."""

    def __init__(self, secret: str) -> None:
        self._key = sha256(b"cursors\0" + secret.encode()).digest()

    def _sign(self, connection: str, packed: bytes) -> bytes:
        return blake2b(connection.encode() + b"\0" + packed, key=self._key, digest_size=SIGNATURE).digest()

    def write(self, connection: str, values: Sequence[Any]) -> str:
        """Write the cursor of a row with these sort values."""
        packed = orjson.dumps(values, default=str)
        return _text(self._sign(connection, packed) + packed)

    def read(self, connection: str, text: str, types: Sequence[type]) -> tuple[Any, ...]:
        """Read back the values, or refuse what this server did not write for this connection."""
        refused = errors.BadInput(
            "This cursor was not given by this connection with this order; take one from its pageInfo or edges.",
            reason="bad_cursor",
        )
        if len(text) > LONGEST or not text.isascii():
            raise refused
        try:
            signed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except Error:
            raise refused from None
        signature, packed = signed[:SIGNATURE], signed[SIGNATURE:]
        if signature != self._sign(connection, packed) or _text(signed) != text:
            raise refused
        return tuple(READ.get(kind, str)(value) for kind, value in zip(types, orjson.loads(packed), strict=True))


def _text(signed: bytes) -> str:
    return b2a_base64(signed, newline=False).translate(URL_SAFE).rstrip(b"=").decode()
