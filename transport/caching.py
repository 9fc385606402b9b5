"""Answers that caches may keep: of queries that were sent by GET and without a token."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

Header = tuple[bytes, bytes]

VARY = b"accept, accept-encoding, accept-language, authorization, graphql-cost, origin"
KEPT = frozenset({b"content-language"})


def may_be_kept(method: str, headers: Mapping[bytes, Any], content: Mapping[str, Any]) -> bool:
    """Whether the answer to a request is the same for everybody who sends it: it has data and nothing else."""
    return method in {"GET", "HEAD"} and b"authorization" not in headers and content.keys() == {"data"}


def cache_headers(own: Iterable[Header], body: bytes, seconds: int, *, shared: bool) -> tuple[bytes, list[Header]]:
    """Give the tag of a body, and the headers by which caches keep it, without those of one client, such as its rate.

    Only the cache of the client itself keeps it unless `shared`.
    """
    whose = b"public" if shared else b"private"
    tag = b'W/"%s"' % blake2b(body, digest_size=12).hexdigest().encode()
    kept = [header for header in own if header[0] in KEPT]
    return tag, [*kept, (b"cache-control", b"%b, max-age=%d" % (whose, seconds)), (b"etag", tag), (b"vary", VARY)]


def has_tag(if_none_match: Iterable[bytes], tag: bytes) -> bool:
    """Whether the client says that it has an answer with this tag."""
    known = {one.strip().removeprefix(b"W/") for value in if_none_match for one in value.split(b",")}
    return tag.removeprefix(b"W/") in known or b"*" in known
