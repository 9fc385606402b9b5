"""What probes and subscriptions say while something fails."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from models import ids
from models.tickets import Ticket
from tests.faults.clients import Clients
from tests.faults.workload import Stage, Workload
from tests.graph import Graph
from tests.patience import SECONDS
from tests.people import Person, World
from tests.transport.test_streams import Stream, streamed
from tests.transport.wires import Wire, greeted

PROBE_PAUSE = 0.1
STATUS = "subscription ($id: ID!) { ticketUpdated(ticketId: $id) { status } }"
WIRE = "1"


@dataclass
class Probes:
    """The answers of a server's probes, by status."""

    address: str
    live: Counter[int] = field(default_factory=Counter)
    ready: Counter[int] = field(default_factory=Counter)

    async def until_ready(self, status: int) -> None:
        """Wait until the server says whether it is ready."""
        before = self.ready[status]
        async with asyncio.timeout(SECONDS):
            while self.ready[status] == before:  # noqa: ASYNC110 - it is asked by `_ask`
                await asyncio.sleep(0.02)

    async def _ask(self, http: httpx2.AsyncClient, name: str, answers: Counter[int]) -> None:
        while True:
            answers[(await http.get(f"{self.address}/health/{name}")).status_code] += 1
            await asyncio.sleep(PROBE_PAUSE)

    @classmethod
    @asynccontextmanager
    async def watching(cls, address: str) -> AsyncIterator["Probes"]:
        """Ask while the block runs. A connection that fails ends it."""
        probes = cls(address)
        async with httpx2.AsyncClient(timeout=SECONDS) as http, asyncio.TaskGroup() as tasks:
            asking = [
                tasks.create_task(probes._ask(http, "live", probes.live)),
                tasks.create_task(probes._ask(http, "ready", probes.ready)),
            ]
            yield probes
            for task in asking:
                task.cancel()


@dataclass
class Listening:
    """A solver's ticket that is followed by a WebSocket and by a stream."""

    solver: Person
    ticket: str
    wire: Wire
    stream: Stream
    claimed: bool = False

    async def hear_of_a_change(self, clients: Clients) -> None:
        """Change the ticket, and hear of it at both; a message with `resync` may come before."""
        verb, status = ("releaseTicket", "OPEN") if self.claimed else ("claimTicket", "CLAIMED")
        answer = await clients.keyed(self.solver.graph.token, verb, "ticket { status }", ticketId=self.ticket)
        assert answer.done, answer
        self.claimed = not self.claimed
        wanted = {"ticketUpdated": {"status": status}}
        async with asyncio.timeout(SECONDS):
            while (await self._from_wire()).get("data") != wanted:
                pass
            while (await self._from_stream()).get("data") != wanted:
                pass

    async def _from_wire(self) -> Any:
        message = await self.wire.hear()
        if message["type"] == "ping":
            await self.wire.say(type="pong")
            return {}
        assert (message["type"], message["id"]) == ("next", WIRE), message
        return message["payload"]

    async def _from_stream(self) -> Any:
        heard = await self.stream.hear()
        assert heard is not None, "the stream has ended"
        assert heard[0] == "next", heard
        return heard[1]


@asynccontextmanager
async def listening(world: World, address: str) -> AsyncIterator[Listening]:
    """Follow a ticket over both transports, from one server."""
    solver = await world.solver()
    ticket: Ticket = await world.ticket(email=None)
    id = ids.encode("Ticket", ticket.id)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx2.AsyncClient(base_url=address, timeout=SECONDS))
        wire = await stack.enter_async_context(greeted(address, solver.graph.token))
        await wire.ask(WIRE, STATUS, id=id)
        await wire.settled()
        stream = await stack.enter_async_context(streamed(Graph(http, solver.graph.token), STATUS, id=id))
        yield Listening(solver, id, wire, stream)


@asynccontextmanager
async def under_load(
    stage: Stage, url: str, server_url: str | None = None
) -> AsyncIterator[tuple[Workload, Probes, Listening]]:
    """One server, which must neither end nor be restarted, with clients, probes and subscriptions.

    `server_url` is how the server reaches the database, if not as the tests do.
    """
    stage.servers.use(DATABASE_URL=server_url or url)
    server = await stage.servers.start()
    async with stage.mixed(url) as workload:
        async with stage.people(url) as world:
            subscribed = listening(world, server.address)
            listener = await subscribed.__aenter__()
        try:
            async with Probes.watching(server.address) as probes, workload.running():
                yield workload, probes, listener
        finally:
            await subscribed.__aexit__(None, None, None)
    assert server.child.poll() is None, server.text()
    assert set(probes.live) == {200}, probes.live
    assert set(probes.ready) <= {200, 503}, probes.ready
