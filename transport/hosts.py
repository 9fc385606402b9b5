"""Names that a development server answers to.

A website may let its own name lead to 127.0.0.1, and its scripts could then read tokens of personas from GraphiQL. The
browser takes them for requests to the website, so only `Host` tells them apart.
"""

import re
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

import orjson
from starlette.types import Receive, Scope, Send

import errors
from transport.errors import known_error
from transport.response_headers import SAFE
from transport.sampled_log import REFUSALS

HOST = re.compile(r"(?:\[(?P<literal>[0-9a-f:.]+)\]|(?P<name>[^:@/\\\s]+))(?::\d*)?", re.IGNORECASE)
STATUS = 421


class AllowedHosts:
    """Allows localhost, IP addresses and the host of `public_url`."""

    def __init__(self, public_url: str) -> None:
        self._public_name = (urlsplit(public_url).hostname or "").lower()

    def allow(self, scope: Scope) -> bool:
        """Whether a request came by such a name. One without a name, as in HTTP/1.0, comes from no browser."""
        return all(_is_local(host, self._public_name) for name, host in scope["headers"] if name == b"host")

    async def refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 421, over a WebSocket as well."""
        REFUSALS.warning("host_refused")
        message = (
            "This name is not allowed in `Host`. Use localhost or an IP address, or set PUBLIC_URL to the address."
        )
        body = orjson.dumps({"errors": [known_error(errors.Forbidden(message, reason="host"))]})
        length = (b"content-length", b"%d" % len(body))
        headers = [(b"content-type", b"application/json; charset=utf-8"), length, *SAFE]
        kind = "http"
        if scope["type"] == "websocket":
            await receive()
            if "websocket.http.response" not in scope.get("extensions", {}):
                await send({"type": "websocket.close"})
                return
            kind = "websocket.http"
        await send({"type": f"{kind}.response.start", "status": STATUS, "headers": headers})
        await send({"type": f"{kind}.response.body", "body": body})


@lru_cache(maxsize=256)
def _is_local(host: bytes, public_name: str) -> bool:
    found = HOST.fullmatch(host.decode("latin-1"))
    if found is None:
        return False
    name = (found["literal"] or found["name"]).lower().removesuffix(".")
    if name in {"localhost", public_name} or name.endswith(".localhost"):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
