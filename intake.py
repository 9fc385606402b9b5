"""What a client sends, read strictly: the body within its limit, and the JSON of a GraphQL request."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import Receive

import errors
from errors import ECHO

DEPTH = 64
LIST_ITEMS = 250
DIGITS = 20
VARIABLES_BYTES = 64 * 1024

JSON = b"application/json"
GRAPHQL_JSON = b"application/graphql-response+json"
EVENTS = b"text/event-stream"

_EXACT_FLOAT = 2.0**63
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"')
_LONG_INTEGER = re.compile(rb"(?<![\d.eE+-])-?\d{19,}+(?![.eE])")
_QUALITY = re.compile(rb"\bq\s*=\s*([01](?:\.\d{0,3})?)\s*(?:;|$)", re.IGNORECASE)
_JSON_TYPE = re.compile(rb'\s*application/json\s*(?:;\s*(?:charset\s*=\s*"?utf-?8"?\s*)?)*', re.IGNORECASE)
_OBJECT = "The body must be a JSON object with a `query`."


class Unreadable(errors.BadInput):
    """A request that could not be read as what it claims to be."""

    def __init__(self, message: str, status: int = 400, reason: str | None = None) -> None:
        super().__init__(message, reason=reason)
        self.status = status


class Parameters(NamedTuple):
    """A GraphQL request, its parts of the right types."""

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None
    extensions: dict[str, Any] | None


async def body(receive: Receive, headers: Mapping[bytes, list[bytes]], limit: int) -> bytes:
    """Read a whole body of at most `limit` bytes, whatever its framing says, or raise `Unreadable`.

    Raises `ClientDisconnect` where the client left before the end.
    """
    declared = headers.get(b"content-length")
    if declared is not None and declared[0].isdigit() and (len(declared[0]) > DIGITS or int(declared[0]) > limit):
        raise _too_large(limit)
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    content: bytes = message.get("body", b"")
    if not message.get("more_body", False) and len(content) <= limit:
        return content
    return await _rest(receive, content, limit)


async def _rest(receive: Receive, content: bytes, limit: int) -> bytes:
    parts, size = [content], len(content)
    while size <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if size <= limit and not message.get("more_body", False):
            return b"".join(parts)
    raise _too_large(limit)


def _too_large(limit: int) -> Unreadable:
    return Unreadable(f"The body is too large; at most {limit} bytes are read.", 413, "body_too_large")


def require_json(headers: Mapping[bytes, list[bytes]]) -> None:
    """Refuse a body that does not declare itself as plain JSON in UTF-8."""
    if any(coding.strip().lower() != b"identity" for coding in headers.get(b"content-encoding", ())):
        raise Unreadable("Compressed bodies are not read; send it without Content-Encoding.", 415, "content_encoding")
    kinds = headers.get(b"content-type", ())
    if len(kinds) != 1 or not _JSON_TYPE.fullmatch(kinds[0]):
        raise Unreadable("The body must be sent as 'Content-Type: application/json', in UTF-8.", 415, "content_type")


def media_type(accept: Iterable[bytes]) -> bytes | None:
    """Choose the media type of the answer: what the client likes best, or None where it takes none of ours."""
    return _media_type(b",".join(accept)) if accept else JSON


@lru_cache(maxsize=64)
def _media_type(accept: bytes) -> bytes | None:
    wishes = _wishes(accept)
    chosen, best = None, (0.0, 0)
    # Of two liked as well, the one that was named; of two named, the one made for GraphQL; of none named, plain JSON.
    for kind, named in ((JSON, 1), (GRAPHQL_JSON, 2)):
        wild = wishes.get(b"application/*", wishes.get(b"*/*", 1.0 if accept.isspace() or not accept else 0.0))
        rank = (wishes[kind], named) if kind in wishes else (wild, 0)
        if rank[0] > 0 and rank > best:
            chosen, best = kind, rank
    return chosen


def takes_events(accept: Iterable[bytes]) -> bool:
    """Tell whether the client can read server-sent events: only who names them can."""
    return _takes_events(b",".join(accept)) if accept else False


@lru_cache(maxsize=64)
def _takes_events(accept: bytes) -> bool:
    return _wishes(accept).get(EVENTS, 0.0) > 0


def _wishes(accept: bytes) -> dict[bytes, float]:
    """Read how much a client likes each media type."""
    wishes: dict[bytes, float] = {}
    for entry in accept.split(b","):
        name, _, parameters = entry.partition(b";")
        quality = _QUALITY.search(parameters)
        wishes[name.strip().lower()] = float(quality[1]) if quality else 1.0
    return wishes


def json_object(text: bytes) -> dict[str, Any]:
    """Parse JSON strictly: an object in UTF-8, of bounded depth, lists and integers."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _not_json(text, error) from None
    if type(value) is not dict:
        sentence = "Batching is off; send one operation for each request." if type(value) is list else _OBJECT
        raise Unreadable(sentence, reason="not_an_object")
    if _measure(value):
        _require_short_integers(text)
    return value


def _measure(value: dict[str, Any]) -> bool:
    """Refuse depth and long lists; tell whether there is a number that may have been a longer integer."""
    inexact = False
    level: list[Any] = [value]
    for _ in range(DEPTH):
        below: list[Any] = []
        for container in level:
            if type(container) is list and len(container) > LIST_ITEMS:
                sentence = f"A list has {len(container)} items; at most {LIST_ITEMS} are allowed."
                raise Unreadable(sentence, reason="list_too_long")
            for item in container.values() if type(container) is dict else container:
                kind = type(item)
                if kind is dict or kind is list:
                    below.append(item)
                elif kind is float and not -_EXACT_FLOAT < item < _EXACT_FLOAT:
                    inexact = True
        if not below:
            return inexact
        level = below
    raise Unreadable(f"The JSON is nested more than {DEPTH} levels deep.", reason="too_deep")


def _not_json(text: bytes, error: orjson.JSONDecodeError) -> Unreadable:
    if not text.strip():
        return Unreadable("The body is empty; send a JSON object with a `query`.", reason="empty_body")
    if "infinity" in error.msg:
        return Unreadable("A number is larger than any that JSON can carry safely.", reason="number_too_large")
    return Unreadable(f"This is not valid JSON in UTF-8: {error.msg[:ECHO]}.", reason="not_json")


def _require_short_integers(text: bytes) -> None:
    """Refuse integers that the parser made floats of. Rare, so it may look at the text again."""
    for integer in _LONG_INTEGER.findall(_STRING.sub(b"", text)):
        if len(integer.lstrip(b"-")) > DIGITS or not -(2**63) <= int(integer) < 2**64:
            sentence = f"An integer does not fit into 64 bits and {DIGITS} digits; send it as text."
            raise Unreadable(sentence, reason="integer_too_long")


def from_body(text: bytes) -> Parameters:
    """Read the parameters of a POST."""
    return parameters(json_object(text), len(text))


def from_url(query_string: bytes, limit: int) -> Parameters:
    """Read the parameters of a GET; `variables` and `extensions` are JSON in there."""
    if len(query_string) > limit:
        raise Unreadable(f"The address is too long; at most {limit} bytes are read.", 414, "url_too_long")
    try:
        members: dict[str, Any] = dict(
            parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
        )
    except ValueError:
        raise Unreadable("The address is not valid: UTF-8, percent-encoded.", reason="not_a_url") from None
    for name in ("variables", "extensions"):
        given = members.get(name)
        if given is not None:
            members[name] = None if given in {"", "null"} else json_object(given.encode())
    return parameters(members, len(query_string))


def parameters(members: Mapping[str, Any], size: int) -> Parameters:
    """Check the members of a request, which took `size` bytes. Unknown ones are ignored."""
    query, name = members.get("query"), members.get("operationName")
    variables, extensions = members.get("variables"), members.get("extensions")
    if type(query) is not str:
        given = "is missing" if query is None else "is not a string"
        raise Unreadable(f"`query` {given}: send the GraphQL document as a string.", reason="query")
    if name is not None and type(name) is not str:
        raise Unreadable("`operationName` must be a string or null.", reason="operation_name")
    if variables is not None and type(variables) is not dict:
        raise Unreadable("`variables` must be an object or null.", reason="variables")
    if extensions is not None and type(extensions) is not dict:
        raise Unreadable("`extensions` must be an object or null.", reason="extensions")
    if size > VARIABLES_BYTES and len(orjson.dumps(variables)) > VARIABLES_BYTES:
        raise Unreadable(f"`variables` take more than {VARIABLES_BYTES} bytes.", reason="variables_too_large")
    return Parameters(query, name or None, variables, extensions)
