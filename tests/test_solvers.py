"""Solvers as customers get to know them, and favourites (T6, T9)."""

import asyncio
from typing import Any

import pytest

from models import ids
from models.tickets import TicketStatus
from tests.crowd import patiently
from tests.graph import only
from tests.people import Person, World
from tests.tickets import case

CARD = "query ($id: ID!) { node(id: $id) { ... on Solver { name averageRating ratingsCount completedSessions } } }"
FAVORITES = "{ viewer { support { favoriteSolvers { totalCount edges { chosenAt node { id name } } } } } }"
BOTH = ("addFavoriteSolver", "removeFavoriteSolver")


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

    @pytest.mark.parametrize(("name", "shown"), [("Amal", "Amal"), (None, "the username")])
    async def test_name(self, world: World, name: str | None, shown: str) -> None:
        me = await world.solver(name=name)
        found = (await me.graph(CARD, id=await solver_id(world, me)))["node"]["name"]
        assert found == (me.username if shown == "the username" else shown)

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
        """S2, C8: the card is there also where the account is not, for a session has its solver in any case."""
        customer, solver = await world.person(), await world.solver(name="Amal", show_profile=False)
        made = await case(world, TicketStatus.RESOLVED, customer, solver)
        await world.block(solver, customer)
        query = (
            "query ($id: ID!, $c: ID!) { node(id: $id) { ... on Session { solver { name } } } customer(id: $c) { id } }"
        )
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
            payload = await customer.graph.mutate("addFavoriteSolver", "solver { id name }", solverId=key)
            assert payload == {"solver": {"id": key, "name": "Amal"}, "userErrors": []}
            assert await favorites(customer) == [key]
        for removed in (True, False):
            payload = await customer.graph.mutate("removeFavoriteSolver", "solver { id } removed", solverId=key)
            assert payload == {"solver": {"id": key}, "removed": removed, "userErrors": []}
            assert await favorites(customer) == []

    async def test_the_latest_first(self, world: World) -> None:
        customer, keys = await world.person(), []
        for _ in range(3):
            solver = await world.solver()
            await world.ticket(customer, solver)
            keys.append(await solver_id(world, solver))
            await customer.graph.mutate("addFavoriteSolver", "solver { id }", solverId=keys[-1])
        assert await favorites(customer) == keys[::-1]

    async def test_gone_with_the_account(self, world: World) -> None:
        """A favourite who leaves stays one, as a former solver."""
        customer, solver, key = await acquainted(world)
        await world.favorite(customer, solver)
        await world.execute("DELETE FROM customer WHERE id = $1", solver.key)
        found = (await customer.graph(FAVORITES))["viewer"]["support"]["favoriteSolvers"]
        assert [edge["node"] for edge in found["edges"]] == [{"id": key, "name": "Former solver"}]

    async def test_fifty_at_once(self, world: World) -> None:
        customer, _, key = await acquainted(world)

        async def do(verb: str) -> Any:
            return await patiently(lambda: customer.graph.mutate(verb, "solver { id }", solverId=key))

        payloads = await asyncio.gather(*(do("addFavoriteSolver") for _ in range(50)))
        assert all(payload["userErrors"] == [] for payload in payloads)
        assert await favorites(customer) == [key]
