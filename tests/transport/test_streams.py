"""Server-sent events on real sockets (L1): graphql-sse's "distinct connections" mode, beside plain answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx2
import orjson
import pytest

import application
from auth.secrets import Secrets
from models import ids
from models.tickets import Ticket
from settings import Settings
from tests.conftest import serving
from tests.graph import Graph
from tests.people import Person, World
from tests.transport.wires import PATIENCE, QUEUE, UPDATED, change, followed, until
from tests.variables import changed

EVENTS = {"accept": "text/event-stream"}
EVERYTHING = {"accept": "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"}
COMPLETE = ("complete", None)


class Stream:
    """One response, as a client has it."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self.beats = 0
        self.id = ""
        self._lines = response.aiter_lines()

    async def hear(self) -> tuple[str, Any] | None:
        """Receive an event; None at the end of the response."""
        kind = data = ""
        async with asyncio.timeout(PATIENCE):
            async for line in self._lines:
                if line == ":":
                    self.beats += 1
                elif not line and kind:
                    return kind, orjson.loads(data) if data else None
                name, _, value = line.partition(": ")
                self.id = value if name == "id" else self.id
                kind, data = (value, data) if name == "event" else (kind, value if name == "data" else data)
        return None


@asynccontextmanager
async def streamed(
    graph: Graph, query: str, headers: dict[str, str] = EVENTS, /, **variables: Any
) -> AsyncIterator[Stream]:
    given = headers | ({"authorization": f"Bearer {graph.token}"} if graph.token else {})
    members = {"query": query, "variables": variables}
    async with graph.http.stream("POST", "/graphql", json=members, headers=given) as response:
        yield Stream(response)


@pytest.fixture
async def watched(world: World) -> tuple[Person, Ticket, str]:
    person = await world.person()
    ticket = await world.ticket(person)
    return person, ticket, ids.encode("Ticket", ticket.id)


class TestOneResult:
    """Queries, mutations, and whatever ends before it begins."""

    async def test_who_takes_nothing_else_gets_a_stream(self, world: World) -> None:
        async with streamed(world.nobody, "{ supportedLanguages }") as stream:
            assert stream.response.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert "no-store" in stream.response.headers["cache-control"]
            assert await stream.hear() == ("next", {"data": {"supportedLanguages": ["en", "ar"]}})
            assert await stream.hear() == COMPLETE
            assert await stream.hear() is None

    async def test_who_takes_json_as_well_gets_json(self, world: World) -> None:
        async with streamed(world.nobody, "{ supportedLanguages }", EVERYTHING) as stream:
            assert stream.response.headers["content-type"].startswith("application/graphql-response+json")
            assert orjson.loads(await stream.response.aread()) == {"data": {"supportedLanguages": ["en", "ar"]}}

    @pytest.mark.parametrize(
        "query", ["{", "{ nothing }", "query ($a: Int!) { nodes }", "{ customer(id: 1.5) { id } }"]
    )
    async def test_wrong_documents_are_told_in_the_stream(self, world: World, query: str) -> None:
        async with streamed(world.nobody, query) as stream:
            assert stream.response.status_code == 200
            kind, result = await stream.hear() or ("", {})
            assert (kind, result.keys()) == ("next", {"errors"})
            assert result["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
            assert await stream.hear() == COMPLETE

    @pytest.mark.parametrize("query", [QUEUE, "{ supportedLanguages }"])
    async def test_a_bad_token_is_told_by_the_status(self, world: World, query: str) -> None:
        async with streamed(Graph(world.http, "no"), query) as stream:
            assert (stream.response.status_code, stream.response.headers["www-authenticate"][:6]) == (401, "Bearer")
            errors = orjson.loads(await stream.response.aread())["errors"]
            assert errors[0]["extensions"]["code"] == "UNAUTHENTICATED"

    @pytest.mark.parametrize("headers", [{"accept": "application/json"}, {"accept": "*/*"}, {"accept": "image/png"}])
    async def test_a_subscription_needs_a_stream(self, world: World, headers: dict[str, str]) -> None:
        async with streamed(world.nobody, QUEUE, headers) as stream:
            error = orjson.loads(await stream.response.aread())["errors"][0]
            assert error["extensions"]["reason"] in {"subscription", "accept"}

    async def test_get(self, http: httpx2.AsyncClient) -> None:
        query = {"query": "{ supportedLanguages }"}
        assert "event: next" in (await http.get("/graphql", params=query, headers=EVENTS)).text


class TestSubscription:
    """A stream that lasts."""

    async def test_the_hidden_and_the_missing_are_the_same(self, world: World, watched: Any) -> None:
        _, ticket, id = watched
        stranger, missing = await world.person(), ids.encode("Ticket", (await world.person()).key)
        for graph in (world.nobody, stranger.graph):
            told = []
            for asked in (id, missing, ids.encode("Customer", ticket.id), "x"):
                async with streamed(graph, UPDATED, id=asked) as stream:
                    told.append(await stream.hear())
                    assert await stream.hear() == COMPLETE
            assert told == told[:1] * 4
            assert told[0]
            assert told[0][1]["errors"][0]["extensions"]["code"] == "NOT_FOUND"

    @pytest.mark.parametrize("headers", [EVENTS, EVERYTHING])
    async def test_events_come(self, world: World, watched: Any, headers: dict[str, str]) -> None:
        person, ticket, id = watched
        async with streamed(person.graph, UPDATED, headers, id=id) as stream:
            for status in ("OPEN", "CANCELLED"):
                await change(world, ticket, status=status)
                kind, result = await stream.hear() or ("", {})
                assert (kind, result["data"]["ticketUpdated"]["status"]) == ("next", status)

    async def test_silence_is_not_the_end(
        self, settings: Settings, credentials: Secrets, database_url: str, world: World, watched: Any
    ) -> None:
        person, ticket, id = watched
        app = application.create(changed(settings, keep_alive_seconds=0.05), credentials, database_url)
        async with (
            serving(app) as url,
            httpx2.AsyncClient(base_url=url) as http,
            streamed(Graph(http, person.graph.token), UPDATED, id=id) as stream,
        ):
            heard = asyncio.create_task(stream.hear())
            await until(lambda: stream.beats > 3)
            await change(world, ticket)
            assert await heard

    async def test_it_is_over_when_the_ticket_is_gone_for_the_viewer(self, world: World, watched: Any) -> None:
        person, ticket, id = watched
        async with streamed(person.graph, UPDATED, id=id) as stream:
            await change(world, ticket, customer_id=None)
            assert await stream.hear() == COMPLETE
            assert await stream.hear() is None

    async def test_who_leaves_is_forgotten(self, world: World, app: Any, watched: Any) -> None:
        person, _, id = watched

        async def come_and_go() -> None:
            async with streamed(person.graph, UPDATED, id=id):
                await until(lambda: len(app.state.resources.listener) == before + 1)

        before = len(app.state.resources.listener)
        await followed(app, 0, come_and_go())

    async def test_an_expired_token_cuts_it_without_completing(self, world: World, watched: Any) -> None:
        person, _, id = watched
        token = world.issuer.token(person.clerk_id, lifetime=timedelta(seconds=3))
        async with streamed(Graph(world.http, token), UPDATED, id=id) as stream:
            assert await stream.hear() is None
