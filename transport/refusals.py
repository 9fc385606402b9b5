"""Answers to what never becomes a request, since HTTP itself was broken: written to the connection by the protocol."""

from http import HTTPStatus

import orjson

from transport.bad_request import BadRequest
from transport.errors import known_error


def head_too_large(limit: int) -> BadRequest:
    """The error for a head, or the trailers and extensions of a chunked body, of more than `limit` bytes."""
    return BadRequest(f"The headers are too large; at most {limit} bytes are read.", 431, "headers_too_large")


def not_http() -> BadRequest:
    """The error for what cannot be parsed."""
    return BadRequest("This is not a valid HTTP/1.1 request.", 400, "not_http")


def encode(error: BadRequest, request_id: str) -> bytes:
    """Write a whole HTTP/1.1 response, after which the connection ends."""
    body = orjson.dumps({"errors": [known_error(error)]})
    lines = [
        f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}",
        "content-type: application/json; charset=utf-8",
        f"content-length: {len(body)}",
        "cache-control: no-store",
        "x-content-type-options: nosniff",
        f"x-request-id: {request_id}",
        "connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body
