"""Two server processes over one database: each hears what the other does, and leaves without keeping anybody waiting."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from typing import Any

import httpx2
import pytest

from models import ids
from settings import Settings
from tests.graph import Failed, Graph
from tests.patience import SECONDS
from tests.people import Person, World
from tests.processes import Process
from tests.transport.test_streams import streamed
from tests.transport.wires import QUEUE, Wire, change, greeted

OPERATIONS = "subscription ($id: ID!) { ticketUpdated(ticketId: $id) { status } }"
CREATE = 'mutation { createWishlist(input: {name: "Late"}) { wishlist { id } } }'


@pytest.fixture
async def other(
    settings: Settings, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Process]:
    """A second server, with the secrets of the first."""
    process = Process(
        settings.data_folder,
        tmp_path_factory.mktemp("other"),
        DATABASE_URL=database_url,
        PUBLIC_URL=settings.server.public_url,
    )
    await asyncio.to_thread(process.wait)
    yield process
    if process.child.poll() is None:
        process.child.send_signal(signal.SIGKILL)
        process.child.wait()
    process.said.close()


async def heard(wire: Wire, person: Person, verb: str, ticket: str) -> Any:
    """Do something at one server, and hear of it at the other."""
    payload = await person.graph.mutate(verb, "__typename", ticketId=ticket)
    assert payload["userErrors"] == []
    return await wire.data("1")


async def listens(wire: Wire, world: World) -> None:
    """Wait until a subscription to the queue is heard: nothing else says that it has begun."""
    ticket = await world.ticket()
    while True:
        await change(world, ticket)
        with suppress(TimeoutError):
            await wire.hear(0.2)
            break
    with suppress(TimeoutError):
        while True:
            await wire.hear(0.3)


class TestTwoProcesses:
    """X7, as far as live data needs it."""

    async def test_each_hears_the_other(self, address: str, other: Process, world: World) -> None:
        solver = await world.solver()
        async with httpx2.AsyncClient(base_url=other.address, timeout=SECONDS) as http:
            there = Person(solver.key, solver.username, solver.clerk_id, Graph(http, solver.graph.token))
            for at, by in ((other.address, solver), (address, there)):
                ticket = await world.ticket()
                id = ids.encode("Ticket", ticket.id)
                async with greeted(at, solver.graph.token) as wire:
                    await wire.ask("1", QUEUE)
                    await listens(wire, world)
                    for verb, status in (("claimTicket", "CLAIMED"), ("releaseTicket", "OPEN")):
                        row = (await heard(wire, by, verb, id))["ticketQueueChanged"]
                        assert (row["id"], row["status"]) == (id, status)
            ticket = await world.ticket()
            async with streamed(there.graph, OPERATIONS, id=ids.encode("Ticket", ticket.id)) as stream:
                await solver.graph.mutate("claimTicket", "__typename", ticketId=ids.encode("Ticket", ticket.id))
                assert await stream.hear() == ("next", {"data": {"ticketUpdated": {"status": "CLAIMED"}}})


class TestLeaving:
    """limits.md: SIGTERM with 50 mutations and 200 subscriptions under way; gone within 30 s."""

    async def test_sockets_and_streams_end_at_once(self, other: Process, world: World) -> None:
        solver = await world.solver()
        limits = httpx2.Limits(max_connections=120, max_keepalive_connections=120)
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(
                httpx2.AsyncClient(base_url=other.address, limits=limits, timeout=SECONDS)
            )
            there = Graph(http, solver.graph.token)
            wires = [await stack.enter_async_context(greeted(other.address, there.token)) for _ in range(15)]
            for wire in wires:
                for number in range(10):
                    await wire.ask(str(number), QUEUE)
                await wire.settled()
            streams = [await stack.enter_async_context(streamed(there, QUEUE)) for _ in range(50)]
            sent = [asyncio.create_task(there(CREATE)) for _ in range(50)]
            for answer in asyncio.as_completed(sent):
                with suppress(Failed):  # all but five of them are refused
                    await answer
                    break
            begun = time.monotonic()
            other.child.send_signal(signal.SIGTERM)
            ends = await asyncio.gather(*(wire.closed() for wire in wires))
            assert {code for code, _ in ends} <= {1001, 1012}
            assert [await stream.hear() for stream in streams] == [None] * 50
            answers = await asyncio.gather(*sent, return_exceptions=True)
            assert await asyncio.to_thread(other.child.wait, SECONDS) == 0
            assert time.monotonic() - begun < 25, "it waited for what lasts"
        done = [answer for answer in answers if not isinstance(answer, BaseException)]
        count = await world.value("SELECT count(*) FROM wishlist WHERE owner_id = $1 AND NOT is_default", solver.key)
        assert count >= len(done) > 0
