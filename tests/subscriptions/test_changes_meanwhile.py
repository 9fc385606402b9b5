"""Listeners who are answered together, when something takes long and rights change in the meantime."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from context import Context
from events.tickets import TicketChanged
from execution.deadline import TooManyRows
from models.tickets import TicketStatus
from tests.people import World
from tests.subscriptions.rounds import Rounds, rounds
from tests.transport.wires import until
from transport import shared_answers
from transport.answers import Answer
from transport.operations import Operations

STATUS = "subscription { ticketQueueChanged { status } }"
OPENED = b'{"data":{"ticketQueueChanged":{"status":"OPEN"}}}'
CARD = "subscription { ticketQueueChanged { id status claimedBy { id } } }"
GUEST = """
    subscription ($reference: String! $phone: PhoneNumber!) {
        guestTicketUpdated(reference: $reference, phoneNumber: $phone) { status }
    }
"""


def only_together(heard: Rounds) -> None:
    for one in heard.listening:
        one.tasks[1].cancel()


def at_first(monkeypatch: pytest.MonkeyPatch, change: Callable[[], Any]) -> None:
    """Let something happen during the first execution."""
    execute, pending = Operations.execute, [change]

    async def changed(self: Operations, *given: Any, **options: Any) -> Answer:
        if pending:
            await pending.pop()()
        return await execute(self, *given, **options)

    monkeypatch.setattr(Operations, "execute", changed)


async def test_who_lost_their_role_while_a_slot_was_awaited_gets_nothing(
    app: Any, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_answers, "MAX_AGE", 0.05)
    ticket, solvers = await world.ticket(), [await world.person(role="SOLVER") for _ in range(4)]
    async with rounds(app) as heard:
        listening = [await heard.listen(person.graph.token, STATUS) for person in solvers]
        only_together(heard)
        slots = heard.together._event_slots
        free = slots._value
        for _ in range(free):
            await slots.acquire()
        telling = asyncio.create_task(heard.tell(TicketChanged(ticket.id, None, TicketStatus.OPEN)))
        await until(lambda: bool(slots._waiters))  # their viewers are known
        await world.execute("UPDATE customer SET role = 'CUSTOMER' WHERE id = $1", solvers[1].key)
        await world.execute("UPDATE customer SET role = 'ADMIN' WHERE id = $1", solvers[2].key)
        await asyncio.sleep(shared_answers.MAX_AGE)
        for _ in range(free):
            slots.release()
        await telling
        assert [one.heard[0].results for one in listening] == [[OPENED], [], [OPENED], [OPENED]]
        assert listening[1].heard[0].end[0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_row_that_was_read_long_ago_is_not_used_for_one_alone(
    app: Any, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_answers, "MAX_AGE", 0.05)
    customer, holder = await world.person(), await world.solver()
    ticket = await world.ticket(customer, claimed_by=holder)
    solvers = [await world.solver() for _ in range(3)]

    async def block() -> None:
        await asyncio.sleep(shared_answers.MAX_AGE)
        for person in solvers:
            await world.block(customer, person)

    async with rounds(app) as heard:
        listening = [await heard.listen(person.graph.token, CARD) for person in solvers]
        only_together(heard)
        at_first(monkeypatch, block)
        await heard.tell(TicketChanged(ticket.id, TicketStatus.OPEN, TicketStatus.CLAIMED))
        assert sum(len(one.heard[0].results) for one in listening) == 1, "whoever was first"


async def test_nor_for_others_who_are_answered_later(app: Any, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One solver has the ticket, so that they are shown its contact data. The other one is not."""
    monkeypatch.setattr(shared_answers, "MAX_AGE", 0.05)
    customer, holder, other = await world.person(), await world.solver(), await world.solver()
    ticket = await world.ticket(customer, claimed_by=holder)
    query = "subscription { ticketQueueChanged { id name } }"

    async def block() -> None:
        await asyncio.sleep(shared_answers.MAX_AGE)
        for person in (holder, other):
            await world.block(customer, person)

    async with rounds(app) as heard:
        listening = [await heard.listen(person.graph.token, query) for person in (holder, holder, other, other)]
        only_together(heard)
        at_first(monkeypatch, block)
        await heard.tell(TicketChanged(ticket.id, TicketStatus.OPEN, TicketStatus.CLAIMED))
        numbers = [len(one.heard[0].results) for one in listening]
        assert numbers in ([1, 1, 0, 0], [0, 0, 1, 1]), "whoever was first"


async def test_who_reads_too_much_ends_nobody_elses_subscription(
    app: Any, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_many() -> None:
        raise TooManyRows(1)

    ticket, admins = await world.ticket(), [await world.person(role="ADMIN") for _ in range(3)]
    async with rounds(app) as heard:
        listening = [await heard.listen(person.graph.token, STATUS) for person in admins]
        only_together(heard)
        at_first(monkeypatch, too_many)
        await heard.tell(TicketChanged(ticket.id, None, TicketStatus.OPEN))
        assert [one.heard[0].results for one in listening] == [[OPENED]] * 3


async def test_guests_with_different_addresses_may_get_different_answers(
    app: Any, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All guests have the same id: none."""
    execute = Operations.execute

    async def with_address(self: Operations, prepared: Any, context: Context, *given: Any, **options: Any) -> Answer:
        answer = await execute(self, prepared, context, *given, **options)
        return answer._replace(content={"data": context.address})

    ticket = await world.ticket()
    addresses = ["192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.2"]
    async with rounds(app) as heard:
        listening = []
        for heard.address in addresses:
            names = {"reference": ticket.reference, "phone": ticket.phone_number}
            listening.append(await heard.listen(None, GUEST, **names))
        only_together(heard)
        monkeypatch.setattr(Operations, "execute", with_address)
        await heard.tell(TicketChanged(ticket.id, TicketStatus.OPEN, TicketStatus.OPEN))
        assert [orjson.loads(one.heard[0].results[0])["data"] for one in listening] == addresses
        assert (heard.together.shared, heard.together.own) == (2, 2)
