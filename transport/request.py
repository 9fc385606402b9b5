"""Reading requests strictly: a body within its limit, and the parameters of a GraphQL request."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from transport.bad_request import BadRequest
from transport.json_body import DIGITS, parse_json_object
from transport.socket_tokens import KNOWN

VARIABLES_BYTES = 64 * 1024
DOCUMENT_IDS = ("documentId", "doc_id", "id")
"""What clients call the id of a document: GraphQL over HTTP, the examples of Relay, and others."""
PERSISTED_QUERY = "persistedQuery"
JWT = re.compile(r"(?:bearer )?eyJ[\w-]+\.[\w-]+\.[\w-]+$", re.IGNORECASE)
"""A token, under whatever name it was sent."""


class Parameters(NamedTuple):
    """A GraphQL request, its parts of the right types."""

    query: str
    """Empty where the request names its document instead."""
    operation_name: str | None
    variables: dict[str, Any] | None
    extensions: dict[str, Any] | None
    document_id: str | None = None
    """Of a registered document, where there is no `query`."""
    any_document: bool = False
    """Whether it may have a document that is not registered, even if only registered ones are executed."""


async def read_body(receive: Receive, headers: Mapping[bytes, list[bytes]], limit: int) -> bytes:
    """Read a whole body of at most `limit` bytes, whatever its framing says, or raise `BadRequest`.

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


def _too_large(limit: int) -> BadRequest:
    return BadRequest(f"The body is too large; at most {limit} bytes are read.", 413, "body_too_large")


def parameters_from_body(text: bytes) -> Parameters:
    """Read the parameters of a POST."""
    return check_parameters(parse_json_object(text), len(text))


def parameters_from_url(query_string: bytes, limit: int) -> Parameters:
    """Read the parameters of a GET; `variables` and `extensions` are JSON in there."""
    if len(query_string) > limit:
        raise BadRequest(f"The address is too long; at most {limit} bytes are read.", 414, "url_too_long")
    try:
        members: dict[str, Any] = dict(
            parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
        )
    except ValueError:
        raise BadRequest("The address is not valid: UTF-8, percent-encoded.", reason="not_a_url") from None
    if any(name.lower() in KNOWN or JWT.match(value) for name, value in members.items()):
        message = "An address is logged and remembered on its way: send the token in the header Authorization."
        raise BadRequest(message, reason="token_in_url")
    for name in ("variables", "extensions"):
        given = members.get(name)
        if given is not None:
            members[name] = None if given in {"", "null"} else parse_json_object(given.encode())
    return check_parameters(members, len(query_string))


def check_parameters(members: Mapping[str, Any], size: int) -> Parameters:
    """Check the members of a request, which took `size` bytes. Unknown ones are ignored."""
    query, name = members.get("query"), members.get("operationName")
    variables, extensions = members.get("variables"), members.get("extensions")
    document_id = None if query else _document_id(members)
    is_named = document_id is not None or (type(extensions) is dict and PERSISTED_QUERY in extensions)
    if query is None and is_named:
        query = ""
    if type(query) is not str:
        given = "is missing" if query is None else "is not a string"
        raise BadRequest(f"`query` {given}: send the GraphQL document as a string.", reason="query")
    if name is not None and type(name) is not str:
        raise BadRequest("`operationName` must be a string or null.", reason="operation_name")
    if variables is not None and type(variables) is not dict:
        raise BadRequest("`variables` must be an object or null.", reason="variables")
    if extensions is not None and type(extensions) is not dict:
        raise BadRequest("`extensions` must be an object or null.", reason="extensions")
    if size > VARIABLES_BYTES and len(orjson.dumps(variables)) > VARIABLES_BYTES:
        raise BadRequest(f"`variables` take more than {VARIABLES_BYTES} bytes.", reason="variables_too_large")
    return Parameters(query, name or None, variables, extensions, document_id)


def _document_id(members: Mapping[str, Any]) -> str | None:
    for name in DOCUMENT_IDS:
        id = members.get(name)
        if id is not None:
            if type(id) is not str or not id:
                raise BadRequest(f"`{name}` must be the id of a registered document.", reason="document_id")
            return id
    return None
