"""Claiming and giving back (T4), by one and by many at once."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from models import ids
from models.tickets import TicketStatus
from tests.crowd import patiently
from tests.graph import only
from tests.people import NOW, Person, World
from tests.tickets.factories import case, found

AT_ONCE = 50
TICKET = "ticket { id status claimedAt claimedBy { id name } name phoneNumber email customer { id } }"


async def do(verb: str, person: Person, key: str, **values: Any) -> Any:
    """Do something to a ticket, and again where the server was too busy."""
    return await patiently(lambda: person.graph.mutate(verb, TICKET, ticketId=key, **values))


class TestClaim:
    """One solver gets the ticket, and with it the contact data."""

    async def test_anonymous(self, world: World) -> None:
        key = ids.encode("Ticket", (await world.ticket()).id)
        payload = await world.nobody.mutate("claimTicket", TICKET, ticketId=key)
        assert (payload["ticket"], only(payload)) == (None, "SignedOutError")

    async def test_stranger(self, world: World) -> None:
        """Who is not a solver, even the ticket's own customer."""
        me = await world.person()
        payload = await do("claimTicket", me, ids.encode("Ticket", (await world.ticket(me)).id))
        assert (payload["ticket"], payload["userErrors"][0]["requiredRole"]) == (None, "SOLVER")

    async def test_first_claim(self, world: World) -> None:
        """It makes the solver, who keeps one card from then on."""
        me, customer = await world.person(role="SOLVER", name="Sam"), await world.person()
        first, second = await world.ticket(customer), await world.ticket()
        payload = await do("claimTicket", me, ids.encode("Ticket", first.id))
        card = {"id": ids.encode("Solver", await world.solver_key(me)), "name": "Sam"}
        assert payload["ticket"] == {
            "id": ids.encode("Ticket", first.id), "status": "CLAIMED", "claimedBy": card,
            "claimedAt": payload["ticket"]["claimedAt"], "name": first.name, "phoneNumber": first.phone_number,
            "email": first.email, "customer": {"id": customer.id},
        }  # fmt: skip
        assert datetime.fromisoformat(payload["ticket"]["claimedAt"]) >= NOW
        payload = await do("claimTicket", me, ids.encode("Ticket", second.id))
        assert payload["ticket"]["claimedBy"] == card
        claimed = await me.graph("{ claimedTickets { nodes { id } totalCount } }")
        both = [{"id": ids.encode("Ticket", row.id)} for row in (second, first)]
        assert claimed["claimedTickets"] == {"nodes": both, "totalCount": 2}

    async def test_too_late(self, world: World) -> None:
        """The loser is told who and since when, also where the session has begun."""
        winner, loser = await world.solver(name="Amal"), await world.solver()
        for status in (TicketStatus.CLAIMED, TicketStatus.IN_PROGRESS):
            made = await case(world, status, await world.person(), winner)
            payload = await do("claimTicket", loser, made.id)
            (told,) = payload["userErrors"]
            assert (payload["ticket"], told["__typename"], told["code"]) == (
                None, "TicketAlreadyClaimedError", "CONFLICT",
            )  # fmt: skip
            assert datetime.fromisoformat(told["claimedAt"]) == made.ticket.claimed_at
            assert told["claimedBy"] == {"id": ids.encode("Solver", await world.solver_key(winner)), "name": "Amal"}
            assert "Amal claimed" in told["message"]
            assert f"{made.ticket.claimed_at:%H:%M:%S}" in told["message"]
            assert told["field"] == ["input", "ticketId"]

    async def test_too_late_for_somebody_blocked(self, world: World) -> None:
        """S2: with a block between the two solvers, the loser learns that it is taken and since when, not by whom."""
        winner, loser = await world.solver(name="Amal"), await world.solver()
        await world.block(winner, loser)
        made = await case(world, TicketStatus.CLAIMED, await world.person(), winner)
        (told,) = (await do("claimTicket", loser, made.id))["userErrors"]
        assert (told["__typename"], told["claimedBy"]) == ("TicketAlreadyClaimedError", None)
        assert datetime.fromisoformat(told["claimedAt"]) == made.ticket.claimed_at
        assert told["message"].startswith("Another solver claimed this ticket at ")

    @pytest.mark.parametrize("status", [status for status in TicketStatus if status is not TicketStatus.OPEN])
    async def test_never_in_their_queue(self, world: World, status: TicketStatus) -> None:
        """T8: a ticket that is not there for the solver looks like one that does not exist."""
        holder, stranger, blocked = [await world.solver() for _ in range(3)]
        customer = await world.person()
        await world.block(customer, blocked)
        made = await case(world, status, customer, holder)
        for person in (blocked, stranger):
            payload = await do("claimTicket", person, made.id)
            if person is stranger and status in {TicketStatus.CLAIMED, TicketStatus.IN_PROGRESS}:
                assert only(payload) == "TicketAlreadyClaimedError"  # it was in their queue a moment ago
                continue
            missing = await do("claimTicket", person, ids.encode("Ticket", uuid4()))
            missing["userErrors"][0]["id"] = made.id
            assert payload == missing

    async def test_a_former_solver(self, world: World) -> None:
        """Who claimed it may have no account any more."""
        winner, loser = await world.solver(), await world.solver()
        made = await case(world, TicketStatus.CLAIMED, await world.person(), winner)
        await world.execute("DELETE FROM customer WHERE id = $1", winner.key)
        (told,) = (await do("claimTicket", loser, made.id))["userErrors"]
        assert told["claimedBy"]["name"] == "Former solver"

    async def test_their_own(self, world: World) -> None:
        me = await world.solver()
        made = await world.ticket(me)
        assert only(await do("claimTicket", me, ids.encode("Ticket", made.id))) == "NotAllowedError"
        assert (await found(world, made.id))[0] == "OPEN"

    async def test_released_and_claimed_by_another(self, world: World) -> None:
        """It changes hands, and the contact data with it."""
        first, second = await world.solver(), await world.solver()
        key = ids.encode("Ticket", (row := await world.ticket()).id)
        await do("claimTicket", first, key)
        released = (await do("releaseTicket", first, key))["ticket"]
        assert (released["status"], released["claimedBy"], released["claimedAt"], released["phoneNumber"]) == (
            "OPEN",
            None,
            None,
            None,
        )
        claimed = (await do("claimTicket", second, key))["ticket"]
        assert (claimed["claimedBy"]["id"], claimed["phoneNumber"]) == (
            ids.encode("Solver", await world.solver_key(second)), row.phone_number,
        )  # fmt: skip
        assert only(await do("releaseTicket", first, key)) == "NotFoundError"


class TestRaces:
    """`limits.md`, "Races": fifty at once over real connections."""

    async def test_fifty_solvers(self, world: World) -> None:
        """One wins, forty-nine are told so, though none of them ever claimed anything before."""
        people = [await world.person(role="SOLVER") for _ in range(AT_ONCE)]
        row = await world.ticket()
        key = ids.encode("Ticket", row.id)
        payloads = await asyncio.gather(*(do("claimTicket", person, key) for person in people))
        won = [person for person, payload in zip(people, payloads, strict=True) if payload["ticket"]]
        assert len(won) == 1
        winner = await world.solver_key(won[0])
        losers = [only(payload) and payload["userErrors"][0] for payload in payloads if not payload["ticket"]]
        assert {told["__typename"] for told in losers} == {"TicketAlreadyClaimedError"}
        assert {told["claimedBy"]["id"] for told in losers} == {ids.encode("Solver", winner)}
        status, solver, at = await found(world, row.id)
        assert (status, solver) == ("CLAIMED", winner)
        at = at.replace(microsecond=at.microsecond // 1_000 * 1_000)
        assert {datetime.fromisoformat(told["claimedAt"]) for told in losers} == {at}
        made = "SELECT count(*) FROM solver WHERE customer_id = ANY($1)"
        assert await world.value(made, [person.key for person in people]) == 1

    async def test_fifty_tickets_of_one_new_solver(self, world: World) -> None:
        """All are theirs, under one card."""
        me = await world.person(role="SOLVER")
        keys = [ids.encode("Ticket", (await world.ticket()).id) for _ in range(AT_ONCE)]
        payloads = await asyncio.gather(*(do("claimTicket", me, key) for key in keys))
        assert {payload["ticket"]["claimedBy"]["id"] for payload in payloads} == {
            ids.encode("Solver", await world.solver_key(me))
        }

    async def test_claim_against_cancel(self, world: World) -> None:
        """It ends cancelled; the solver had it before, or learns that it is too late."""
        solver, customer = await world.solver(), await world.person()
        for _ in range(AT_ONCE // 2):
            row = await world.ticket(customer)
            key = ids.encode("Ticket", row.id)
            claimed, cancelled = await asyncio.gather(do("claimTicket", solver, key), do("cancelTicket", customer, key))
            assert cancelled["ticket"]["status"] == "CANCELLED"
            status, who, _ = await found(world, row.id)
            assert status == "CANCELLED"
            if claimed["userErrors"]:
                assert only(claimed) == "NotFoundError"
            assert (who is None) == bool(claimed["userErrors"])

    async def test_claim_against_release(self, world: World) -> None:
        """Whoever has it in the end is just who was told that they have it."""
        first, second = await world.solver(), await world.solver()
        for _ in range(AT_ONCE // 2):
            row = await world.ticket(claimed_by=first)
            key = ids.encode("Ticket", row.id)
            released, claimed = await asyncio.gather(do("releaseTicket", first, key), do("claimTicket", second, key))
            assert released["userErrors"] == []
            status, who, _ = await found(world, row.id)
            right = ("CLAIMED", await world.solver_key(second)) if claimed["ticket"] else ("OPEN", None)
            assert (status, who) == right

    async def test_all_verbs_at_once(self, world: World) -> None:
        """What is left is a ticket as the last legal move made it, with no session left active."""
        holder, customer, admin = await world.solver(), await world.person(), await world.person(role="ADMIN")
        for _ in range(10):
            made = await case(world, TicketStatus.IN_PROGRESS, customer, holder)
            await asyncio.gather(
                do("releaseTicket", holder, made.id), do("releaseTicket", admin, made.id),
                do("cancelTicket", admin, made.id), do("cancelTicket", holder, made.id),
                patiently(lambda made=made: holder.graph.mutate("completeSession", "session { id }", sessionId=made.session_id)),
                patiently(lambda made=made: holder.graph.mutate("cancelSession", "session { id }", sessionId=made.session_id)),
            )  # fmt: skip
            status, who, _ = await found(world, made.ticket.id)
            assert status in {"OPEN", "RESOLVED", "CANCELLED"}
            ended = await world.database.pool.fetchrow(
                "SELECT status, ended_at FROM session WHERE id = $1", made.session.id
            )
            assert ended["ended_at"]
            assert (status == "RESOLVED") <= (ended["status"] == "COMPLETED")
            assert (who is None) or status != "OPEN"
