"""Media types: what a body declares itself to be, and what a client accepts."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from transport.bad_request import BadRequest

JSON = b"application/json"
GRAPHQL_JSON = b"application/graphql-response+json"
EVENTS = b"text/event-stream"
_QUALITY = re.compile(rb"\bq\s*=\s*([01](?:\.\d{0,3})?)\s*(?:;|$)", re.IGNORECASE)
_JSON_TYPE = re.compile(rb'\s*application/json\s*(?:;\s*(?:charset\s*=\s*"?utf-?8"?\s*)?)*', re.IGNORECASE)


def require_json(headers: Mapping[bytes, list[bytes]]) -> None:
    """Refuse a body that does not declare itself as plain JSON in UTF-8."""
    if any(coding.strip().lower() != b"identity" for coding in headers.get(b"content-encoding", ())):
        raise BadRequest("Compressed bodies are not read; send it without Content-Encoding.", 415, "content_encoding")
    kinds = headers.get(b"content-type", ())
    if len(kinds) != 1 or not _JSON_TYPE.fullmatch(kinds[0]):
        raise BadRequest("The body must be sent as 'Content-Type: application/json', in UTF-8.", 415, "content_type")


def choose_media_type(accept: Iterable[bytes]) -> bytes | None:
    """Choose the media type of the answer: the one the client prefers, or None where it accepts none of ours."""
    return _media_type(b",".join(accept)) if accept else JSON


@lru_cache(maxsize=64)
def _media_type(accept: bytes) -> bytes | None:
    preferences = parse_qualities(accept)
    chosen, best = None, (0.0, 0)
    # At equal quality: a named one before a wildcard, of two named ones the one made for GraphQL, else plain JSON.
    for kind, named in ((JSON, 1), (GRAPHQL_JSON, 2)):
        wild = preferences.get(
            b"application/*", preferences.get(b"*/*", 1.0 if accept.isspace() or not accept else 0.0)
        )
        rank = (preferences[kind], named) if kind in preferences else (wild, 0)
        if rank[0] > 0 and rank > best:
            chosen, best = kind, rank
    return chosen


def accepts_events(accept: Iterable[bytes]) -> bool:
    """Whether the client can read server-sent events: only if it names them."""
    return _names_events(b",".join(accept)) if accept else False


@lru_cache(maxsize=64)
def _names_events(accept: bytes) -> bool:
    return parse_qualities(accept).get(EVENTS, 0.0) > 0


def parse_qualities(accept: bytes) -> dict[bytes, float]:
    """Parse the quality that a client gives to each of its wishes, such as media types."""
    preferences: dict[bytes, float] = {}
    for entry in accept.split(b","):
        name, _, parameters = entry.partition(b";")
        quality = _QUALITY.search(parameters)
        preferences[name.strip().lower()] = float(quality[1]) if quality else 1.0
    return preferences
