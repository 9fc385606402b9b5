"""The id of a request: taken from `X-Request-ID` or made, in each of its log lines and in its response."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from starlette.types import Message, Scope, Send
from uuid_utils import uuid7

HEADER = b"x-request-id"
ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
TRACEPARENT = re.compile(
    rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?", re.DOTALL
)
"""The header of W3C Trace Context: version, trace id, parent id, flags, and what later versions add."""
RESPONSE_STARTS = frozenset({"http.response.start", "websocket.accept", "websocket.http.response.start"})


class RequestIds(NamedTuple):
    """What the log lines of one request, or of one operation over a WebSocket, have in common."""

    request_id: str
    """Of an HTTP request, or of a WebSocket connection."""
    trace_id: str | None = None
    """From a valid `traceparent`."""
    operation_id: str | None = None
    """The id that the client of a WebSocket gave to the operation."""


CURRENT: ContextVar[RequestIds | None] = ContextVar("request_ids", default=None)


def make_id() -> str:
    """Make an id that nobody else has; later ones sort after earlier ones."""
    return str(uuid7())


def with_request_id(scope: Scope, send: Send) -> Send:
    """Give a request its ids, for as long as its task runs, and add the id to the head of its response."""
    ids = _read(scope)
    CURRENT.set(ids)
    header = (HEADER, ids.request_id.encode())

    async def send_with_id(message: Message) -> None:
        if message["type"] in RESPONSE_STARTS:
            message["headers"] = [*message.get("headers", ()), header]
        await send(message)

    return send_with_id


@contextmanager
def operation_id(id: str) -> Iterator[None]:
    """Add the id of an operation while it is started; its task keeps it. It is a client's text: others are left out."""
    ids = CURRENT.get()
    if ids is None or not ID.fullmatch(id):
        yield
        return
    token = CURRENT.set(ids._replace(operation_id=id))
    try:
        yield
    finally:
        CURRENT.reset(token)


def _read(scope: Scope) -> RequestIds:
    request_id = trace_id = None
    for name, value in scope["headers"]:
        if name == HEADER:
            given = value.decode("latin-1")
            request_id = given if ID.fullmatch(given) else None
        elif name == b"traceparent":
            found = TRACEPARENT.fullmatch(value)
            trace_id = found[1].decode() if found else None
    return RequestIds(request_id or make_id(), trace_id)
