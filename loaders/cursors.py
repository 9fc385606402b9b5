"""Cursors: the sort values and id of a row, signed, valid for one connection with one order."""

from base64 import urlsafe_b64decode
from binascii import b2a_base64
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b, sha256
from typing import Any
from uuid import UUID

import orjson

import errors
from models.ids import URL_SAFE

SIGNATURE_BYTES = 12
MAX_CURSOR_CHARS = 4_000
MAX_SCOPES = 512
"""For how many scopes the signature of what they have in common is kept."""
MAX_KEPT_SCOPE_CHARS = 1_000
"""How long such a scope can be. Clients choose filters, which can be a thousand times as long as most are."""
MAX_INTEGER = 2**31 - 1
MAX_LARGE_INTEGER = 2**63 - 1


class LargeInteger(int):
    """The type of a cursor's value for a column of 64 bits, such as a price in minor units."""


class Cursors:
    """Encodes and decodes cursors with a key derived from SECRET_KEY."""

    def __init__(self, secret: str) -> None:
        self._key = sha256(b"cursors\0" + secret.encode()).digest()
        self._begun = lru_cache(MAX_SCOPES)(self._begin)

    def _begin(self, scope: str) -> Any:
        return blake2b(scope.encode() + b"\0", key=self._key, digest_size=SIGNATURE_BYTES)

    def _sign(self, scope: str, packed: bytes) -> bytes:
        begin = self._begun if len(scope) <= MAX_KEPT_SCOPE_CHARS else self._begin
        signature = begin(scope).copy()
        signature.update(packed)
        return signature.digest()  # type: ignore[no-any-return]

    def write(self, scope: str, values: Sequence[Any]) -> str:
        """The cursor of a row with these sort values. `scope` is that of the connection, see `cursor_scope`."""
        packed = orjson.dumps(values, default=str)
        return _encode(self._sign(scope, packed) + packed)

    def read(self, scope: str, text: str, types: Sequence[type]) -> tuple[Any, ...]:
        """The values of a cursor; raises `BadInput` unless this server encoded it in the same scope."""
        refused = errors.BadInput(
            "This cursor does not belong to this connection with this order and filter; use one from its `pageInfo` or "
            "`edges`.",
            reason="bad_cursor",
        )
        if len(text) > MAX_CURSOR_CHARS or not text.isascii():
            raise refused
        try:
            signed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            signature, packed = signed[:SIGNATURE_BYTES], signed[SIGNATURE_BYTES:]
            if signature != self._sign(scope, packed) or _encode(signed) != text:
                raise refused
            values = orjson.loads(packed)
            if not isinstance(values, list):
                raise refused
            return tuple(DECODERS[kind](value) for kind, value in zip(types, values, strict=True))
        except (ValueError, OverflowError):
            raise refused from None


def _encode(signed: bytes) -> str:
    return b2a_base64(signed, newline=False).translate(URL_SAFE).rstrip(b"=").decode()


def _text(value: Any) -> str:
    # A signed value that does not fit its column must not reach the driver, whose error would become an internal error.
    if not isinstance(value, str) or "\0" in value:
        raise ValueError
    return value


def _integer(value: Any) -> int:
    if type(value) is not int or abs(value) > MAX_INTEGER:
        raise ValueError
    return value


def _large_integer(value: Any) -> int:
    if type(value) is not int or abs(value) > MAX_LARGE_INTEGER:
        raise ValueError
    return value


def _float(value: Any) -> float:
    if type(value) is not float:
        raise ValueError
    return value


def _timestamp(value: Any) -> datetime:
    timestamp = datetime.fromisoformat(_text(value))
    if timestamp.tzinfo is None:
        raise ValueError
    return timestamp.astimezone(UTC)


def _uuid(value: Any) -> UUID:
    return UUID(_text(value))


DECODERS: dict[type, Callable[[Any], Any]] = {
    datetime: _timestamp, UUID: _uuid, int: _integer, LargeInteger: _large_integer, float: _float, str: _text,
    object: _text,
}  # fmt: skip
"""The decoder for each Python type of a column; the type of SQLModel's strings is `object`."""
