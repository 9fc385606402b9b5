"""Talking graphql-transport-ws to the real server, a message at a time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson
from sqlalchemy import update
from sqlmodel import col
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from events.publisher import publish
from events.tickets import TicketChanged
from models.tickets import Ticket, TicketStatus
from tests.patience import SECONDS
from tests.people import World

PROTOCOL = "graphql-transport-ws"
PATIENCE = SECONDS
CONTACT = "name phoneNumber email customer { id }"
UPDATED = f"subscription ($id: ID!) {{ ticketUpdated(ticketId: $id) {{ id status {CONTACT} }} }}"
QUEUE = f"subscription {{ ticketQueueChanged {{ id status claimedBy {{ id }} {CONTACT} }} }}"


class Wire:
    """One connection, as a client has it."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, **message: Any) -> None:
        """Send a message."""
        await self.connection.send(orjson.dumps(message).decode())

    async def hear(self, seconds: float = PATIENCE) -> Any:
        """Receive a message."""
        async with asyncio.timeout(seconds):
            return orjson.loads(await self.connection.recv())

    async def greet(self, token: str | None = None) -> None:
        """Be let in, as somebody or as nobody."""
        await self.say(type="connection_init", payload={"token": token} if token else None)
        assert await self.hear() == {"type": "connection_ack"}

    async def ask(self, id: str, query: str, /, **variables: Any) -> None:
        """Begin an operation."""
        await self.say(type="subscribe", id=id, payload={"query": query, "variables": variables})

    async def settled(self) -> None:
        """Wait until the server has taken all that was said before."""
        await self.say(type="ping")
        assert await self.hear() == {"type": "pong"}

    async def data(self, id: str) -> Any:
        """Receive the data of the next result of an operation."""
        message = await self.hear()
        assert (message["type"], message["id"], "errors" in message["payload"]) == ("next", id, False), message
        return message["payload"]["data"]

    async def closed(self, seconds: float = PATIENCE) -> tuple[int, str]:
        """Wait for the end; gives code and reason."""
        async with asyncio.timeout(seconds):
            with suppress(ConnectionClosed):
                while True:
                    await self.connection.recv()
        assert self.connection.close_code, "the connection was cut"
        return self.connection.close_code, self.connection.close_reason or ""


@asynccontextmanager
async def wired(address: str, **options: Any) -> AsyncIterator[Wire]:
    """Connect, without a greeting."""
    given = {"subprotocols": [PROTOCOL], "compression": None, "proxy": None} | options
    async with connect(address.replace("http", "ws", 1) + "/graphql", **given) as connection:
        yield Wire(connection)


@asynccontextmanager
async def greeted(address: str, token: str | None = None, **options: Any) -> AsyncIterator[Wire]:
    """Connect, and be let in."""
    async with wired(address, **options) as wire:
        await wire.greet(token)
        yield wire


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that will be so."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def followed(app: Any, feeds: int, ask: Awaitable[Any]) -> None:
    """Begin subscriptions, and wait until the server listens for as many more."""
    before = len(app.state.resources.listener)
    await ask
    await until(lambda: len(app.state.resources.listener) == before + feeds)


async def change(world: World, ticket: Ticket, *, was: TicketStatus | None = None, **values: Any) -> None:
    """Change a ticket as a mutation does: the row and the fact in one transaction."""
    async with world.database.transaction() as session:
        if values:
            await session.exec(update(Ticket).where(col(Ticket.id) == ticket.id).values(**values))
        status = values.get("status", ticket.status)
        await publish(session, TicketChanged(ticket.id, was or ticket.status, TicketStatus(status)))
