"""What `viewerCanClaim` and `viewerCanCancel` promise is what the mutations do; `resolvedAt` and `sessions(first:)`."""

from datetime import datetime
from typing import Any

import pytest

from models import ids
from models.sessions import SupportSessionStatus
from models.tickets import TicketStatus
from tests.graph import Graph, only
from tests.people import Person, World
from tests.tickets.factories import case
from tests.tickets.submissions import submit
from tests.tickets.test_transitions import GRID, VIEWERS

CAN = {"claimTicket": "viewerCanClaim", "cancelTicket": "viewerCanCancel"}
TICKET = "query ($id: ID!) { ticket(id: $id) { viewerCanClaim viewerCanCancel resolvedAt status } }"
SESSIONS = "query ($id: ID!, $first: Int) { ticket(id: $id) { sessions(first: $first) { id } } }"
GUEST = """query ($r: String!, $p: PhoneNumber!) {
    guestTicket(reference: $r, phoneNumber: $p) { viewerCanClaim viewerCanCancel } }"""


async def ticket(graph: Graph, key: str) -> Any:
    return (await graph(TICKET, id=key))["ticket"]


class TestViewerCan:
    """The grid of all changes, by hand, says what is possible."""

    @pytest.mark.parametrize("verb", CAN)
    async def test_as_the_grid_says(self, world: World, verb: str) -> None:
        customer, holder = await world.person(), await world.solver()
        people: dict[str, Person] = {
            "stranger": await world.person(), "service": await world.person(role="SERVICE"), "customer": customer,
            "other solver": await world.solver(), "holder": holder, "admin": await world.person(role="ADMIN"),
        }  # fmt: skip
        wrong = []
        for status, expected in zip(TicketStatus, zip(*GRID[verb], strict=True), strict=True):
            made = await case(world, status, customer, holder)
            for viewer, possible in zip(VIEWERS, expected, strict=True):
                found = await ticket(people[viewer].graph if viewer in people else world.nobody, made.id)
                if found is not None and found[CAN[verb]] != (possible == "+"):
                    wrong.append(f"{viewer} on {status}")
        assert wrong == []

    async def test_ones_own(self, world: World) -> None:
        me = await world.solver()
        found = await ticket(me.graph, key := ids.encode("Ticket", (await world.ticket(me)).id))
        assert (found["viewerCanClaim"], found["viewerCanCancel"]) == (False, True)
        assert only(await me.graph.mutate("claimTicket", "ticket { id }", ticketId=key)) == "NotAllowedError"

    async def test_with_a_block_between(self, world: World) -> None:
        """S2: a solver who worked on an open ticket sees it still, and cannot claim it again."""
        customer, solver = await world.person(), await world.solver()
        made = await case(world, TicketStatus.OPEN, customer, solver)
        assert (await ticket(solver.graph, made.id))["viewerCanClaim"]
        await world.block(customer, solver)
        assert not (await ticket(solver.graph, made.id))["viewerCanClaim"]
        payload = await solver.graph.mutate("claimTicket", "ticket { id }", ticketId=made.id)
        assert only(payload) == "NotAllowedError"

    async def test_a_guest_ticket(self, world: World) -> None:
        """What a block or an account changes must not show where somebody looks as a guest does."""
        made = (await submit(world.nobody))["ticket"]
        for person in (await world.solver(), await world.person(role="ADMIN")):
            found = await person.graph(GUEST, r=made["reference"], p=made["phoneNumber"])
            assert found["guestTicket"] == {"viewerCanClaim": False, "viewerCanCancel": False}


class TestResolvedAt:
    """It is the time of RESOLVED, and null before."""

    async def test_by_completing(self, world: World) -> None:
        for resolved in (True, False):
            made = await case(world, TicketStatus.IN_PROGRESS, await world.person(), await world.solver())
            assert (await ticket(made.holder.graph, made.id))["resolvedAt"] is None
            given = {"sessionId": made.session_id, "resolved": resolved}
            payload = await made.holder.graph.mutate("completeSession", "session { endedAt }", **given)
            found = await ticket(made.holder.graph, made.id)
            assert (found["resolvedAt"] is not None) is resolved is (found["status"] == "RESOLVED")
            if resolved:
                ended = datetime.fromisoformat(payload["session"]["endedAt"])
                assert datetime.fromisoformat(found["resolvedAt"]) >= ended


class TestSessions:
    """`Ticket.sessions` takes `first`."""

    async def test_first(self, world: World) -> None:
        customer, solver = await world.person(), await world.solver()
        made = await case(world, TicketStatus.CLAIMED, customer, solver)
        await world.session(made.ticket, status=SupportSessionStatus.COMPLETED)
        for first, count in ((None, 2), (0, 0), (1, 1), (2, 2), (50, 2)):
            found = await customer.graph(SESSIONS, id=made.id, first=first)
            assert len(found["ticket"]["sessions"]) == count
        assert (
            len(
                (await customer.graph("query ($id: ID!) { ticket(id: $id) { sessions { id } } }", id=made.id))[
                    "ticket"
                ]["sessions"]
            )
            == 2
        )

    @pytest.mark.parametrize("first", [-1, 51])
    async def test_too_many(self, world: World, first: int) -> None:
        customer = await world.person()
        made = await case(world, TicketStatus.CLAIMED, customer, await world.solver())
        (told,) = await customer.graph.errors(SESSIONS, id=made.id, first=first)
        assert (told["extensions"]["code"], told["message"]) == (
            "BAD_USER_INPUT", f"`first` must be from 0 to 50, not {first}.",
        )  # fmt: skip
