"""Sessions and ratings (T5, T6): holding them, ending them, what is kept of them."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from models import ids
from models.tickets import TicketStatus
from tests.crowd import patiently
from tests.graph import only
from tests.people import Person, World
from tests.tickets.factories import Case, case, found, session_found, solver_counts

AT_ONCE = 50
SESSION = """session { id status tier startedAt endedAt durationSeconds notes solver { id completedSessions }
    ticket { id status } rating { stars comment ratedAt } }"""
RATED = "session { rating { stars comment ratedAt } solver { averageRating ratingsCount completedSessions } }"


@pytest.fixture
async def active(world: World) -> Case:
    return await case(world, TicketStatus.IN_PROGRESS, await world.person(), await world.solver())


@pytest.fixture
async def completed(world: World) -> Case:
    made = await case(world, TicketStatus.RESOLVED, await world.person(), await world.solver())
    await world.execute("UPDATE solver SET completed_sessions = 1 WHERE id = $1", made.session.solver_id)
    return made


async def rate(person: Person, key: str, stars: int = 5, **values: Any) -> Any:
    """Rate a session, and again where the server was too busy."""
    return await patiently(lambda: person.graph.mutate("rateSession", RATED, sessionId=key, stars=stars, **values))


class TestStart:
    """Who has a ticket begins to work on it; who may is the grid of `test_transitions`."""

    async def test_anonymous(self, world: World, active: Case) -> None:
        assert only(await world.nobody.mutate("startSession", SESSION, ticketId=active.id)) == "SignedOutError"

    async def test_stranger(self, world: World, active: Case) -> None:
        assert (
            only(await active.customer.graph.mutate("startSession", SESSION, ticketId=active.id)) == "NotAllowedError"
        )

    @pytest.mark.parametrize(
        ("given", "tier"), [({}, "STANDARD"), ({"tier": "QUICK"}, "QUICK"), ({"tier": "EXTENDED"}, "EXTENDED")]
    )
    async def test_begins(self, world: World, given: Any, tier: str) -> None:
        me = await world.solver()
        row = await world.ticket(claimed_by=me)
        key = ids.encode("Ticket", row.id)
        session = (await me.graph.mutate("startSession", SESSION, ticketId=key, **given))["session"]
        assert session == {
            "id": session["id"], "status": "ACTIVE", "tier": tier, "startedAt": session["startedAt"], "endedAt": None,
            "durationSeconds": None, "notes": None, "ticket": {"id": key, "status": "IN_PROGRESS"}, "rating": None,
            "solver": {"id": ids.encode("Solver", await world.solver_key(me)), "completedSessions": 0},
        }  # fmt: skip

    async def test_one_at_a_time(self, world: World) -> None:
        me = await world.solver()
        row = await world.ticket(claimed_by=me)
        start = lambda: me.graph.mutate("startSession", SESSION, ticketId=ids.encode("Ticket", row.id))
        payloads = await asyncio.gather(*(patiently(start) for _ in range(AT_ONCE)))
        assert all(payload == payloads[0] for payload in payloads)
        assert payloads[0]["userErrors"] == []
        assert await world.value("SELECT count(*) FROM session WHERE ticket_id = $1", row.id) == 1

    async def test_as_many_as_one_ticket_can_have(self, world: World) -> None:
        me = await world.solver()
        row = await world.ticket(claimed_by=me)
        for _ in range(49):
            await world.session(row, status="CANCELLED")
        for expected in ([], ["InvalidInputError"]):
            payload = await me.graph.mutate("startSession", SESSION, ticketId=ids.encode("Ticket", row.id))
            assert [one["__typename"] for one in payload["userErrors"]] == expected
            if payload["session"]:
                await me.graph.mutate("cancelSession", SESSION, sessionId=payload["session"]["id"])


class TestComplete:
    """The end of a session, and where its ticket goes."""

    async def test_anonymous(self, world: World, active: Case) -> None:
        assert (
            only(await world.nobody.mutate("completeSession", SESSION, sessionId=active.session_id)) == "SignedOutError"
        )

    async def test_stranger(self, world: World, active: Case) -> None:
        """A solver who does not hold it does not see it; its customer does, but is none."""
        stranger = await world.solver()
        assert (
            only(await stranger.graph.mutate("completeSession", SESSION, sessionId=active.session_id))
            == "NotFoundError"
        )
        payload = await active.customer.graph.mutate("completeSession", SESSION, sessionId=active.session_id)
        assert payload["userErrors"][0]["requiredRole"] == "SOLVER"

    @pytest.mark.parametrize(("resolved", "status"), [(True, "RESOLVED"), (False, "CLAIMED"), (None, "RESOLVED")])
    async def test_ends(self, world: World, active: Case, resolved: bool | None, status: str) -> None:
        given = {} if resolved is None else {"resolved": resolved}
        notes = " New cable. \n\n  It starts. \n"
        payload = await active.holder.graph.mutate(
            "completeSession", SESSION, sessionId=active.session_id, notes=notes, **given
        )
        session = payload["session"]
        assert (session["status"], session["ticket"]["status"]) == ("COMPLETED", status)
        assert session["notes"] == "New cable.\n\n  It starts."
        times = [datetime.fromisoformat(session[name]) for name in ("startedAt", "endedAt")]
        assert 0 <= (times[1] - times[0]).total_seconds() < 60
        assert session["durationSeconds"] in range(60)
        assert session["solver"]["completedSessions"] == 1
        assert await solver_counts(world, active.holder) == (0, 0, 1)
        again = {"resolved": True, "sessionId": active.session_id}
        (told,) = (await active.holder.graph.mutate("completeSession", SESSION, **again))["userErrors"]
        assert (told["__typename"], told["sessionFrom"], told["sessionTo"]) == (
            "IllegalSupportSessionTransitionError", "COMPLETED", "COMPLETED",
        )  # fmt: skip

    async def test_another_session_after_it(self, world: World, active: Case) -> None:
        """T5: a ticket may have several."""
        await active.holder.graph.mutate("completeSession", SESSION, sessionId=active.session_id, resolved=False)
        payload = await active.holder.graph.mutate("startSession", SESSION, ticketId=active.id)
        seen = await active.customer.graph(
            "query ($id: ID!) { ticket(id: $id) { sessions { id status } } }", id=active.id
        )
        assert seen["ticket"]["sessions"] == [
            {"id": active.session_id, "status": "COMPLETED"}, {"id": payload["session"]["id"], "status": "ACTIVE"},
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("notes", "ok"), [("x" * 3_000, True), ("x" * 3_001, False), (" \n ", False), ("👍", True)]
    )
    async def test_notes(self, world: World, active: Case, notes: str, ok: bool) -> None:
        payload = await active.holder.graph.mutate("completeSession", SESSION, sessionId=active.session_id, notes=notes)
        if ok:
            assert payload["session"]["notes"] == notes
        else:
            assert (only(payload), payload["userErrors"][0]["field"]) == ("InvalidInputError", ["input", "notes"])
            assert (await session_found(world, active.session.id))[0] == "ACTIVE"

    async def test_fifty_at_once(self, world: World, active: Case) -> None:
        """It is completed once, and counted once."""
        end = lambda: active.holder.graph.mutate("completeSession", SESSION, sessionId=active.session_id)
        payloads = await asyncio.gather(*(patiently(end) for _ in range(AT_ONCE)))
        assert all(payload == payloads[0] for payload in payloads)
        assert payloads[0]["userErrors"] == []
        assert await solver_counts(world, active.holder) == (0, 0, 1)


class TestCancel:
    """Giving a session up."""

    async def test_anonymous(self, world: World, active: Case) -> None:
        assert (
            only(await world.nobody.mutate("cancelSession", SESSION, sessionId=active.session_id)) == "SignedOutError"
        )

    async def test_stranger(self, world: World, active: Case) -> None:
        stranger = await world.solver()
        assert (
            only(await stranger.graph.mutate("cancelSession", SESSION, sessionId=active.session_id)) == "NotFoundError"
        )

    async def test_ends(self, world: World, active: Case) -> None:
        session = (await active.holder.graph.mutate("cancelSession", SESSION, sessionId=active.session_id))["session"]
        assert (session["status"], session["ticket"]["status"]) == ("CANCELLED", "CLAIMED")
        assert session["endedAt"]
        assert await solver_counts(world, active.holder) == (0, 0, 0)

    async def test_by_an_admin(self, world: World, active: Case) -> None:
        """The ticket stays with its solver."""
        admin = await world.person(role="ADMIN")
        assert (await admin.graph.mutate("cancelSession", SESSION, sessionId=active.session_id))["session"]
        assert (await found(world, active.ticket.id))[:2] == ("CLAIMED", active.session.solver_id)


class TestRate:
    """T6."""

    async def test_anonymous(self, world: World, completed: Case) -> None:
        payload = await world.nobody.mutate("rateSession", RATED, sessionId=completed.session_id, stars=5)
        assert only(payload) == "SignedOutError"

    async def test_somebody_else(self, world: World, completed: Case) -> None:
        """To a stranger it does not exist; who sees it without being its customer may not."""
        for person, told in (
            (await world.person(), "NotFoundError"), (await world.solver(), "NotFoundError"),
            (completed.holder, "NotAllowedError"), (await world.person(role="ADMIN"), "NotAllowedError"),
        ):  # fmt: skip
            assert only(await rate(person, completed.session_id)) == told
        assert await solver_counts(world, completed.holder) == (0, 0, 1)

    async def test_their_own_work(self, world: World) -> None:
        """A guest's ticket may be linked to who solved it."""
        me = await world.solver()
        made = await case(world, TicketStatus.RESOLVED, me, me)
        assert only(await rate(me, made.session_id)) == "NotAllowedError"

    @pytest.mark.parametrize("status", [TicketStatus.IN_PROGRESS, TicketStatus.CANCELLED])
    async def test_unfinished(self, world: World, status: TicketStatus) -> None:
        made = await case(world, status, await world.person(), await world.solver())
        payload = await rate(made.customer, made.session_id)
        assert (only(payload), payload["userErrors"][0]["field"]) == ("InvalidInputError", ["input", "sessionId"])
        assert made.session.status in payload["userErrors"][0]["message"]

    async def test_rates(self, world: World, completed: Case) -> None:
        session = (await rate(completed.customer, completed.session_id, 4, comment=" Quick \n and kind "))["session"]
        assert session["rating"] == {"stars": 4, "comment": "Quick\n and kind", "ratedAt": session["rating"]["ratedAt"]}
        assert session["solver"] == {"averageRating": 4.0, "ratingsCount": 1, "completedSessions": 1}

    async def test_twice(self, world: World, completed: Case) -> None:
        first = (await rate(completed.customer, completed.session_id, 2))["session"]["rating"]
        (told,) = (await rate(completed.customer, completed.session_id, 5))["userErrors"]
        assert (told["__typename"], told["stars"], told["ratedAt"]) == ("SessionAlreadyRatedError", 2, first["ratedAt"])
        assert await solver_counts(world, completed.holder) == (1, 2, 1)

    @pytest.mark.parametrize("stars", [0, 6, -1, 2**31 - 1])
    async def test_no_such_number_of_stars(self, world: World, completed: Case, stars: int) -> None:
        payload = await rate(completed.customer, completed.session_id, stars)
        assert (only(payload), payload["userErrors"][0]["field"]) == ("InvalidInputError", ["input", "stars"])

    @pytest.mark.parametrize("comment", ["x" * 1_001, " ", ""])
    async def test_comment(self, world: World, completed: Case, comment: str) -> None:
        payload = await rate(completed.customer, completed.session_id, comment=comment)
        assert (only(payload), payload["userErrors"][0]["field"]) == ("InvalidInputError", ["input", "comment"])

    async def test_fifty_of_one_session(self, world: World, completed: Case) -> None:
        payloads = await asyncio.gather(
            *(rate(completed.customer, completed.session_id, 1 + n % 5) for n in range(AT_ONCE))
        )
        told = [only(payload) for payload in payloads if payload["userErrors"]]
        assert told == ["SessionAlreadyRatedError"] * (AT_ONCE - AT_ONCE // 5)  # the others gave as many stars
        assert (await solver_counts(world, completed.holder))[0] == 1

    async def test_fifty_sessions_of_one_solver(self, world: World) -> None:
        """The average is exact."""
        solver, stars = await world.solver(), [1 + n * n % 5 for n in range(AT_ONCE)]
        made = [await case(world, TicketStatus.RESOLVED, await world.person(), solver) for _ in stars]
        await world.execute("UPDATE solver SET completed_sessions = $1 WHERE customer_id = $2", AT_ONCE, solver.key)
        await asyncio.gather(
            *(rate(one.customer, one.session_id, given) for one, given in zip(made, stars, strict=True))
        )
        assert await solver_counts(world, solver) == (AT_ONCE, sum(stars), AT_ONCE)
        query = "query ($id: ID!) { node(id: $id) { ... on SupportSession { solver { averageRating ratingsCount } } } }"
        seen = (await made[0].customer.graph(query, id=made[0].session_id))["node"]["solver"]
        assert seen == {"averageRating": sum(stars) / AT_ONCE, "ratingsCount": AT_ONCE}
