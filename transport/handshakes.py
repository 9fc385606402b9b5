"""The WebSocket handshake: which origins may connect, and the subprotocol graphql-transport-ws."""

import orjson
from starlette.types import Receive, Scope, Send

import errors
from transport.answers import STATUS
from transport.clients import client_address
from transport.errors import known_error
from transport.open_connections import OpenConnection
from transport.origins import Origins
from transport.response_headers import SAFE
from transport.sampled_log import REFUSALS
from transport.socket_protocol import GOING_AWAY, PROTOCOL, SUBPROTOCOL, Close, SocketLimits
from transport.sockets import Socket, SocketServices


class Sockets:
    """The WebSocket side of the graph: accepts connections, and keeps those that are open."""

    def __init__(
        self,
        graph: SocketServices,
        limits: SocketLimits = SocketLimits(),  # noqa: B008 - frozen
        origins: Origins = Origins((), development=False),  # noqa: B008 - as above
    ) -> None:
        self._graph = graph
        self._limits = limits
        self._origins = origins
        self._under_way: set[Socket] = set()

    @property
    def number(self) -> int:
        """How many are open."""
        return len(self._under_way)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        await receive()
        if not self._origins.allow(scope):
            REFUSALS.warning("websocket_origin_refused", setting="CORS_ORIGINS")
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


async def _refuse(refusal: errors.RequestError, scope: Scope, send: Send) -> None:
    """Refuse the handshake."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    headers = [(b"content-type", b"application/json; charset=utf-8"), *SAFE]
    await send({"type": "websocket.http.response.start", "status": STATUS[refusal.code], "headers": headers})
    body = orjson.dumps({"errors": [known_error(refusal)]})
    await send({"type": "websocket.http.response.body", "body": body})
