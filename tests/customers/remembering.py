"""Servers that remember viewers, over a database of their own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple

import asyncpg
import httpx2

import application
from auth.issuer import DevelopmentIssuer
from auth.secrets import Secrets
from auth.viewer_memory import ViewerMemory
from events.subscriber import Listener
from settings import Settings
from tests.conftest import serving
from tests.graph import Graph
from tests.patience import SECONDS
from tests.people import Person, World
from tests.transport.wires import until
from tests.variables import changed

TRIGGERS = ("viewer_changed", "viewer_deleted")
ASK = "{ viewer { id username } }"
QUEUE = "{ ticketQueue { nodes { id } } }"
ROLE = "UPDATE customer SET role = $2 WHERE id = $1"


class Remembering(NamedTuple):
    """A running server whose time stands still as far as its memory is concerned: nothing is forgotten by age."""

    app: Any
    http: httpx2.AsyncClient
    address: str
    world: World

    @property
    def viewers(self) -> ViewerMemory:
        return self.app.state.resources.viewers  # type: ignore[no-any-return]

    @property
    def listener(self) -> Listener:
        return self.app.state.resources.listener  # type: ignore[no-any-return]

    def graph(self, person: Person) -> Graph:
        """The front end of somebody at this server."""
        return Graph(self.http, person.graph.token)

    async def current(self) -> None:
        """Wait until the listener is relied on."""
        await until(lambda: self.listener.watches.is_current)

    async def meet(self, person: Person) -> None:
        """Have somebody remembered."""
        await self.current()
        for _ in range(2):  # the first request may be one that writes when they were last active
            assert (await self.graph(person)(ASK))["viewer"]["id"] == person.id
        assert person.clerk_id in self.viewers._remembered

    async def was_told(self) -> None:
        """Wait for the notifications of all that is committed."""
        await self.listener.prove()
        assert self.listener.watches.is_current


@asynccontextmanager
async def remembering(settings: Settings, credentials: Secrets, url: str, **values: Any) -> AsyncIterator[Remembering]:
    """Start a server."""
    app = application.create(changed(settings, **{"viewer_memory_seconds": 2} | values), credentials, url)
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(serving(app))
        http = await stack.enter_async_context(httpx2.AsyncClient(base_url=address, timeout=SECONDS))
        database = app.state.resources.database
        database.pool = await stack.enter_async_context(asyncpg.create_pool(url, min_size=0, max_size=5))
        assert credentials.issuer_key
        world = World(database, DevelopmentIssuer(settings, credentials.issuer_key), http)
        made = Remembering(app, http, address, world)
        made.viewers._clock = lambda: 0.0
        made.listener.watches._max_age = SECONDS  # a busy machine may prove it seldom
        yield made


async def untold(world: World, sql: str, *values: Any) -> None:
    """Change customers without telling anybody."""
    async with world.database.pool.acquire() as connection, connection.transaction():
        for how in ("DISABLE", "ENABLE"):
            for trigger in TRIGGERS:
                await connection.execute(f"ALTER TABLE customer {how} TRIGGER {trigger}")
            if how == "DISABLE":
                await connection.execute(sql, *values)


async def at_each(servers: list[Remembering], person: Person, query: str = ASK) -> list[Any]:
    """Ask all servers the same; gives their answers, all that came at the first request."""
    return [answer.json() for answer in await asyncio.gather(*(one.graph(person).send(query) for one in servers))]


def refused(answer: Any) -> str:
    """Why an answer has no data: the code of its error."""
    return str(answer["errors"][0]["extensions"]["code"])
