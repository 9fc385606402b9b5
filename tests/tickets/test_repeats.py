"""G6: what is done already is the answer to whoever did it, without an idempotency key and without any effect."""

import asyncio
from typing import Any

from models import ids
from models.tickets import TicketStatus
from tests.conventions.test_repeated_mutations import everything
from tests.graph import only
from tests.people import Person, World
from tests.tickets.factories import case, solver_counts

FIELDS = {
    "claimTicket": "ticket { id status claimedAt updatedAt claimedBy { id } }",
    "cancelTicket": "ticket { id status updatedAt }",
    "startSession": "session { id status tier startedAt ticket { updatedAt } }",
    "completeSession": "session { id status notes endedAt solver { completedSessions } ticket { status updatedAt } }",
    "cancelSession": "session { id status endedAt ticket { status updatedAt } }",
    "rateSession": "session { id rating { stars comment ratedAt } solver { averageRating ratingsCount } }",
}


async def twice(world: World, person: Person, verb: str, **given: Any) -> Any:
    """Do something, and once more: nothing changes, neither rows nor events nor mails. Gives the payload."""
    await person.graph("{ viewer { id } }")  # which notes that they are here, once a minute
    first = await person.graph.mutate(verb, FIELDS[verb], **given)
    assert first["userErrors"] == []
    before = await everything(world)
    for _ in range(2):
        assert await person.graph.mutate(verb, FIELDS[verb], **given) == first
    assert await everything(world) == before
    return first


class TestClaim:
    """A ticket that is mine stays mine."""

    async def test_twice(self, world: World) -> None:
        me = await world.solver()
        made = await case(world, TicketStatus.OPEN, await world.person(), me)
        await twice(world, me, "claimTicket", ticketId=made.id)

    async def test_while_i_work_on_it(self, world: World) -> None:
        me = await world.solver()
        made = await case(world, TicketStatus.IN_PROGRESS, await world.person(), me)
        payload = await twice(world, me, "claimTicket", ticketId=made.id)
        assert payload["ticket"]["status"] == "IN_PROGRESS"

    async def test_not_for_others_and_not_when_finished(self, world: World) -> None:
        me, admin = await world.solver(), await world.person(role="ADMIN")
        made = await case(world, TicketStatus.CLAIMED, await world.person(), me)
        assert (
            only(await admin.graph.mutate("claimTicket", "__typename", ticketId=made.id)) == "TicketAlreadyClaimedError"
        )
        done = await case(world, TicketStatus.RESOLVED, await world.person(), me)
        assert (
            only(await me.graph.mutate("claimTicket", "__typename", ticketId=done.id)) == "IllegalTicketTransitionError"
        )

    async def test_at_once(self, world: World) -> None:
        """Of a double click, both get the ticket; the event is one."""
        me = await world.solver()
        made = await case(world, TicketStatus.OPEN, await world.person(), me)
        before = await world.value("SELECT count(*) FROM event")
        click = lambda: me.graph.mutate("claimTicket", FIELDS["claimTicket"], ticketId=made.id)
        payloads = await asyncio.gather(*(click() for _ in range(4)))
        assert all(one == payloads[0] and one["userErrors"] == [] for one in payloads)
        assert await world.value("SELECT count(*) FROM event") == before + 1


class TestStart:
    """A session that is active is the one that was started."""

    async def test_twice(self, world: World) -> None:
        me = await world.solver()
        made = await case(world, TicketStatus.CLAIMED, await world.person(), me)
        started = await twice(world, me, "startSession", ticketId=made.id, tier="QUICK")
        other = await me.graph.mutate("startSession", FIELDS["startSession"], ticketId=made.id, tier="EXTENDED")
        assert other == started

    async def test_at_once(self, world: World) -> None:
        me = await world.solver()
        made = await case(world, TicketStatus.CLAIMED, await world.person(), me)
        start = lambda: me.graph.mutate("startSession", FIELDS["startSession"], ticketId=made.id)
        payloads = await asyncio.gather(*(start() for _ in range(4)))
        assert all(one == payloads[0] and one["userErrors"] == [] for one in payloads)
        assert await world.value("SELECT count(*) FROM session WHERE ticket_id = $1", made.ticket.id) == 2

    async def test_not_for_an_admin(self, world: World) -> None:
        admin = await world.person(role="ADMIN")
        made = await case(world, TicketStatus.IN_PROGRESS, await world.person(), await world.solver())
        payload = await admin.graph.mutate("startSession", "session { id }", ticketId=made.id)
        assert (only(payload), payload["session"]) == ("IllegalTicketTransitionError", None)


class TestComplete:
    """The same notes and the same result are a repetition; others are a mistake."""

    async def test_twice(self, world: World) -> None:
        for resolved in (True, False):
            for notes in ("New cable", None):
                me = await world.solver()
                made = await case(world, TicketStatus.IN_PROGRESS, await world.person(), me)
                given = {"sessionId": made.session_id, "resolved": resolved, "notes": notes}
                await twice(world, me, "completeSession", **given)
                assert (await solver_counts(world, me))[2] == 1
                for other in ({"resolved": not resolved}, {"notes": "Something else"}):
                    payload = await me.graph.mutate("completeSession", "__typename", **given | other)
                    assert only(payload) == "IllegalSupportSessionTransitionError"

    async def test_after_another_session_has_resolved_the_ticket(self, world: World) -> None:
        me = await world.solver()
        made = await case(world, TicketStatus.IN_PROGRESS, await world.person(), me)
        given = {"sessionId": made.session_id, "resolved": False}
        first = await me.graph.mutate("completeSession", "session { endedAt }", **given)
        started = await me.graph.mutate("startSession", "session { id }", ticketId=made.id)
        await me.graph.mutate("completeSession", "__typename", sessionId=started["session"]["id"])
        assert await me.graph.mutate("completeSession", "session { endedAt }", **given) == first
        payload = await me.graph.mutate("completeSession", "__typename", **given | {"resolved": True})
        assert only(payload) == "IllegalSupportSessionTransitionError"

    async def test_one_that_was_cancelled(self, world: World) -> None:
        made = await case(world, TicketStatus.CLAIMED, await world.person(), await world.solver())
        payload = await made.holder.graph.mutate("completeSession", "__typename", sessionId=made.session_id)
        assert only(payload) == "IllegalSupportSessionTransitionError"


class TestCancel:
    """What is cancelled stays cancelled, for whoever may cancel."""

    async def test_ticket(self, world: World) -> None:
        for status in (TicketStatus.CLAIMED, TicketStatus.OPEN):
            made = await case(world, status, await world.person(), await world.solver())
            await twice(world, made.customer, "cancelTicket", ticketId=made.id)
        made = await case(world, TicketStatus.IN_PROGRESS, await world.person(), await world.solver())
        await twice(world, made.holder, "cancelTicket", ticketId=made.id)
        former = await case(world, TicketStatus.OPEN, made.customer, made.holder)
        await made.customer.graph.mutate("cancelTicket", "__typename", ticketId=former.id)
        payload = await made.holder.graph.mutate("cancelTicket", "__typename", ticketId=former.id)
        assert only(payload) == "IllegalTicketTransitionError"

    async def test_session(self, world: World) -> None:
        made = await case(world, TicketStatus.IN_PROGRESS, await world.person(), await world.solver())
        await twice(world, made.holder, "cancelSession", sessionId=made.session_id)
        assert only(await made.customer.graph.mutate("cancelSession", "__typename", sessionId=made.session_id)) == (
            "NotAllowedError"
        )


class TestRate:
    """A rating cannot be changed, and the same one is no change."""

    async def test_twice(self, world: World) -> None:
        for comment in ("Quick", None):
            made = await case(world, TicketStatus.RESOLVED, await world.person(), await world.solver())
            await world.execute("UPDATE solver SET completed_sessions = 1 WHERE customer_id = $1", made.holder.key)
            given = {"sessionId": made.session_id, "stars": 4, "comment": comment}
            await twice(world, made.customer, "rateSession", **given)
            assert await solver_counts(world, made.holder) == (1, 4, 1)
            for other in ({"stars": 5}, {"comment": "Slow"}):
                payload = await made.customer.graph.mutate("rateSession", "__typename", **given | other)
                assert only(payload) == "SessionAlreadyRatedError"


class TestOthers:
    """Mutations whose repetition had no effect before."""

    async def test_favorites_and_links(self, world: World) -> None:
        me, solver = await world.person(), await world.solver()
        sent = await world.ticket()
        given = {
            "ticketId": ids.encode("Ticket", sent.id), "phoneNumber": sent.phone_number, "reference": sent.reference,
        }  # fmt: skip
        await world.ticket(me, claimed_by=solver)
        key = {"solverId": ids.encode("Solver", await world.solver_key(solver))}
        for verb, values in (("linkTicket", given), ("addFavoriteSolver", key), ("removeFavoriteSolver", key)):
            first = await me.graph.mutate(verb, "__typename", **values)
            before = await everything(world)
            assert await me.graph.mutate(verb, "__typename", **values) == first
            assert await everything(world) == before
