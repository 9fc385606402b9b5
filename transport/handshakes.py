"""The WebSocket handshake: which origins may connect, and the subprotocol graphql-transport-ws."""

from collections.abc import Collection
from urllib.parse import urlsplit

import orjson
from starlette.types import Receive, Scope, Send

import errors
from transport.answers import STATUS
from transport.clients import client_address
from transport.errors import known_error
from transport.open_connections import OpenConnection
from transport.response_headers import SAFE
from transport.sampled_log import REFUSALS
from transport.sockets import GOING_AWAY, PROTOCOL, SUBPROTOCOL, Close, Socket, SocketLimits, SocketServices


class Sockets:
    """The WebSocket side of the graph: accepts connections, and keeps those that are open."""

    def __init__(
        self,
        graph: SocketServices,
        limits: SocketLimits = SocketLimits(),  # noqa: B008 - frozen
        *,
        origins: Collection[str] = (),
        own_host: bool = False,
    ) -> None:
        self._graph = graph
        self._limits = limits
        self._origins = frozenset(origins)
        self._own_host = own_host
        self._under_way: set[Socket] = set()

    @property
    def number(self) -> int:
        """How many are open."""
        return len(self._under_way)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        await receive()
        if not self._origin_allowed(scope):
            REFUSALS.warning("websocket_origin_refused")
            refusal = errors.Forbidden("This origin is not one of CORS_ORIGINS.", reason="origin")
            await _refuse(refusal, scope, send)
            return
        try:
            with self._graph.connections.opened(client_address(scope)) as connection:
                await self._serve(scope, receive, send, connection)
        except (errors.Unavailable, errors.TooMany) as refusal:
            await _refuse(refusal, scope, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, connection: OpenConnection) -> None:
        if PROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            await send(Close(SUBPROTOCOL, f"Subprotocol not acceptable: only {PROTOCOL} is spoken here.").message)
            return
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
        socket = Socket(self._graph, self._limits, connection, scope, receive, send)
        self._under_way.add(socket)
        try:
            await socket.serve()
        finally:
            self._under_way.discard(socket)

    def end(self) -> None:
        """Close all connections: the process is about to stop."""
        for socket in self._under_way:
            socket.end(GOING_AWAY, "The server restarts; connect again.")

    def _origin_allowed(self, scope: Scope) -> bool:
        """Whether the origin, if there is one (programs send none), may connect."""
        hosts = {value.decode("latin-1") for name, value in scope["headers"] if name == b"host"}
        asking = (value.decode("latin-1") for name, value in scope["headers"] if name == b"origin")
        return all(
            bool(self._origins & {origin, "*"}) or (self._own_host and urlsplit(origin).netloc in hosts)
            for origin in asking
        )


async def _refuse(refusal: errors.RequestError, scope: Scope, send: Send) -> None:
    """Refuse the handshake."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    headers = [(b"content-type", b"application/json; charset=utf-8"), *SAFE]
    await send({"type": "websocket.http.response.start", "status": STATUS[refusal.code], "headers": headers})
    body = orjson.dumps({"errors": [known_error(refusal)]})
    await send({"type": "websocket.http.response.body", "body": body})
