"""The harness itself: it finds what is broken, lost, or answered wrongly."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import asyncpg
import httpx2
import pytest

from tests.faults.actors import Collector
from tests.faults.clients import Clients, Outcome
from tests.faults.invariants import AT_REST, INVARIANTS, broken
from tests.faults.workload import Stage
from tests.people import World

REPLICA = "SET session_replication_role = replica; "
"""Without it the database would refuse to be broken so."""
BREAKS = {
    "followers are counted": "UPDATE customer SET followers_count = followers_count + 1",
    "followed customers are counted": "UPDATE customer SET following_customers_count = following_customers_count + 1",
    "completed sessions are counted": "UPDATE solver SET completed_sessions = 7",
    "each customer has one default wishlist": "DELETE FROM wishlist",
    "a ticket in progress has an active session, and no other has": "UPDATE ticket SET status = 'IN_PROGRESS'",
    "a resolved ticket has a completed session": "UPDATE ticket SET status = 'RESOLVED'",
    "a ticket has one mail that it was received": "DELETE FROM mail",
    "an audit entry of a deletion is of somebody who is gone": """
        INSERT INTO audit_entry (id, action, target_type, target_id)
        SELECT gen_random_uuid(), 'customer.deleted', 'Customer', id FROM customer LIMIT 1""",
    "the last entry of a role is the role": """
        INSERT INTO audit_entry (id, action, target_type, target_id, payload)
        SELECT gen_random_uuid(), 'role.changed', 'Customer', id, '{"before": "ADMIN", "after": "OWNER"}'
        FROM customer LIMIT 1""",
    "follow (followee_id) refers to customer": """
        DELETE FROM customer WHERE id = (SELECT followee_id FROM follow LIMIT 1)""",
    "no mail is forgotten": "UPDATE mail SET state = 'SENDING'",
}


@pytest.fixture
async def database(fresh_url: str, stage: Stage) -> AsyncIterator[asyncpg.Connection]:
    """A little of everything, nothing broken."""
    async with stage.people(fresh_url) as world:
        await make(world)
    connection = await asyncpg.connect(fresh_url)
    yield connection
    await connection.close()


async def make(world: World) -> None:
    first, second = await world.person(), await world.person()
    await world.follow(first, second)
    solver = await world.solver()
    ticket = await world.ticket(claimed_by=solver)
    await world.execute(
        "INSERT INTO mail (id, ticket_id, kind, state) VALUES (gen_random_uuid(), $1, 'RECEIVED', 'SENT')", ticket.id
    )


@pytest.mark.parametrize("name", BREAKS)
async def test_a_broken_invariant_is_found(name: str, database: asyncpg.Connection) -> None:
    everything = INVARIANTS | AT_REST
    assert await broken(database, everything) == []
    await database.execute(REPLICA + BREAKS[name])
    assert name in {found.partition(":")[0] for found in await broken(database, everything)}


class TestClients:
    """What counts as lost, and which answers no fault excuses."""

    @pytest.mark.parametrize(
        ("content", "outcome", "mistakes"),
        [
            ({"data": {"addToWishlist": {"userErrors": []}}}, Outcome.DONE, 0),
            ({"data": {"addToWishlist": {"userErrors": [{}]}}}, Outcome.REFUSED, 0),
            ({"errors": [{"extensions": {"code": "UNAVAILABLE"}}]}, Outcome.NOT_DONE, 0),
            ({"errors": [{"extensions": {"code": "TIMEOUT", "committed": True, "retryable": True}}]}, Outcome.DONE, 1),
            ({"errors": [{"extensions": {"code": "UNAVAILABLE", "committed": "unknown"}}]}, Outcome.UNKNOWN, 0),
            ({"errors": [{"extensions": {"code": "UNAVAILABLE", "committed": False}}]}, Outcome.NOT_DONE, 0),
            ({"errors": [{"extensions": {"code": "UNAVAILABLE", "committed": True}}]}, Outcome.DONE, 0),
            ({"errors": [{"extensions": {"code": "INTERNAL"}}]}, Outcome.NOT_DONE, 1),
            ({"errors": [{}]}, Outcome.NOT_DONE, 1),
        ],
    )
    async def test_answers(self, content: Any, outcome: Outcome, mistakes: int) -> None:
        async with answering(httpx2.Response(200, json=content)) as clients:
            answer = await clients.mutate(None, "addToWishlist", "__typename")
        assert (answer.outcome, len(clients.mistakes)) == (outcome, mistakes)

    async def test_an_answer_that_is_no_json(self) -> None:
        async with answering(httpx2.Response(500, text="Internal Server Error")) as clients:
            assert (await clients.mutate(None, "addToWishlist", "__typename")).outcome is Outcome.UNKNOWN
        assert len(clients.mistakes) == 1

    @pytest.mark.parametrize(("committed", "wrong"), [(True, 1), (False, 0), ("unknown", 0)])
    async def test_a_write_that_is_not_there(
        self, committed: bool | str, wrong: int, stage: Stage, fresh_url: str, database: asyncpg.Connection
    ) -> None:
        error = {"extensions": {"code": "UNAVAILABLE", "committed": committed}}
        async with (
            stage.people(fresh_url) as world,
            answering(httpx2.Response(200, json={"errors": [error]})) as clients,
        ):
            collector = Collector(clients, await world.person(), [await world.variant()])
            await collector.step()
        assert len(await collector.wrong(database)) == wrong


@asynccontextmanager
async def answering(response: httpx2.Response) -> AsyncIterator[Clients]:
    """Clients of a server that says one thing only."""
    servers: Any = SimpleNamespace(address=lambda _: "http://server.example")
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(lambda _: response)) as http:
        yield Clients(servers, random.Random(1), "", http)
