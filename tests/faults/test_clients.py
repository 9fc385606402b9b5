"""Clients that take, send or leave as they like, while others work."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import orjson
from graphql import get_introspection_query

from tests.faults.actors import Lister
from tests.faults.watching import under_load
from tests.faults.workload import Stage, Workload
from tests.people import word

SLOW_READERS, SLOW_SENDERS = 100, 100
LEAVING = 40
MAX_SECONDS_THERE = 0.05
LARGE = get_introspection_query()
"""Its answer is larger than what a connection takes at once."""
CREATE = "mutation ($input: CreateWishlistInput!) { createWishlist(input: $input) { wishlist { id } } }"


async def test_slow_clients(fresh_url: str, stage: Stage, record_property: Any) -> None:
    """A byte a second, in both directions."""
    async with under_load(stage, fresh_url) as (workload, _, listener), AsyncExitStack() as stack:
        address = stage.servers.ready[0].address
        for number in range(SLOW_READERS + SLOW_SENDERS):
            client = await stack.enter_async_context(connected(address))
            crawling = crawl_reading(*client) if number < SLOW_READERS else crawl_sending(*client)
            task = asyncio.create_task(crawling)
            stack.callback(task.cancel)
        await listener.hear_of_a_change(workload.clients)
        await workload.until_acknowledged(200)
    await workload.prove("clients of one byte a second", SLOW_READERS + SLOW_SENDERS, record_property)


async def crawl_reading(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ask for much, and take it slowly."""
    writer.write(post({"query": LARGE}))
    with suppress(OSError):
        while await reader.read(1):  # noqa: ASYNC110 - it is to be slow
            await asyncio.sleep(1)


async def crawl_sending(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a mutation slowly."""
    with suppress(OSError):
        for byte in post({"query": CREATE}):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(1)


async def test_clients_that_leave(fresh_url: str, stage: Stage, record_property: Any) -> None:
    """Whoever goes in the middle of a mutation finds it done or not done; asked again with its key, it is done once."""
    async with under_load(stage, fresh_url) as (workload, _, listener):
        await leave_often(workload, stage.servers.ready[0].address, LEAVING)
        await listener.hear_of_a_change(workload.clients)
    await workload.prove("clients that left", LEAVING, record_property)


async def leave_often(workload: Workload, address: str, times: int) -> None:
    """Go in the middle of a mutation, and ask again with its key."""
    lister = next(actor for actor in workload.actors if isinstance(actor, Lister))
    for _ in range(times):
        name, key = word(), word()
        seconds = workload.clients.random.uniform(0, MAX_SECONDS_THERE)
        await leave(address, lister.token, {"name": name, "idempotencyKey": key}, seconds)
        await lister.create(name, key)


async def leave(address: str, token: str | None, input: dict[str, str], seconds: float) -> None:
    """Send a mutation, and reset the connection a moment later."""
    async with connected(address) as (_, writer):
        writer.write(post({"query": CREATE, "variables": {"input": input}}, token))
        await asyncio.sleep(seconds)
        writer.transport.abort()


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection that takes little at once."""
    parts = urlsplit(address)
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.setblocking(False)
    await asyncio.get_running_loop().sock_connect(narrow, (parts.hostname, parts.port))
    reader, writer = await asyncio.open_connection(sock=narrow, limit=1)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


def post(content: dict[str, Any], token: str | None = None) -> bytes:
    """A request as it is sent."""
    body = orjson.dumps(content)
    bearer = f"authorization: Bearer {token}\r\n" if token else ""
    head = f"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{bearer}content-length: {len(body)}\r\n\r\n"
    return head.encode() + body
