"""Tickets live (L1): who hears of what, and rights that change between events."""

from typing import Any

import pytest

from events.queues import RESYNC
from events.tickets import TicketChanged
from models import ids
from models.tickets import Ticket, TicketStatus
from tests.people import Person, World
from tests.transport.wires import QUEUE, UPDATED, Wire, change, followed, greeted, until

OPEN = TicketStatus.OPEN
NONE: dict[str, Any] = dict.fromkeys(("name", "phoneNumber", "email", "customer"))


def id_of(ticket: Ticket) -> str:
    return ids.encode("Ticket", ticket.id)


async def act(person: Person, verb: str, ticket: Ticket, **values: Any) -> None:
    """Do something to a ticket, as a front end does."""
    payload = await person.graph.mutate(verb, "__typename", ticketId=id_of(ticket), **values)
    assert payload["userErrors"] == []


def contact(ticket: Ticket) -> dict[str, Any]:
    """Whose ticket it is and how to reach them, for who gets that."""
    customer = ticket.customer_id and {"id": ids.encode("Customer", ticket.customer_id)}
    return {"name": ticket.name, "phoneNumber": ticket.phone_number, "email": ticket.email, "customer": customer}


async def error(wire: Wire, id: str) -> Any:
    message = await wire.hear()
    assert (message["type"], message["id"]) == ("error", id), message
    (one,) = message["payload"]
    return one["extensions"]["code"], one["message"]


class TestTicketUpdated:
    """For who may see the ticket, at each change of it."""

    async def test_a_stranger_and_nobody_cannot_tell_it_from_none(self, address: str, world: World) -> None:
        ticket = await world.ticket(await world.person())
        missing = ids.encode("Ticket", (await world.person()).key)
        for token in (None, (await world.person()).graph.token):
            async with greeted(address, token) as wire:
                answers = []
                for id in (id_of(ticket), missing, "x"):
                    await wire.ask("1", UPDATED, id=id)
                    answers.append(await error(wire, "1"))
                assert answers[0][0] == "NOT_FOUND"
                assert answers == answers[:1] * 3

    async def test_the_customer_an_admin_and_its_solver_hear(self, address: str, app: Any, world: World) -> None:
        customer, solver, admin = await world.person(), await world.solver(), await world.person(role="ADMIN")
        ticket, other = await world.ticket(customer, claimed_by=solver), await world.ticket(customer)
        for person in (customer, solver, admin):
            async with greeted(address, person.graph.token) as wire:
                await followed(app, 1, wire.ask("1", UPDATED, id=id_of(ticket)))
                await change(world, other)
                await change(world, ticket)
                assert await wire.data("1") == {
                    "ticketUpdated": {"id": id_of(ticket), "status": "CLAIMED", **contact(ticket)}
                }

    async def test_what_it_leads_to_is_new_each_time(self, address: str, app: Any, world: World) -> None:
        customer, solver = await world.person(), await world.solver(name="Before")
        ticket = await world.ticket(customer, claimed_by=solver)
        query = "subscription ($id: ID!) { ticketUpdated(ticketId: $id) { claimedBy { name } } }"
        async with greeted(address, customer.graph.token) as wire:
            await followed(app, 1, wire.ask("1", query, id=id_of(ticket)))
            for name in ("Before", "After", "Later"):
                await world.execute("UPDATE customer SET name = $2 WHERE id = $1", solver.key, name)
                await change(world, ticket)
                assert await wire.data("1") == {"ticketUpdated": {"claimedBy": {"name": name}}}

    async def test_a_solver_who_has_released_it_hears_no_contact_data(
        self, address: str, app: Any, world: World
    ) -> None:
        solver, other = await world.solver(), await world.solver()
        ticket = await world.ticket(await world.person(), claimed_by=solver)
        async with greeted(address, solver.graph.token) as wire:
            await followed(app, 1, wire.ask("1", UPDATED, id=id_of(ticket)))
            await act(solver, "startSession", ticket)
            row = {"id": id_of(ticket), "status": "IN_PROGRESS", **contact(ticket)}
            assert await wire.data("1") == {"ticketUpdated": row}
            await act(solver, "releaseTicket", ticket)
            assert await wire.data("1") == {"ticketUpdated": {"id": id_of(ticket), "status": "OPEN", **NONE}}
            await act(other, "claimTicket", ticket)
            assert await wire.data("1") == {"ticketUpdated": {"id": id_of(ticket), "status": "CLAIMED", **NONE}}

    async def test_it_ends_for_a_solver_who_never_had_it_once_another_has(
        self, address: str, app: Any, world: World
    ) -> None:
        solver, other = await world.solver(), await world.solver()
        ticket = await world.ticket()
        async with greeted(address, solver.graph.token) as wire:
            await followed(app, 1, wire.ask("1", UPDATED, id=id_of(ticket)))
            await act(other, "claimTicket", ticket)
            assert await wire.hear() == {"id": "1", "type": "complete"}
            await until(lambda: len(app.state.resources.listener) == 0)

    async def test_rights_that_are_lost_without_an_event_are_lost_at_the_next(
        self, address: str, app: Any, world: World
    ) -> None:
        solver = await world.solver()
        ticket = await world.ticket(claimed_by=solver)
        async with greeted(address, solver.graph.token) as wire:
            await followed(app, 1, wire.ask("1", UPDATED, id=id_of(ticket)))
            await world.execute("UPDATE customer SET role = 'CUSTOMER' WHERE id = $1", solver.key)
            await change(world, ticket)
            assert await wire.hear() == {"id": "1", "type": "complete"}

    async def test_events_are_answered_by_a_plan(self, address: str, app: Any, world: World) -> None:
        customer = await world.person()
        ticket = await world.ticket(customer)
        outcomes = app.sockets._graph.operations._executor.plans.outcomes
        async with greeted(address, customer.graph.token) as wire:
            await followed(app, 1, wire.ask("1", UPDATED.replace("status", "reference"), id=id_of(ticket)))
            before = outcomes["compiled"]
            for _ in range(3):
                await change(world, ticket)
                await wire.data("1")
            assert outcomes["compiled"] == before + 3

    async def test_after_a_gap_it_comes_as_it_is(self, address: str, app: Any, world: World) -> None:
        customer = await world.person()
        ticket = await world.ticket(customer)
        async with greeted(address, customer.graph.token) as wire:
            await followed(app, 1, wire.ask("1", UPDATED, id=id_of(ticket)))
            await world.execute("UPDATE ticket SET status = 'CANCELLED' WHERE id = $1", ticket.id)
            app.state.resources.listener._resync()
            row = {"id": id_of(ticket), "status": "CANCELLED", **contact(ticket)}
            message = await wire.hear()
            assert message["payload"] == {"data": {"ticketUpdated": row}, "extensions": {"resync": True}}
            await change(world, ticket)
            assert (await wire.hear())["payload"].keys() == {"data"}


class TestTicketQueueChanged:
    """For solvers and admins: what enters the queue, changes in it and leaves it."""

    @pytest.mark.parametrize(("role", "code"), [(None, "UNAUTHENTICATED"), ("CUSTOMER", "FORBIDDEN")])
    async def test_others_are_refused(self, address: str, world: World, role: str | None, code: str) -> None:
        token = (await world.person(role=role)).graph.token if role else None
        async with greeted(address, token) as wire:
            await wire.ask("1", QUEUE)
            assert (await error(wire, "1"))[0] == code
            await wire.settled()

    async def test_a_ticket_enters_changes_and_leaves(self, address: str, app: Any, world: World) -> None:
        solver, other, customer = await world.solver(), await world.solver(), await world.person()
        async with greeted(address, solver.graph.token) as wire:
            await followed(app, 1, wire.ask("1", QUEUE))
            given = {"description": "It hums.", "name": "Somebody", "phoneNumber": "+971501234567"}
            sent = await customer.graph.mutate("submitTicket", "ticket { id }", **given)
            id = sent["ticket"]["id"]
            row = {"id": id, "status": "OPEN", "claimedBy": None, **NONE}
            assert await wire.data("1") == {"ticketQueueChanged": row}
            ticket = Ticket(id=ids.key_of("Ticket", id), status=OPEN)
            await change(world, ticket, urgency="HIGH")
            assert await wire.data("1") == {"ticketQueueChanged": row}
            await act(other, "claimTicket", ticket)
            theirs = {"id": ids.encode("Solver", await world.solver_key(other))}
            assert await wire.data("1") == {"ticketQueueChanged": row | {"status": "CLAIMED", "claimedBy": theirs}}
            await act(other, "startSession", ticket)
            await act(other, "releaseTicket", ticket)
            assert await wire.data("1") == {"ticketQueueChanged": row}
            await act(customer, "cancelTicket", ticket)
            assert await wire.data("1") == {"ticketQueueChanged": row | {"status": "CANCELLED"}}

    async def test_contact_data_is_for_who_has_claimed_it_and_for_admins(
        self, address: str, app: Any, world: World
    ) -> None:
        solver, admin = await world.solver(), await world.person(role="ADMIN")
        for person in (solver, admin):
            ticket = await world.ticket(await world.person())
            async with greeted(address, person.graph.token) as wire:
                await followed(app, 1, wire.ask("1", QUEUE))
                await act(solver, "claimTicket", ticket)
                heard = (await wire.data("1"))["ticketQueueChanged"]
                assert {name: heard[name] for name in NONE} == contact(ticket)

    async def test_their_own_and_those_of_the_blocked_are_not_in_it(self, address: str, app: Any, world: World) -> None:
        solver, blocked, blocker = await world.solver(), await world.person(), await world.person()
        await world.block(solver, blocked)
        await world.block(blocker, solver)
        hidden = [await world.ticket(person) for person in (solver, blocked, blocker)]
        shown = await world.ticket()
        async with greeted(address, solver.graph.token) as wire:
            await followed(app, 1, wire.ask("1", QUEUE))
            for ticket in (*hidden, shown):
                await change(world, ticket)
            assert (await wire.data("1"))["ticketQueueChanged"]["id"] == id_of(shown)

    async def test_who_is_no_longer_a_solver_hears_no_more(self, address: str, app: Any, world: World) -> None:
        solver = await world.solver()
        async with greeted(address, solver.graph.token) as wire:
            await followed(app, 1, wire.ask("1", QUEUE))
            await world.execute("UPDATE customer SET role = 'CUSTOMER' WHERE id = $1", solver.key)
            await change(world, await world.ticket())
            assert (await error(wire, "1"))[0] == "FORBIDDEN"
            await wire.settled()

    async def test_a_gap_is_told_with_the_latest_ticket(self, address: str, app: Any, world: World) -> None:
        solver = await world.solver()
        ticket = await world.ticket()
        async with greeted(address, solver.graph.token) as wire:
            await followed(app, 1, wire.ask("1", QUEUE))
            app.state.resources.listener._resync()
            payload = (await wire.hear())["payload"]
            assert payload["extensions"] == {"resync": True}
            assert payload["data"]["ticketQueueChanged"]["id"] == id_of(ticket)


class TestSlowReader:
    """limits.md: memory does not grow for who does not read; they are told to resync."""

    async def test_the_backlog_becomes_one_resync(self, address: str, app: Any, world: World) -> None:
        customer = await world.person()
        ticket = await world.ticket(customer, description="x" * 20_000)
        large = " ".join(f"d{n}: description" for n in range(25))
        query = f"subscription ($id: ID!) {{ ticketUpdated(ticketId: $id) {{ urgency {large} }} }}"
        async with greeted(address, customer.graph.token, max_size=None, max_queue=1) as wire:
            await followed(app, 1, wire.ask("1", query, id=id_of(ticket)))
            (feed,) = app.state.resources.listener._queues[TicketChanged, ticket.id]
            wire.connection.transport.pause_reading()
            longest = 0
            while RESYNC not in feed._waiting:
                await change(world, ticket)
                longest = max(longest, len(feed))
            assert longest <= 100
            await change(world, ticket, urgency="CRITICAL")
            wire.connection.transport.resume_reading()
            payloads: list[Any] = []
            while not payloads or "extensions" not in payloads[-1]:
                payloads.append((await wire.hear())["payload"])
            assert payloads[-1]["extensions"] == {"resync": True}
            assert payloads[-1]["data"]["ticketUpdated"]["urgency"] == "CRITICAL"
            assert len(payloads) < 50
