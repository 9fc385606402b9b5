"""Solvers as customers get to know them, and favourites (T6, T9)."""

import asyncio
from typing import Any

import pytest

from models import ids
from models.tickets import TicketStatus
from tests.crowd import patiently
from tests.graph import only
from tests.people import Person, World, number
from tests.tickets.factories import case

CARD = "query ($id: ID!) { node(id: $id) { ... on Solver { name averageRating ratingsCount completedSessions } } }"
FAVORITES = "{ viewer { support { favoriteSolvers { totalCount edges { chosenAt node { id name } } } } } }"
BOTH = ("addFavoriteSolver", "removeFavoriteSolver")
SUPPORT = "support { favoriteSolvers { totalCount nodes { id } } }"


def listed(*keys: str) -> Any:
    return {"favoriteSolvers": {"totalCount": len(keys), "nodes": [{"id": key} for key in keys]}}


async def solver_id(world: World, person: Person) -> str:
    return ids.encode("Solver", await world.solver_key(person))


async def favorites(person: Person) -> list[str]:
    found = (await person.graph(FAVORITES))["viewer"]["support"]["favoriteSolvers"]
    assert found["totalCount"] == len(found["edges"])
    return [edge["node"]["id"] for edge in found["edges"]]


async def acquainted(world: World) -> tuple[Person, Person, str]:
    """Make a customer and a solver who had a ticket of theirs."""
    customer, solver = await world.person(), await world.solver(name="Amal")
    await case(world, TicketStatus.RESOLVED, customer, solver)
    return customer, solver, await solver_id(world, solver)


class TestCard:
    """Who meets a solver sees their card; it says nothing of the account behind it."""

    async def test_anonymous(self, world: World) -> None:
        assert await world.nobody(CARD, id=(await acquainted(world))[2]) == {"node": None}

    async def test_stranger(self, world: World) -> None:
        _, _, key = await acquainted(world)
        for role in ("CUSTOMER", "SERVICE"):
            assert await (await world.person(role=role)).graph(CARD, id=key) == {"node": None}

    async def test_who_has_met_them(self, world: World) -> None:
        """By a ticket, a session, a wish, as a favourite; solvers know each other, and admins all."""
        solver, former = await world.solver(), await world.solver()
        key = await solver_id(world, solver)
        met = [await world.person() for _ in range(4)]
        await world.ticket(met[0], solver)
        await world.session(await world.ticket(met[1], former), solver_id=await world.solver_key(solver))
        await world.ticket(met[2], requested_solver_id=await world.solver_key(solver))
        await world.favorite(met[3], solver)
        for person in (*met, solver, former, await world.person(role="ADMIN"), await world.person(role="SOLVER")):
            assert (await person.graph(CARD, id=key))["node"] is not None

    @pytest.mark.parametrize(("name", "shown"), [("Amal", "Amal"), (None, "Support")])
    async def test_name(self, world: World, name: str | None, shown: str) -> None:
        """The username, by which the account could be found, is never on the card."""
        me = await world.solver(name=name)
        assert (await me.graph(CARD, id=await solver_id(world, me)))["node"]["name"] == shown

    async def test_former(self, world: World) -> None:
        """The card outlives the account, with its numbers and without its name."""
        customer, solver, key = await acquainted(world)
        await world.execute(
            "UPDATE solver SET ratings_count = 3, stars_total = 13, completed_sessions = 4 WHERE customer_id = $1",
            solver.key,
        )
        await world.execute("DELETE FROM customer WHERE id = $1", solver.key)
        assert (await customer.graph(CARD, id=key))["node"] == {
            "name": "Former solver", "averageRating": 13 / 3, "ratingsCount": 3, "completedSessions": 4,
        }  # fmt: skip

    async def test_a_hidden_account(self, world: World) -> None:
        """C8: the card is there also where the account hides."""
        customer, solver = await world.person(), await world.solver(name="Amal", show_profile=False)
        made = await case(world, TicketStatus.RESOLVED, customer, solver)
        query = "query ($id: ID!, $c: ID!) { node(id: $id) { ... on SupportSession { solver { name } } } customer(id: $c) { id } }"
        seen = await customer.graph(query, id=made.session_id, c=solver.id)
        assert seen == {"node": {"solver": {"name": "Amal"}}, "customer": None}


class TestFavorites:
    """T9."""

    @pytest.mark.parametrize("verb", BOTH)
    async def test_anonymous(self, world: World, verb: str) -> None:
        key = (await acquainted(world))[2]
        assert only(await world.nobody.mutate(verb, "solver { id }", solverId=key)) == "SignedOutError"

    @pytest.mark.parametrize("verb", BOTH)
    async def test_stranger(self, world: World, verb: str) -> None:
        """Whom they have not met does not exist for them."""
        (_, solver, key), stranger = await acquainted(world), await world.person()
        for wrong in (key, solver.id, ids.encode("Solver", solver.key), "x"):
            assert only(await stranger.graph.mutate(verb, "solver { id }", solverId=wrong)) == "NotFoundError"

    async def test_add_and_remove(self, world: World) -> None:
        customer, _, key = await acquainted(world)
        for _ in range(2):
            payload = await customer.graph.mutate("addFavoriteSolver", f"solver {{ id name }} {SUPPORT}", solverId=key)
            assert payload == {"solver": {"id": key, "name": "Amal"}, "support": listed(key), "userErrors": []}
            assert await favorites(customer) == [key]
        for removed in (True, False):
            payload = await customer.graph.mutate(
                "removeFavoriteSolver", f"solver {{ id }} removed {SUPPORT}", solverId=key
            )
            assert payload == {"solver": {"id": key}, "removed": removed, "support": listed(), "userErrors": []}
            assert await favorites(customer) == []

    async def test_the_latest_first(self, world: World) -> None:
        customer, keys = await world.person(), []
        for _ in range(3):
            solver = await world.solver()
            await world.ticket(customer, solver)
            keys.append(await solver_id(world, solver))
            await customer.graph.mutate("addFavoriteSolver", "solver { id }", solverId=keys[-1])
        assert await favorites(customer) == keys[::-1]

    async def test_fifty_at_once(self, world: World) -> None:
        customer, _, key = await acquainted(world)

        async def do(verb: str) -> Any:
            return await patiently(lambda: customer.graph.mutate(verb, "solver { id }", solverId=key))

        payloads = await asyncio.gather(*(do("addFavoriteSolver") for _ in range(50)))
        assert all(payload["userErrors"] == [] for payload in payloads)
        assert await favorites(customer) == [key]

    async def test_gone_with_the_account(self, world: World) -> None:
        """A favourite who leaves stays one, as a former solver."""
        customer, solver, key = await acquainted(world)
        await world.favorite(customer, solver)
        await world.execute("DELETE FROM customer WHERE id = $1", solver.key)
        found = (await customer.graph(FAVORITES))["viewer"]["support"]["favoriteSolvers"]
        assert [edge["node"] for edge in found["edges"]] == [{"id": key, "name": "Former solver"}]


WORK = """query ($ticket: ID!, $session: ID!) {
    ticket(id: $ticket) { status claimedBy { name } requestedSolver { name } sessions { status solver { name } } }
    node(id: $session) { ... on SupportSession { status solver { name } } } }"""


class TestBlocks:
    """S2, T10: a block between a customer and the account of a solver hides the card, and nothing else."""

    @pytest.mark.parametrize("blocker", ["customer", "solver"])
    async def test_the_card_is_nowhere(self, world: World, blocker: str) -> None:
        customer, solver, key = await acquainted(world)
        await world.favorite(customer, solver)
        made = await case(world, TicketStatus.IN_PROGRESS, customer, solver)
        await world.execute("UPDATE ticket SET requested_solver_id = solver_id WHERE id = $1", made.ticket.id)
        everything = {
            "ticket": {
                "status": "IN_PROGRESS", "claimedBy": {"name": "Amal"}, "requestedSolver": {"name": "Amal"},
                "sessions": [{"status": "ACTIVE", "solver": {"name": "Amal"}}],
            },
            "node": {"status": "ACTIVE", "solver": {"name": "Amal"}},
        }  # fmt: skip
        assert await customer.graph(WORK, ticket=made.id, session=made.session_id) == everything
        await world.block(*((customer, solver) if blocker == "customer" else (solver, customer)))

        hidden = {
            "ticket": {
                "status": "IN_PROGRESS", "claimedBy": None, "requestedSolver": None,
                "sessions": [{"status": "ACTIVE", "solver": None}],
            },
            "node": {"status": "ACTIVE", "solver": None},
        }  # fmt: skip
        assert await customer.graph(WORK, ticket=made.id, session=made.session_id) == hidden
        assert await customer.graph(CARD, id=key) == {"node": None}
        assert await favorites(customer) == []
        for verb in BOTH:
            assert only(await customer.graph.mutate(verb, "solver { id }", solverId=key)) == "NotFoundError"
        payload = await customer.graph.mutate(
            "submitTicket", "ticket { id }", name="Noor", phoneNumber=number(), description="Again", deviceType="PHONE",
            requestedSolverId=key,
        )  # fmt: skip
        assert (payload["ticket"], only(payload)) == (None, "NotFoundError")

        for other in (solver, await world.person(role="ADMIN")):
            found = await other.graph(WORK, ticket=made.id, session=made.session_id)
            assert found["ticket"]["claimedBy"] == found["node"]["solver"] == {"name": "Amal"}

    async def test_what_is_under_way_goes_on(self, world: World) -> None:
        """The ticket stays with its solver, who ends the session; the customer rates it."""
        customer, solver, _ = await acquainted(world)
        made = await case(world, TicketStatus.IN_PROGRESS, customer, solver)
        await world.block(customer, solver)
        ended = await solver.graph.mutate(
            "completeSession",
            "session { status ticket { status customer { id } } }",
            sessionId=made.session_id,
            resolved=True,
        )
        assert ended["session"] == {"status": "COMPLETED", "ticket": {"status": "RESOLVED", "customer": None}}
        rated = await customer.graph.mutate(
            "rateSession", "session { solver { id } rating { stars } }", sessionId=made.session_id, stars=4
        )
        assert rated["session"] == {"solver": None, "rating": {"stars": 4}}

    async def test_between_solvers(self, world: World) -> None:
        """Solvers know each other, unless there is a block; admins know everybody."""
        one, other, admin = await world.solver(), await world.solver(), await world.person(role="ADMIN")
        await world.block(one, other)
        await world.block(one, admin)
        key = await solver_id(world, one)
        assert await other.graph(CARD, id=key) == {"node": None}
        for sees in (one, admin):
            assert (await sees.graph(CARD, id=key))["node"] is not None

    async def test_a_favourite_is_back_after_the_block(self, world: World) -> None:
        customer, solver, key = await acquainted(world)
        await world.favorite(customer, solver)
        await customer.graph.mutate("blockCustomer", "customer { id }", customerId=solver.id)
        assert await favorites(customer) == []
        await customer.graph.mutate("unblockCustomer", "customer { id }", customerId=solver.id)
        assert await favorites(customer) == [key]
