"""A stream of events that was cut goes on where it was (L1): with Last-Event-ID, nothing is lost and nothing comes twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx2
import orjson
import pytest

import application
from auth.secrets import Secrets
from events import reader, retention
from events.positions import MAX_CHARS, Position, Snapshot
from events.publisher import publish
from events.tickets import TicketChanged
from models import ids
from models.tickets import Ticket, TicketStatus
from settings import Settings
from tests.conftest import serving
from tests.graph import Graph
from tests.people import Person, World
from tests.transport.test_streams import COMPLETE, EVENTS, Stream, streamed, watched
from tests.transport.wires import QUEUE, UPDATED, change
from tests.variables import changed

__all__ = ["watched"]
OPEN = TicketStatus.OPEN


@asynccontextmanager
async def resumed(graph: Graph, query: str, last: str, /, **variables: Any) -> AsyncIterator[Stream]:
    async with streamed(graph, query, {**EVENTS, "last-event-id": last}, **variables) as stream:
        yield stream


async def shown(stream: Stream) -> Any:
    """The next ticket."""
    kind, result = await stream.hear() or ("", {})
    assert (kind, "errors" in result) == ("next", False), result
    assert "extensions" not in result
    (row,) = result["data"].values()
    return row


async def gap(stream: Stream) -> Any:
    """The next ticket, which stands for missed events."""
    kind, result = await stream.hear() or ("", {})
    assert (kind, result["extensions"]) == ("next", {"resync": True})
    (row,) = result["data"].values()
    return row


async def position(world: World, person: Person, ticket: Ticket) -> str:
    """The id of an event that somebody has received, after which their stream was cut."""
    async with streamed(person.graph, UPDATED, id=ids.encode("Ticket", ticket.id)) as stream:
        await change(world, ticket)
        await shown(stream)
    assert stream.id
    return stream.id


class TestRefused:
    async def test_a_stranger_gets_nothing_by_it(self, world: World, watched: Any) -> None:
        person, ticket, id = watched
        last = await position(world, person, ticket)
        await change(world, ticket)
        for graph in (world.nobody, (await world.person()).graph):
            async with resumed(graph, UPDATED, last, id=id) as stream:
                _, result = await stream.hear() or ("", {})
                assert result["errors"][0]["extensions"]["code"] == "NOT_FOUND"
                assert await stream.hear() == COMPLETE

    @pytest.mark.parametrize(
        "last",
        ["x", "1", "0:0:0:0:0", "00000000:1:1", "00000000:1:1,:1:", "00000000:-1::1:", "00000000:1::9999999999999999999:",
         "00000000:1::1:" + "1," * MAX_CHARS + "1", "00000000:1::1:' OR 1=1"],
    )  # fmt: skip
    async def test_what_is_no_id_is_400(self, world: World, watched: Any, last: str) -> None:
        person, _, id = watched
        headers = {**EVENTS, "authorization": f"Bearer {person.graph.token}"}
        body = {"query": UPDATED, "variables": {"id": id}}
        sent = {**{k: v.encode() for k, v in headers.items()}, "last-event-id": last.encode()}
        response = await world.http.post("/graphql", json=body, headers=sent)
        assert response.status_code == 400
        (error,) = response.json()["errors"]
        assert (error["extensions"]["code"], error["extensions"]["reason"]) == ("BAD_USER_INPUT", "last_event_id")
        assert last not in response.text or len(last) < 5

    async def test_nobody_else_minds_the_header(self, world: World) -> None:
        async with resumed(world.nobody, "{ supportedLanguages }", "x") as stream:
            assert (await stream.hear() or ("", {}))[1]["data"]

    async def test_a_browser_may_send_it(self, settings: Settings, credentials: Secrets, database_url: str) -> None:
        page = changed(settings, cors_origins=("https://shop.example",))
        app = application.create(page, credentials, database_url)
        asked = {
            "origin": "https://shop.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "last-event-id",
        }
        async with serving(app) as url, httpx2.AsyncClient(base_url=url) as http:
            assert (await http.options("/graphql", headers=asked)).status_code == 200


class TestResumed:
    async def test_what_was_missed_comes_first(self, world: World, watched: Any) -> None:
        person, ticket, id = watched
        last = await position(world, person, ticket)
        other = await world.ticket(person)
        for _ in range(3):
            await change(world, ticket)
            await change(world, other)
        async with resumed(person.graph, UPDATED, last, id=id) as stream:
            seen = [(await shown(stream), stream.id)[1] for _ in range(3)]
            assert len({last, *seen}) == 4
            await change(world, ticket, urgency="HIGH")
            assert (await shown(stream))["id"] == id
            last = stream.id
        await change(world, ticket, status="CANCELLED")
        async with resumed(person.graph, UPDATED, last, id=id) as stream:
            assert (await shown(stream))["status"] == "CANCELLED"

    async def test_from_each_place_in_a_batch_the_rest_comes_once(self, world: World) -> None:
        solver = await world.solver()
        tickets = [await world.ticket() for _ in range(6)]
        async with streamed(solver.graph, QUEUE) as stream:
            async with world.database.transaction() as tx:
                await publish(tx, *(TicketChanged(one.id, OPEN, OPEN) for one in tickets))
            places = [((await shown(stream))["id"], stream.id) for _ in tickets]
        order = [ids.encode("Ticket", one.id) for one in tickets]
        assert [id for id, _ in places] == order
        last = await world.ticket()
        await change(world, last)
        for number, (_, place) in enumerate(places, 1):
            async with resumed(solver.graph, QUEUE, place) as stream:
                rest = [*order[number:], ids.encode("Ticket", last.id)]
                assert [(await shown(stream))["id"] for _ in rest] == rest

    async def test_a_transaction_that_was_slow_is_not_lost(self, world: World, watched: Any, database_url: str) -> None:
        """It has its id first and commits last, after what the client has received."""
        person, ticket, id = watched
        slow = await asyncpg.connect(database_url)
        try:
            transaction = slow.transaction()
            await transaction.start()
            event = TicketChanged(ticket.id, OPEN, OPEN)
            sql = "INSERT INTO event (kind, payload) VALUES ('TicketChanged', $1)"
            await slow.execute(sql, orjson.dumps(event.payload()).decode())
            last = await position(world, person, ticket)
            await change(world, ticket)
            async with resumed(person.graph, UPDATED, last, id=id) as stream:
                await shown(stream)
                last = stream.id
            await transaction.commit()
            async with resumed(person.graph, UPDATED, last, id=id) as stream:
                await shown(stream)
                slowest = stream.id
            async with resumed(person.graph, UPDATED, slowest, id=id) as stream:
                await change(world, ticket, urgency="LOW")
                await shown(stream)
                await change(world, ticket, status="CANCELLED")
                assert (await shown(stream))["status"] == "CANCELLED"
        finally:
            await slow.close()

    async def test_nothing_is_lost_or_doubled_between_the_missed_and_the_live(self, world: World) -> None:
        solver, watcher = await world.solver(), await world.person()
        last = await position(world, watcher, await world.ticket(watcher))
        tickets = [await world.ticket() for _ in range(60)]

        async def commit() -> None:
            for ticket in tickets:
                await change(world, ticket)

        committing = asyncio.create_task(commit())
        await asyncio.sleep(0.05)
        streams = 4

        async def listen() -> list[str]:
            async with resumed(solver.graph, QUEUE, last) as stream:
                wanted = {ids.encode("Ticket", one.id) for one in tickets}
                found: list[str] = []
                while wanted - set(found):
                    found.append((await shown(stream))["id"])
                return [id for id in found if id in wanted]

        heard = await asyncio.gather(*(listen() for _ in range(streams)))
        await committing
        order = [ids.encode("Ticket", one.id) for one in tickets]
        assert heard == [order] * streams

    async def test_rights_are_those_of_now(self, world: World, watched: Any) -> None:
        person, ticket, id = watched
        last = await position(world, person, ticket)
        await change(world, ticket)
        await world.execute("UPDATE ticket SET customer_id = NULL WHERE id = $1", ticket.id)
        async with resumed(person.graph, UPDATED, last, id=id) as stream:
            assert (await stream.hear() or ("", {}))[1]["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        solver = await world.solver()
        async with resumed(solver.graph, QUEUE, last) as stream:
            await shown(stream)
            last = stream.id
        await change(world, ticket)
        await world.execute("UPDATE customer SET role = 'CUSTOMER' WHERE id = $1", solver.key)
        async with resumed(solver.graph, QUEUE, last) as stream:
            assert (await stream.hear() or ("", {}))[1]["errors"][0]["extensions"]["code"] == "FORBIDDEN"


class TestGap:
    """Where events cannot be found, one message says so."""

    async def test_more_than_may_wait(self, world: World, watched: Any) -> None:
        person, ticket, id = watched
        last = await position(world, person, ticket)
        async with world.database.transaction() as tx:
            await publish(tx, *(TicketChanged(ticket.id, OPEN, OPEN) for _ in range(101)))
        async with resumed(person.graph, UPDATED, last, id=id) as stream:
            assert (await gap(stream))["id"] == id
            last = stream.id
        await change(world, ticket)
        async with resumed(person.graph, UPDATED, last, id=id) as stream:
            await shown(stream)

    async def test_more_than_is_read_at_once(self, world: World, watched: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        person, ticket, id = watched
        last = await position(world, person, ticket)
        other = await world.ticket()
        for _ in range(6):
            await change(world, other)
        monkeypatch.setattr(reader, "MAX_MISSED", 5)
        async with resumed(person.graph, UPDATED, last, id=id) as stream:
            await gap(stream)

    async def test_older_than_what_is_kept(self, world: World, watched: Any) -> None:
        person, ticket, id = watched
        last = await position(world, person, ticket)
        await change(world, ticket)
        await world.execute("UPDATE event SET created_at = now() - interval '8 days'")
        assert await retention.sweep(world.database, 9) == 0
        assert await retention.sweep(world.database, 7) > 0
        async with resumed(person.graph, UPDATED, last, id=id) as stream:
            assert (await gap(stream))["id"] == id
            last = stream.id
        await change(world, ticket)
        async with resumed(person.graph, UPDATED, last, id=id) as stream:
            await shown(stream)

    async def test_of_another_database(self, world: World, watched: Any) -> None:
        person, ticket, id = watched
        last = await position(world, person, ticket)
        known = Position.parse(last)
        assert known
        for other in (Position("00000000", known.snapshot), Position(known.history, Snapshot(10**15))):
            async with resumed(person.graph, UPDATED, str(other), id=id) as stream:
                assert (await gap(stream))["id"] == id
