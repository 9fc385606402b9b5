"""Listeners who are answered together: what it costs, who is left out, and what fails for one and for all."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

import errors
from actions import account_deletion
from events.tickets import TicketChanged
from models import ids
from models.tickets import Ticket, TicketStatus
from tests.people import World
from tests.subscriptions.rounds import Listening, Rounds, rounds
from tests.transport.test_streams import EVENTS, streamed
from tests.transport.wires import QUEUE, UPDATED, Wire, change, followed, greeted
from transport.answers import Answer
from transport.contexts import Contexts
from transport.operations import Operations

STATUS = "subscription { ticketQueueChanged { status } }"
OPENED = b'{"data":{"ticketQueueChanged":{"status":"OPEN"}}}'
RESYNCED = b'{"data":{"ticketQueueChanged":{"status":"OPEN"}},"extensions":{"resync":true}}'


def opened(ticket: Ticket) -> TicketChanged:
    return TicketChanged(ticket.id, None, TicketStatus.OPEN)


def results(listening: list[Listening]) -> list[list[bytes]]:
    """What those who are answered together were sent."""
    return [one.heard[0].results for one in listening]


async def of_queue(heard: Rounds, world: World, *roles: str) -> list[Listening]:
    """Let somebody of each role follow the queue."""
    people = [await world.person(role=role) for role in roles]
    return [await heard.listen(person.graph.token, STATUS) for person in people]


def only_together(heard: Rounds) -> None:
    """Let nobody be answered by themselves."""
    for one in heard.listening:
        one.tasks[1].cancel()


class TestCost:
    async def test_statements_do_not_depend_on_the_number_of_listeners(
        self, app: Any, world: World, statements: list[str]
    ) -> None:
        ticket, counts = await world.ticket(), []
        for number in (2, 6):
            async with rounds(app) as heard:
                listening = await of_queue(heard, world, *["SOLVER", "ADMIN"] * number)
                only_together(heard)
                await heard.tell(opened(ticket))  # writes when each of them was active
                statements.clear()
                await heard.tell(opened(ticket))
                assert results(listening) == [[OPENED, OPENED]] * 2 * number
                counts.append(len(statements))
        assert counts == [3, 3], "viewers; the row for all solvers, and for all administrators"

    async def test_an_operation_is_executed_once(self, app: Any, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        executed, execute = [], Operations.execute

        async def counted(self: Operations, *given: Any, **options: Any) -> Answer:
            executed.append(given[0])
            return await execute(self, *given, **options)

        ticket = await world.ticket()
        async with rounds(app) as heard:
            listening = await of_queue(heard, world, *["ADMIN"] * 5)
            only_together(heard)
            monkeypatch.setattr(Operations, "execute", counted)
            await heard.tell(opened(ticket))
            assert (results(listening), len(executed)) == ([[OPENED]] * 5, 1)

    async def test_each_was_active(self, app: Any, world: World) -> None:
        people = [await world.person(role="ADMIN") for _ in range(3)]
        keys, ticket = [person.key for person in people], await world.ticket()
        async with rounds(app) as heard:
            for person in people:
                await heard.listen(person.graph.token, STATUS)
            await world.execute("UPDATE customer SET last_active_at = NULL WHERE id = ANY($1)", keys)
            only_together(heard)
            await heard.tell(opened(ticket))
            sql = "SELECT count(*) FROM customer WHERE id = ANY($1) AND last_active_at > now() - interval '1 minute'"
            assert await world.value(sql, keys) == 3


class TestRights:
    async def test_of_each_are_read_for_each_event(self, app: Any, world: World) -> None:
        ticket, people = await world.ticket(), [await world.person(role="SOLVER") for _ in range(4)]
        async with rounds(app) as heard:
            listening = [await heard.listen(person.graph.token, STATUS) for person in people]
            await heard.tell(opened(ticket))
            await world.execute("UPDATE customer SET role = 'CUSTOMER' WHERE id = $1", people[0].key)
            await world.execute("UPDATE customer SET role = 'ADMIN' WHERE id = $1", people[2].key)
            async with world.database.transaction() as tx:
                await account_deletion.delete(tx, people[1].clerk_id)
            await heard.tell(opened(ticket))
            assert results(listening) == [[OPENED], [OPENED], [OPENED, OPENED], [OPENED, OPENED]]
            ends = [(one.heard[copy].end or [{}])[0].get("extensions") for one in listening for copy in (0, 1)]
            codes = [end and end["code"] for end in ends]
            assert codes == ["FORBIDDEN"] * 2 + ["UNAUTHENTICATED"] * 2 + [None] * 4

    async def test_who_lost_their_role_is_told_at_the_next_event_whatever_it_is(self, app: Any, world: World) -> None:
        ticket = await world.ticket()
        async with rounds(app) as heard:
            listening = await of_queue(heard, world, "SOLVER", "SOLVER", "ADMIN")
            await world.execute("UPDATE customer SET role = 'CUSTOMER' WHERE role = 'SOLVER'")
            await heard.tell(TicketChanged(ticket.id, TicketStatus.CLAIMED, TicketStatus.IN_PROGRESS))
            assert results(listening) == [[], [], []]
            assert [bool(one.heard[0].end) for one in listening] == [True, True, False]

    async def test_hidden_looks_like_missing(self, app: Any, world: World) -> None:
        customers = [await world.person(), await world.person()]
        admins = [await world.person(role="ADMIN") for _ in range(2)]
        ticket = await world.ticket(customers[0])
        id, query = ids.encode("Ticket", ticket.id), "subscription ($id: ID!) { ticketUpdated(ticketId: $id) { id } }"
        async with rounds(app) as heard:
            people = [customers[0], admins[0], customers[0], admins[1]]
            listening = [await heard.listen(person.graph.token, query, id=id) for person in people]
            await world.execute("UPDATE ticket SET customer_id = $2 WHERE id = $1", ticket.id, customers[1].key)
            await heard.tell(opened(ticket))
            assert [one.heard[0].end for one in listening] == ["complete", None, "complete", None]
            await world.execute("DELETE FROM ticket WHERE id = $1", ticket.id)
            await heard.tell(opened(ticket))
            assert [one.heard[0].end for one in listening] == ["complete"] * 4
            assert [one.heard[0] for one in listening] == [one.heard[1] for one in listening]


class TestFailure:
    async def test_a_partial_answer_is_for_one_alone(
        self, app: Any, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        failed, execute = [], Operations.execute

        async def failing(self: Operations, *given: Any, **options: Any) -> Answer:
            answer = await execute(self, *given, **options)
            if failed:
                return answer
            failed.append(answer)
            return Answer(200, answer.content | {"errors": [{"message": "Once", "extensions": {"code": "INTERNAL"}}]})

        ticket = await world.ticket()
        async with rounds(app) as heard:
            listening = await of_queue(heard, world, *["ADMIN"] * 3)
            only_together(heard)
            monkeypatch.setattr(Operations, "execute", failing)
            await heard.tell(opened(ticket))
            assert sorted(len(orjson.loads(one[0])) for one in results(listening)) == [1, 1, 2]
            assert (heard.together.shared, heard.together.own) == (1, 2)

    async def test_what_is_not_foreseen_is_logged_and_each_answers_alone(
        self, app: Any, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: Any) -> None:
            raise KeyError(ticket.name)

        ticket = await world.ticket()
        async with rounds(app) as heard:
            listening = await of_queue(heard, world, *["ADMIN"] * 3)
            monkeypatch.setattr(Contexts, "observed", broken)
            with capture_logs() as logs:
                await heard.tell(opened(ticket))
            assert results(listening) == [[OPENED]] * 3
            assert [line for line in logs if line["event"] == "events_not_shared"] == [
                {"event": "events_not_shared", "error": "KeyError", "log_level": "error"}
            ]

    async def test_an_outage_is_one_for_all_and_no_event_is_lost(
        self, app: Any, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked, viewers = [], Contexts.viewers

        async def down(self: Contexts, claims: Any) -> Any:
            asked.append(list(claims))
            if len(asked) == 1:
                raise errors.Unavailable("The database cannot be reached just now.")
            return await viewers(self, asked[-1])

        ticket = await world.ticket()
        async with rounds(app) as heard:
            listening = await of_queue(heard, world, *["ADMIN"] * 3)
            only_together(heard)
            monkeypatch.setattr(Contexts, "viewers", down)
            await heard.tell(opened(ticket))
            assert results(listening) == [[RESYNCED]] * 3
            assert len(asked[0]) == 3

    async def test_who_leaves_meanwhile_does_not_disturb_the_others(
        self, app: Any, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        execute = Operations.execute

        async def leaving(self: Operations, *given: Any, **options: Any) -> Answer:
            listening[0].tasks[0].cancel()
            await asyncio.sleep(0)
            return await execute(self, *given, **options)

        ticket = await world.ticket()
        async with rounds(app) as heard:
            listening = await of_queue(heard, world, *["ADMIN"] * 3)
            only_together(heard)
            monkeypatch.setattr(Operations, "execute", leaving)
            await heard.tell(opened(ticket))
            assert results(listening) == [[], [OPENED], [OPENED]]


class TestWires:
    """The same over connections, each in its own envelope."""

    async def test_each_subscription_of_a_connection_has_its_id(self, address: str, app: Any, world: World) -> None:
        admins, ticket = [await world.person(role="ADMIN") for _ in range(2)], await world.ticket()
        names = [f'"{number}"\n' for number in range(5)]
        async with AsyncExitStack() as stack:
            wires = [await stack.enter_async_context(greeted(address, admin.graph.token)) for admin in admins]
            for wire in wires:
                for name in names:
                    await followed(app, 1, wire.ask(name, QUEUE))
            await change(world, ticket)
            for wire in wires:
                messages = [await wire.hear() for _ in names]
                assert sorted(message["id"] for message in messages) == names
                assert {message["type"] for message in messages} == {"next"}
                assert all(message["payload"] == messages[0]["payload"] for message in messages)

    async def test_a_slow_client_keeps_nobody_waiting(self, address: str, app: Any, world: World) -> None:
        admin, ticket = await world.person(role="ADMIN"), await world.ticket(description="x" * 20_000)
        large = " ".join(f"d{n}: description" for n in range(25))
        query = f"subscription {{ ticketQueueChanged {{ status {large} }} }}"
        async with (
            greeted(address, admin.graph.token, max_size=None, max_queue=1) as slow,
            greeted(address, admin.graph.token, max_size=None) as quick,
        ):
            for wire in (slow, quick):
                await followed(app, 1, wire.ask("1", query))
            slow.connection.transport.pause_reading()
            for _ in range(30):
                await change(world, ticket)
                assert (await quick.data("1"))["ticketQueueChanged"]["status"] == "OPEN"
            slow.connection.transport.resume_reading()
            for _ in range(30):
                assert (await slow.data("1"))["ticketQueueChanged"]["status"] == "OPEN"

    async def test_a_resync_is_told_to_all(self, address: str, app: Any, world: World) -> None:
        customer, admin = await world.person(), await world.person(role="ADMIN")
        ticket = await world.ticket(customer)
        async with AsyncExitStack() as stack:
            wires: list[Wire] = []
            for person in (customer, admin, customer, admin):
                wires.append(await stack.enter_async_context(greeted(address, person.graph.token)))
                await followed(app, 1, wires[-1].ask("1", UPDATED, id=ids.encode("Ticket", ticket.id)))
            app.state.resources.listener._resync()
            payloads = [(await wire.hear())["payload"] for wire in wires]
            assert payloads == payloads[:1] * 4
            assert payloads[0]["extensions"] == {"resync": True}
            await change(world, ticket)
            assert [(await wire.hear())["payload"] for wire in wires] == [{"data": payloads[0]["data"]}] * 4

    async def test_streams_go_on_where_they_were(self, address: str, app: Any, world: World) -> None:
        admins, ticket = [await world.person(role="ADMIN") for _ in range(2)], await world.ticket()
        id = ids.encode("Ticket", ticket.id)
        async with greeted(address, admins[0].graph.token) as wire, AsyncExitStack() as stack:
            await followed(app, 1, wire.ask("1", UPDATED, id=id))
            streams = [await stack.enter_async_context(streamed(one.graph, UPDATED, id=id)) for one in admins]
            await change(world, ticket)
            row = await wire.data("1")
            assert [await stream.hear() for stream in streams] == [("next", {"data": row})] * 2
            assert streams[0].id == streams[1].id != ""
            last = streams[0].id
            await change(world, ticket, urgency="HIGH")
            await wire.data("1")
            async with streamed(admins[0].graph, UPDATED, {**EVENTS, "last-event-id": last}, id=id) as resumed:
                assert await resumed.hear() == ("next", {"data": row})
                await change(world, ticket, urgency="LOW")
                for stream in (resumed, *streams):
                    assert await stream.hear() == ("next", {"data": row})
