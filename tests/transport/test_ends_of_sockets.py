"""Two things at the same moment: a ping with a token is taken from the socket before what came before it has begun."""

import asyncio
from typing import Any

import orjson

from tests.people import World

CREATE = 'mutation { createWishlist(input: {name: "Of a moment"}) { wishlist { id } } }'
SCOPE = {
    "type": "websocket", "path": "/graphql", "scheme": "ws", "headers": [(b"host", b"shop.example")],
    "subprotocols": ["graphql-transport-ws"], "client": ("127.0.0.1", 1),
}  # fmt: skip


class Client:
    """A client whose messages have all arrived before the server asks for them."""

    def __init__(self, app: Any, *messages: dict[str, Any]) -> None:
        self._app = app
        self._messages = list(messages)
        self.sent: list[Any] = []
        self.ends_before = -1
        """Before which message the process stops."""

    async def connect(self) -> int:
        """Send all messages; gives the code by which the server ends the connection."""
        async with asyncio.timeout(10):
            await self._app.sockets(SCOPE, self._receive, self._send)
        return int(self.sent[-1]["code"])

    async def _receive(self) -> dict[str, Any]:
        if not self.sent:
            return {"type": "websocket.connect"}
        if len(self._messages) == self.ends_before:
            self._app.sockets.end()
        if not self._messages:
            await asyncio.Event().wait()
        return {"type": "websocket.receive", "text": orjson.dumps(self._messages.pop(0)).decode()}

    async def _send(self, message: Any) -> None:
        self.sent.append(message)


def greeting(token: str) -> dict[str, Any]:
    return {"type": "connection_init", "payload": {"token": token}}


def ping(token: str) -> dict[str, Any]:
    return {"type": "ping", "payload": {"token": token}}


async def test_a_token_that_is_refused_is_used_by_no_operation(app: Any, world: World) -> None:
    person, other = await world.person(), await world.person()
    create = {"type": "subscribe", "id": "1", "payload": {"query": CREATE}}
    client = Client(app, greeting(person.graph.token), create, ping(other.graph.token))
    assert await client.connect() == 4403
    sql = "SELECT owner_id FROM wishlist WHERE name = 'Of a moment' AND owner_id = ANY($1)"
    assert await world.value(sql, [person.key, other.key]) == person.key


async def test_a_fresh_token_does_not_keep_a_connection_open_that_is_about_to_end(app: Any, world: World) -> None:
    token = (await world.person()).graph.token
    client = Client(app, greeting(token), ping(token))
    client.ends_before = 1
    assert await client.connect() == 1001


async def test_nor_does_its_greeting(app: Any, world: World) -> None:
    client = Client(app, greeting((await world.person()).graph.token))
    client.ends_before = 1
    assert await client.connect() == 1001
