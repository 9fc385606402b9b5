"""Servers are replaced under load, one after the other, as an upgrade does: no request fails."""

import asyncio
import signal
from contextlib import AsyncExitStack
from time import monotonic
from typing import Any

import httpx2

from models import ids
from tests.faults.clients import TEMPORARY
from tests.faults.watching import STATUS
from tests.faults.workload import Stage
from tests.graph import Graph
from tests.patience import SECONDS
from tests.processes import Process
from tests.transport.test_streams import streamed
from tests.transport.wires import greeted

REPLACED = 3
SOCKETS, STREAMS = 15, 50
OF_A_SOCKET = 10
MAX_SECONDS_TO_STOP = 30
DRAIN = {"SHUTDOWN_DRAIN_SECONDS": "1"}
"""Who has chosen a server before it said that it stops can still send to it."""


async def test_servers_are_replaced(fresh_url: str, stage: Stage, record_property: Any) -> None:
    stage.servers.use(DATABASE_URL=fresh_url, **DRAIN)
    await stage.servers.start()
    async with stage.mixed(fresh_url) as workload:
        async with stage.people(fresh_url) as world:
            watcher = await world.person()
            ticket = ids.encode("Ticket", (await world.ticket(watcher, email=None)).id)
        async with workload.running():
            for _ in range(REPLACED):
                old = stage.servers.ready[0]
                async with AsyncExitStack() as stack:
                    ends = await subscribe(stack, old, watcher.graph.token, ticket)
                    await stage.servers.start()
                    stage.servers.ready.remove(old)
                    began = monotonic()
                    old.child.send_signal(signal.SIGTERM)
                    await ends
                    assert await asyncio.to_thread(old.child.wait, SECONDS) == 0, old.text()
                    assert monotonic() - began < MAX_SECONDS_TO_STOP
                await workload.until_acknowledged()
        report = await workload.prove("SIGTERM to a server", REPLACED, record_property)
    assert report.errors.keys() <= TEMPORARY, "a request was not answered"


async def subscribe(stack: AsyncExitStack, server: Process, token: str | None, ticket: str) -> "asyncio.Task[None]":
    """Open 200 subscriptions to a ticket; gives what waits until the server has ended them."""
    http = await stack.enter_async_context(httpx2.AsyncClient(base_url=server.address, timeout=SECONDS))
    wires = [await stack.enter_async_context(greeted(server.address, token)) for _ in range(SOCKETS)]
    for wire in wires:
        for number in range(OF_A_SOCKET):
            await wire.ask(str(number), STATUS, id=ticket)
    streams = [await stack.enter_async_context(streamed(Graph(http, token), STATUS, id=ticket)) for _ in range(STREAMS)]

    async def ends() -> None:
        codes = await asyncio.gather(*(wire.closed() for wire in wires))
        assert {code for code, _ in codes} <= {1001, 1012}
        for stream in streams:
            while await stream.hear() is not None:
                pass

    return asyncio.create_task(ends())
