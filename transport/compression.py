"""Compression of responses, by a coding that the client takes."""

import asyncio
import zlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import NamedTuple

import brotli
import zstandard

from transport.bad_request import BadRequest
from transport.media_types import parse_qualities

MIN_BYTES = 1_024
"""The smallest body that is worth the work."""
MAX_INLINE_BYTES = 128 * 1024
"""Larger ones are compressed in a thread, so that other requests need not wait."""
THREADS = ThreadPoolExecutor(2, "compression")
"""Not those of asyncio, in which names of hosts are looked up: a new connection would wait for all large responses."""


def _gzip(body: bytes) -> bytes:
    return zlib.compress(body, 1, wbits=31)


def _brotli(body: bytes) -> bytes:
    return brotli.compress(body, quality=1)  # type: ignore[no-any-return]


def _zstd(body: bytes) -> bytes:
    return zstandard.compress(body, 1)


CODINGS: dict[bytes, Callable[[bytes], bytes]] = {b"zstd": _zstd, b"br": _brotli, b"gzip": _gzip}
"""The one that costs the least first. The level of each is the fastest: the next ones save a few percent more."""


class Coding(NamedTuple):
    """How a response is encoded; without a name not at all."""

    name: bytes = b""
    is_required: bool = False
    """Whether the client refuses a response as it is, however small."""

    async def encode(self, body: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        """Encode a body where that is worth it, and give the headers that say so."""
        if not self.name or (len(body) < MIN_BYTES and not self.is_required):
            return body, []
        compress = CODINGS[self.name]
        if len(body) <= MAX_INLINE_BYTES:
            encoded = compress(body)
        else:
            encoded = await asyncio.get_running_loop().run_in_executor(THREADS, compress, body)
        return encoded, [(b"content-encoding", self.name)]


IDENTITY = Coding()


def choose_coding(accept_encoding: Iterable[bytes]) -> Coding | None:
    """Choose the coding that the client prefers, or None where it takes none of ours."""
    return _coding(b",".join(accept_encoding)) if accept_encoding else IDENTITY


def require_coding(coding: Coding | None) -> None:
    """Refuse a client that takes no coding of ours."""
    if coding is None:
        message = f"Accept-Encoding must allow one of {', '.join(name.decode() for name in CODINGS)}, or identity."
        raise BadRequest(message, 406, "accept_encoding")


@lru_cache(maxsize=64)
def _coding(accept: bytes) -> Coding | None:
    qualities = parse_qualities(accept)
    others = qualities.get(b"*", 0.0)
    plain = qualities.get(b"identity", qualities.get(b"*"))
    best, quality = b"", 0.0
    for name in CODINGS:
        wished = qualities.get(name, others)
        if wished > quality:
            best, quality = name, wished
    if plain is not None and plain > quality:
        return IDENTITY
    if plain == 0 and not best:
        return None
    return Coding(best, is_required=plain == 0)
