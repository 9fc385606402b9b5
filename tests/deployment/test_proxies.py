"""A server behind nginx and behind Caddy: answers, compression, addresses of clients, WebSockets and streams."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

import application
from auth.secrets import Secrets
from models import ids
from settings import Settings
from tests.conftest import serving
from tests.deployment.proxies import CADDY, NGINX, caddy, free_port, nginx, running
from tests.graph import Graph
from tests.patience import SECONDS
from tests.people import World
from tests.transport.test_streams import EVENTS, streamed
from tests.transport.wires import change, followed, greeted, until
from tests.variables import changed

STATUS = "subscription ($id: ID!) { ticketUpdated(ticketId: $id) { status } }"
LARGE = "query Large { __schema { types { name description fields { name description } } } }"


PROXIES = [
    pytest.param(nginx, marks=pytest.mark.skipif(not NGINX, reason="needs nginx"), id="nginx"),
    pytest.param(caddy, marks=pytest.mark.skipif(not CADDY, reason="needs caddy"), id="caddy"),
]


@asynccontextmanager
async def before(server: str, make: Any, folder: Path) -> AsyncIterator[str]:
    """Run a proxy before a server."""
    port, other = free_port(), free_port()
    async with running(make(folder, server.removeprefix("http://"), port, other), folder, port) as url:
        yield url


@pytest.fixture(params=PROXIES)
async def proxied(request: pytest.FixtureRequest, address: str, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a proxy before the server of the tests."""
    async with before(address, request.param, tmp_path) as url:
        yield url


@pytest.fixture
async def through(proxied: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=proxied, timeout=SECONDS) as http:
        yield http


async def test_answers(through: httpx2.AsyncClient) -> None:
    """Compressed once, by the server; a body that is too large is refused by the server, as JSON."""
    answer = await through.post("/graphql", json={"query": LARGE}, headers={"accept-encoding": "br"})
    assert (answer.status_code, answer.headers["content-encoding"]) == (200, "br")
    assert answer.json()["data"]["__schema"]["types"]
    assert len(answer.headers.get_list("x-request-id")) == 1
    large = await through.post("/graphql", json={"query": "{ a }", "variables": {"a": "a" * 200_000}})
    assert (large.status_code, large.json()["errors"][0]["extensions"]["code"]) == (413, "BAD_USER_INPUT")
    assert (await through.get("/metrics")).status_code == 404


async def test_addresses_of_receipts_are_in_no_log(through: httpx2.AsyncClient, tmp_path: Path) -> None:
    """Caddy keeps no log of requests; nginx one without them."""
    secret, logged = "0123456789abcdef" * 2, "/health/ready?of=log"
    assert (await through.get(f"/receipts/RC-4HW-PQ7-XKC/{secret}")).status_code == 404
    assert (await through.get(logged)).status_code == 200
    log = tmp_path / "access.log"
    async with asyncio.timeout(SECONDS):
        while log.exists() and logged not in log.read_text():  # noqa: ASYNC110 - nginx tells nobody
            await asyncio.sleep(0.02)
    assert not await asyncio.to_thread(_holding, tmp_path, secret)


def _holding(folder: Path, text: str) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_file() and text in one.read_text(errors="replace")]


async def test_websocket(proxied: str, world: World, app: Any) -> None:
    person = await world.person()
    ticket = await world.ticket(person)
    async with greeted(proxied, person.graph.token) as wire:
        await followed(app, 1, wire.ask("1", STATUS, id=ids.encode("Ticket", ticket.id)))
        await change(world, ticket, status="CANCELLED")
        assert await wire.data("1") == {"ticketUpdated": {"status": "CANCELLED"}}


async def test_stream(through: httpx2.AsyncClient, world: World) -> None:
    """An event arrives while the stream goes on."""
    person = await world.person()
    ticket = await world.ticket(person)
    async with streamed(Graph(through, person.graph.token), STATUS, id=ids.encode("Ticket", ticket.id)) as stream:
        await change(world, ticket, status="CANCELLED")
        assert await stream.hear() == ("next", {"data": {"ticketUpdated": {"status": "CANCELLED"}}})


@pytest.mark.parametrize("make", PROXIES)
async def test_server_that_is_not_ready(
    settings: Settings, credentials: Secrets, database_url: str, tmp_path: Path, make: Any
) -> None:
    """As without its database: clients get what it says, and no empty page of the proxy."""
    app = application.create(settings, credentials, database_url)
    async with serving(app) as server, before(server, make, tmp_path) as url:
        app.stopping = True
        async with httpx2.AsyncClient(base_url=url, timeout=SECONDS) as http:
            for _ in range(30):
                answer = await http.get("/health/ready")
                assert (answer.status_code, answer.json()["status"]) == (503, "stopping")
                await asyncio.sleep(0.1)


@pytest.mark.parametrize("make", PROXIES)
async def test_client_that_leaves(
    settings: Settings, credentials: Secrets, database_url: str, world: World, tmp_path: Path, make: Any
) -> None:
    """The server is told, and does not find out when it next says something into the stream."""
    person = await world.person()
    id = ids.encode("Ticket", (await world.ticket(person)).id)
    app = application.create(changed(settings, keep_alive_seconds=3_600), credentials, database_url)
    async with serving(app) as server, before(server, make, tmp_path) as url:
        feeds = app.state.resources.listener
        async with (
            httpx2.AsyncClient(base_url=url, timeout=SECONDS) as http,
            streamed(Graph(http, person.graph.token), STATUS, id=id),
        ):
            await until(lambda: len(feeds) == 1)
        await until(lambda: len(feeds) == 0)


@pytest.mark.parametrize("make", PROXIES)
async def test_addresses(
    settings: Settings, credentials: Secrets, database_url: str, world: World, tmp_path: Path, make: Any
) -> None:
    """A client has the address that the proxy has seen, whatever it writes into X-Forwarded-For."""
    person = await world.person()
    id = ids.encode("Ticket", (await world.ticket(person)).id)
    app = application.create(changed(settings, connections_per_address=1), credentials, database_url)

    async def ask(url: str, source: str, claimed: str, opened: AsyncExitStack) -> int:
        transport = httpx2.AsyncHTTPTransport(local_address=source)
        http = httpx2.AsyncClient(base_url=url, timeout=SECONDS, transport=transport)
        await opened.enter_async_context(http)
        headers = EVENTS | {"x-forwarded-for": claimed}
        stream = await opened.enter_async_context(streamed(Graph(http, person.graph.token), STATUS, headers, id=id))
        return stream.response.status_code

    async with serving(app) as server, before(server, make, tmp_path) as url, AsyncExitStack() as opened:
        assert await ask(url, "127.0.0.1", "198.51.100.1", opened) == 200
        assert await ask(url, "127.0.0.1", "198.51.100.2", opened) == 429
        assert await ask(url, "127.0.0.2", "198.51.100.1", opened) == 200
