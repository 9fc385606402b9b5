"""The SDL at `/schema.graphql`, where introspection is allowed."""

from functools import cached_property
from hashlib import blake2b

import strawberry
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from transport.caching import has_tag
from transport.compression import IDENTITY, choose_coding

PATH = "/schema.graphql"
# GraphQL over HTTP registers no media type for SDL, and browsers show text.
MEDIA_TYPE = "text/plain; charset=utf-8"
METHODS = "GET, HEAD, OPTIONS"


class SchemaFile:
    """Answers with the SDL, which is printed when it is first asked for: it changes with the code only."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self._schema = schema
        self._encoded: dict[bytes, tuple[bytes, list[tuple[bytes, bytes]]]] = {}

    @cached_property
    def _text(self) -> bytes:
        return f"{self._schema.as_str()}\n".encode()

    @cached_property
    def _tag(self) -> bytes:
        return b'W/"%s"' % blake2b(self._text, digest_size=12).hexdigest().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await (await self._respond(Request(scope)))(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:
            return Response(status_code=204 if request.method == "OPTIONS" else 405, headers={"Allow": METHODS})
        headers = {"Cache-Control": "no-cache", "ETag": self._tag.decode(), "Vary": "Accept-Encoding"}
        if has_tag(_values(request, "if-none-match"), self._tag):
            return Response(status_code=304, headers=headers)
        coding = choose_coding(_values(request, "accept-encoding")) or IDENTITY
        if coding.name not in self._encoded:
            self._encoded[coding.name] = await coding.encode(self._text)
        body, encoding = self._encoded[coding.name]
        headers |= {name.decode(): value.decode() for name, value in encoding}
        return Response(body, headers=headers | {"Content-Type": MEDIA_TYPE})


def _values(request: Request, name: str) -> list[bytes]:
    return [value.encode("latin-1") for value in request.headers.getlist(name)]
