"""Who acts is read again under the locks of what they do: they may be deleted, or lose a role, in the meantime."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from auth.secrets import Secrets
from models import ids
from tests.architecture.project import GRAPH
from tests.counts import counters
from tests.customers.verbs import STORES, Verb, outcome, verbs
from tests.people import Person, World, number
from tests.tickets.factories import found, solver_counts
from tests.webhooks.clerk import Sender, deleted

assert GRAPH.mutation_type
MUTATIONS = sorted(GRAPH.mutation_type.fields)
FOR_SOLVERS = ["cancelSession", "claimTicket", "completeSession", "releaseTicket", "startSession"]
ROUNDS = 8


@pytest.fixture
def deliver(http: httpx2.AsyncClient, credentials: Secrets) -> Sender:
    """Send events as Svix does."""
    return Sender(http, credentials.clerk_webhook_secrets[0])


async def helper(world: World) -> Person:
    """Make an admin who solves tickets, and so may do everything."""
    me = await world.solver(role="OWNER", phone_number=number(), phone_verified=True)
    await me.graph("{ viewer { id } }")  # which notes that they are here, once a minute
    return me


async def one(world: World, me: Person, name: str) -> Verb:
    return next(verb for verb in await verbs(world, me, []) if verb.name == name)


@asynccontextmanager
async def overtaken(world: World, me: Person, verb: Verb, sql: str) -> AsyncIterator[dict[str, Any]]:
    """Change the row of who acts between the look at their token and the mutation's own locks."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY(pg_blocking_pids(pid))"
    async with world.database.pool.acquire() as connection:
        async with connection.transaction():
            await connection.execute("SELECT FROM customer WHERE id = $1 FOR UPDATE", me.key)
            sent = asyncio.create_task(verb.send(me.graph))
            while not await world.value(waiting, connection.get_server_pid()):
                assert not sent.done(), f"{verb.name} does not lock the customer who acts: {sent.result()}"
                await asyncio.sleep(0.01)
            await connection.execute(sql, me.key)
        yield await sent


class TestEveryMutation:
    """Locks the customer who acts before all else, and looks whether they may still do it."""

    async def test_each_is_tried(self, world: World) -> None:
        """Each mutation of the graph, with an input that it takes."""
        me = await helper(world)
        made = await verbs(world, me, [])
        assert sorted(verb.name for verb in made) == MUTATIONS
        assert {verb.name: outcome(await verb.send(me.graph)) for verb in made} == dict.fromkeys(MUTATIONS, "")

    async def test_anonymous(self, world: World) -> None:
        """Nobody acts, so nobody is locked; a ticket is all that they can send."""
        for verb in await verbs(world, await helper(world), []):
            expected = "" if verb.name == "submitTicket" else "SignedOutError"
            assert outcome(await verb.send(world.nobody)) == expected, verb.name

    @pytest.mark.parametrize("name", MUTATIONS)
    async def test_beside_the_deletion_of_the_account(self, world: World, name: str) -> None:
        me = await helper(world)
        verb = await one(world, me, name)
        async with overtaken(world, me, verb, "DELETE FROM customer WHERE id = $1") as answer:
            assert outcome(answer) == "UNAUTHENTICATED"
            assert answer["errors"][0]["extensions"]["reason"] == "account_deleted"

    @pytest.mark.parametrize("name", [*FOR_SOLVERS, "setRole"])
    async def test_beside_the_loss_of_the_role(self, world: World, name: str) -> None:
        me = await helper(world)
        verb = await one(world, me, name)
        async with overtaken(world, me, verb, "UPDATE customer SET role = 'CUSTOMER' WHERE id = $1") as answer:
            assert outcome(answer) == "NotAllowedError"
            assert answer["data"]["it"]["userErrors"][0]["code"] == "FORBIDDEN"

    async def test_an_admin_who_is_none_any_more(self, world: World) -> None:
        """What only an admin sees is not there for them, also where the mutation itself is for all."""
        me = await helper(world)
        verb = Verb("cancelTicket", {"ticketId": ids.encode("Ticket", (await world.ticket(await world.person())).id)})
        async with overtaken(world, me, verb, "UPDATE customer SET role = 'CUSTOMER' WHERE id = $1") as answer:
            assert outcome(answer) == "NotFoundError"

    async def test_a_role_that_was_given(self, world: World) -> None:
        """Counts as well."""
        me = await helper(world)
        verb = Verb("cancelTicket", {"ticketId": ids.encode("Ticket", (await world.ticket(await world.person())).id)})
        await world.execute("UPDATE customer SET role = 'CUSTOMER' WHERE id = $1", me.key)
        async with overtaken(world, me, verb, "UPDATE customer SET role = 'OWNER' WHERE id = $1") as answer:
            assert outcome(answer) == ""

    async def test_the_role_of_one_field_is_not_asked_of_the_next(self, world: World) -> None:
        me = await helper(world)
        query = """mutation { releaseTicket(input: {ticketId: "x"}) { userErrors { __typename } }
            it: createWishlist(input: {name: "Desk"}) { userErrors { __typename } } }"""
        async with world.database.pool.acquire() as connection:
            async with connection.transaction():
                await connection.execute("UPDATE customer SET role = 'CUSTOMER' WHERE id = $1", me.key)
                sent = asyncio.create_task(me.graph(query))
                waiting = "SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY(pg_blocking_pids(pid))"
                while not await world.value(waiting, connection.get_server_pid()):
                    assert not sent.done()
                    await asyncio.sleep(0.01)
            answer = await sent
        assert answer["releaseTicket"]["userErrors"] == [{"__typename": "NotFoundError"}]
        assert answer["it"]["userErrors"] == []


class TestDeletion:
    """A7: by Clerk's webhook, while its customer does everything at once."""

    async def test_beside_all_verbs(self, world: World, deliver: Sender) -> None:
        for _ in range(ROUNDS):
            me, others = await helper(world), list[Person]()
            made = await verbs(world, me, others)
            sent = [asyncio.create_task(verb.send(me.graph)) for verb in made[::2]]
            leaving = asyncio.create_task(deliver("user.deleted", deleted(me.clerk_id)))
            sent += [asyncio.create_task(verb.send(me.graph)) for verb in made[1::2]]
            answers = await asyncio.gather(*sent)
            assert (await leaving).status_code == 200, (await leaving).text
            names = [verb.name for verb in made[::2] + made[1::2]]
            found_ = dict(zip(names, map(outcome, answers), strict=True))
            wrong = {name: what for name, what in found_.items() if what.isupper() and what != "UNAUTHENTICATED"}
            assert not wrong
            await self.nothing_is_left(world, me, others)

    async def nothing_is_left(self, world: World, me: Person, others: list[Person]) -> None:
        """Of who is gone, but for finished work; and all counters are exact."""
        assert await world.value("SELECT count(*) FROM customer WHERE id = $1", me.key) == 0
        for other in others:
            await counters(world, other)
            if await world.value("SELECT count(*) FROM solver WHERE customer_id = $1", other.key):
                await solver_counts(world, other)
        unfinished = """SELECT count(*) FROM ticket JOIN solver ON solver.id = ticket.solver_id
            WHERE ticket.customer_id = ANY($1) AND ticket.status IN ('CLAIMED', 'IN_PROGRESS') AND solver.customer_id IS NULL"""
        assert await world.value(unfinished, [other.key for other in others]) == 0
        stores = "SELECT followers_count - (SELECT count(*) FROM store_follow WHERE store_id = store.id) FROM store WHERE slug = ANY($1)"
        assert {
            row[0] for row in await world.database.pool.fetch(stores, [f"{name}-{me.username}" for name in STORES])
        } == {0}

    async def test_beside_claiming(self, world: World, deliver: Sender) -> None:
        """The ticket goes back, however it stands: to one who is gone nobody could say anything."""
        for _ in range(ROUNDS):
            me = await world.solver()
            tickets = [await world.ticket() for _ in range(5)]
            claims = [Verb("claimTicket", {"ticketId": ids.encode("Ticket", one.id)}) for one in tickets]
            answers, left = await asyncio.gather(
                asyncio.gather(*(verb.send(me.graph) for verb in claims)),
                deliver("user.deleted", deleted(me.clerk_id)),
            )
            assert left.status_code == 200, left.text
            assert {outcome(answer) for answer in answers} <= {"", "UNAUTHENTICATED"}
            assert {(await found(world, one.id))[:2] for one in tickets} == {("OPEN", None)}


class TestDemotion:
    """A6: a solver who is one no more has no ticket."""

    async def test_beside_claiming(self, world: World) -> None:
        admin = await world.person(role="ADMIN")
        for _ in range(ROUNDS):
            me = await world.solver()
            tickets = [await world.ticket() for _ in range(5)]
            claims = [Verb("claimTicket", {"ticketId": ids.encode("Ticket", one.id)}) for one in tickets]
            demotion = Verb("setRole", {"customerId": me.id, "role": "CUSTOMER"})
            *answers, demoted = await asyncio.gather(
                *(verb.send(me.graph) for verb in claims), demotion.send(admin.graph)
            )
            assert outcome(demoted) == ""
            assert {outcome(answer) for answer in answers} <= {"", "NotAllowedError"}
            assert {(await found(world, one.id))[:2] for one in tickets} == {("OPEN", None)}


class TestTwoDeletions:
    """Of people who solve each other's tickets."""

    async def test_at_once(self, world: World, deliver: Sender) -> None:
        """Each locks the tickets of both; in one order, so that neither waits for the other."""
        for _ in range(ROUNDS):
            pair = [await world.solver(), await world.solver()]
            tickets = [await world.ticket(one, claimed_by=other) for one, other in (pair, pair[::-1]) for _ in range(5)]
            answers = await asyncio.gather(*(deliver("user.deleted", deleted(one.clerk_id)) for one in pair))
            assert [answer.status_code for answer in answers] == [200, 200], [answer.text for answer in answers]
            assert {(await found(world, one.id))[0] for one in tickets} == {"CANCELLED"}
