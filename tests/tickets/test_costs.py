"""The number of SQL statements, reading and writing, does not depend on how much there is."""

from collections.abc import Iterator
from typing import Any

import pytest

from models import ids
from models.tickets import TicketStatus
from tests.people import World
from tests.rows import counting
from tests.tickets.factories import case

PAGE = """{ ticketQueue(first: 50) { nodes { id reference description urgency requestedSolver { name averageRating }
    claimedBy { name } customer { username } sessions { id solver { name } rating { stars } } } pageInfo { endCursor } totalCount } }"""
CLAIMED = "ticket { id status phoneNumber customer { username } claimedBy { name } sessions { id } }"
ENDED = "session { id status ticket { id status } solver { completedSessions } }"


@pytest.fixture
def both(world: World, statements: list[str]) -> Iterator[list[str]]:
    """The SQL of reading paths and of transactions."""
    with counting(statements):
        yield statements


class TestQueuePage:
    """T4."""

    async def test_however_many_wait(self, world: World, both: list[str]) -> None:
        me, wanted = await world.solver(), await world.solver()
        counts = []
        for more in (1, 40):
            for _ in range(more):
                ticket = await world.ticket(
                    await world.person(), requested_solver_id=await world.solver_key(wanted), urgency="CRITICAL"
                )
                await world.session(ticket, solver_id=await world.solver_key(me), status="CANCELLED")
            for _ in range(3):
                both.clear()
                found = (await me.graph(PAGE))["ticketQueue"]
            counts.append(len(both))
            assert found["totalCount"] >= more
        assert counts[0] == counts[1] <= 8


class TestVerbs:
    """What a solver does costs the same on the first ticket and on the fiftieth, in an empty queue and a full one."""

    async def test_a_solvers_day(self, world: World, both: list[str]) -> None:
        me, customer = await world.solver(), await world.person()
        await me.graph("{ viewer { id } }")  # which notes that they are here, once a minute
        days = []
        for more in (0, 30):
            for _ in range(more):
                await world.ticket(customer)
                await case(world, TicketStatus.RESOLVED, customer, me)
            key, costs = ids.encode("Ticket", (await world.ticket(customer)).id), {}

            async def do(verb: str, fields: str, costs: Any = costs, **values: Any) -> Any:
                both.clear()
                payload = await me.graph.mutate(verb, fields, **values)
                assert payload["userErrors"] == []
                costs[f"{len(costs)} {verb}"] = len(both)
                return payload

            await do("claimTicket", CLAIMED, ticketId=key)
            await do("releaseTicket", CLAIMED, ticketId=key)
            await do("claimTicket", CLAIMED, ticketId=key)
            for end in ("cancelSession", "completeSession"):
                session = (await do("startSession", ENDED, ticketId=key))["session"]["id"]
                await do(end, ENDED, sessionId=session)
            days.append(costs)
        assert days[0] == days[1]
        assert max(days[0].values()) <= 14
