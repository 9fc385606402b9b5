"""A customer's tickets, sessions and support profile (T7), and what reading them costs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import ids
from models.tickets import TicketStatus
from tests.conventions.paging import BOTH, FIELDS, GIVEN, Listed, of
from tests.people import NOW, Person, World
from tests.tickets.factories import case

TICKET = "query ($id: ID!) { ticket(id: $id) { id } }"
SESSIONS = f"query ({BOTH}) {{ viewer {{ sessions({GIVEN}) {{ {FIELDS} totalCount }} }} }}"
SUPPORT = """query ($id: ID!) { customer(id: $id) {
    support { totalSessions completedSessions favoriteSolvers { nodes { id } totalCount } } } }"""
HISTORY = """{ viewer { tickets(first: 50) { nodes { reference claimedBy { name } requestedSolver { name } customer { username }
    sessions { startedAt solver { name averageRating } rating { stars } ticket { reference } } } } } }"""


async def with_sessions(world: World, me: Person, count: int) -> list[str]:
    """Make sessions on tickets of somebody, and give them, the latest first."""
    solver, made = await world.solver(), []
    for age in range(count):
        ticket = await world.ticket(me, solver, status="RESOLVED")
        start = NOW - timedelta(hours=1 + age // 2)
        made.append(await world.session(ticket, started_at=start, ended_at=NOW))
    return [
        ids.encode("SupportSession", row.id)
        for row in sorted(made, key=lambda row: (row.started_at, row.id), reverse=True)
    ]


def in_graph(time: datetime) -> str:
    """Write a time as the graph does."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1_000:03}Z"


class TestTicket:
    """By its id; who sees what of it is `test_ticket_privacy`."""

    async def test_anonymous(self, world: World) -> None:
        key = ids.encode("Ticket", (await world.ticket()).id)
        assert await world.nobody(TICKET, id=key) == {"ticket": None}

    async def test_stranger(self, world: World) -> None:
        """Hidden, unknown and malformed look the same."""
        me, stranger = await world.person(), await world.person()
        key = ids.encode("Ticket", (await world.ticket(me)).id)
        for wrong in (key, ids.encode("Ticket", me.key), me.id, "x", ""):
            assert await stranger.graph(TICKET, id=wrong) == {"ticket": None}
        assert await me.graph(TICKET, id=key) == {"ticket": {"id": key}}

    async def test_all_of_it(self, world: World) -> None:
        me, solver = await world.person(), await world.solver(name="Amal", picture_url="https://pictures.example/1.png")
        row = await world.ticket(me, solver, device_type="PRINTER", urgency="LOW", description="Line\n\nline")
        query = """query ($id: ID!) { ticket(id: $id) { reference status urgency deviceType description name phoneNumber email
            customer { id } requestedSolver { id } claimedBy { name avatarUrl averageRating ratingsCount completedSessions }
            claimedAt createdAt updatedAt sessions { id } } }"""
        assert (await me.graph(query, id=ids.encode("Ticket", row.id)))["ticket"] == {
            "reference": row.reference, "status": "CLAIMED", "urgency": "LOW", "deviceType": "PRINTER",
            "description": "Line\n\nline", "name": row.name, "phoneNumber": row.phone_number, "email": row.email,
            "customer": {"id": me.id}, "requestedSolver": None, "claimedAt": in_graph(row.claimed_at),
            "claimedBy": {
                "name": "Amal", "avatarUrl": "https://pictures.example/1.png", "averageRating": None, "ratingsCount": 0,
                "completedSessions": 0,
            },
            "createdAt": in_graph(row.created_at), "updatedAt": in_graph(row.updated_at), "sessions": [],
        }  # fmt: skip


class TestHistory:
    """T7: tickets by status, the latest first; pages are those of `test_pages`."""

    query = """query ($id: ID!, $status: TicketStatus) {
        customer(id: $id) { tickets(status: $status) { nodes { id status } totalCount } } }"""

    async def test_anonymous(self, world: World) -> None:
        """C8: what is for the customer alone is null, not empty."""
        me = await world.person()
        await world.ticket(me)
        assert await world.nobody(self.query, id=me.id) == {"customer": {"tickets": None}}
        assert await world.nobody(SESSIONS) == {"viewer": None}

    @pytest.mark.parametrize("role", ["CUSTOMER", "SOLVER", "SERVICE"])
    async def test_stranger(self, world: World, role: str) -> None:
        me, stranger = await world.person(), await world.person(role=role)
        await world.ticket(me)
        assert await stranger.graph(self.query, id=me.id) == {"customer": {"tickets": None}}

    async def test_by_status(self, world: World) -> None:
        me, solver, admin = await world.person(), await world.solver(), await world.person(role="ADMIN")
        made = {status: await case(world, status, me, solver) for status in TicketStatus}
        await world.ticket(await world.person())
        for person in (me, admin):
            for status, one in made.items():
                found = (await person.graph(self.query, id=me.id, status=status))["customer"]["tickets"]
                assert found == {"nodes": [{"id": one.id, "status": status}], "totalCount": 1}
            found = (await person.graph(self.query, id=me.id))["customer"]["tickets"]
            assert [node["id"] for node in found["nodes"]] == [one.id for one in reversed(made.values())]

    async def test_sessions_page_by_page(self, world: World) -> None:
        """T7: ten by default, at most fifty; from either end."""
        me = await world.person()
        await with_sessions(world, await world.person(), 2)
        made = await with_sessions(world, me, 12)
        page = await Listed(me.graph, SESSIONS, made).page()
        assert (of(page), page["totalCount"]) == (made[:10], 12)
        listed = Listed(me.graph, SESSIONS, made)
        for size in (1, 5, 50):
            forward, backward = await listed.pages(size), await listed.pages(size, backward=True)
            assert [key for page in forward for key in of(page)] == made
            assert [key for page in reversed(backward) for key in of(page)] == made
        for wrong in ({"first": 51}, {"last": 51}, {"first": -1}):
            (error,) = await me.graph.errors(SESSIONS, **wrong)
            assert error["extensions"]["reason"] == "bad_page"


class TestSupport:
    """T7: how many sessions there were, and whom they would like again."""

    async def test_anonymous(self, world: World) -> None:
        assert await world.nobody(SUPPORT, id=(await world.person()).id) == {"customer": {"support": None}}

    @pytest.mark.parametrize("role", ["CUSTOMER", "SOLVER"])
    async def test_stranger(self, world: World, role: str) -> None:
        me, stranger = await world.person(), await world.person(role=role)
        assert await stranger.graph(SUPPORT, id=me.id) == {"customer": {"support": None}}

    async def test_nothing_yet(self, world: World) -> None:
        me = await world.person()
        nothing = {"totalSessions": 0, "completedSessions": 0, "favoriteSolvers": {"nodes": [], "totalCount": 0}}
        assert await me.graph(SUPPORT, id=me.id) == {"customer": {"support": nothing}}

    async def test_counts(self, world: World) -> None:
        me, solver = await world.person(), await world.solver()
        for status in (*TicketStatus, TicketStatus.RESOLVED):
            await case(world, status, me, solver)
        await case(world, TicketStatus.RESOLVED, await world.person(), solver)
        await world.favorite(me, solver)
        favorites = {"nodes": [{"id": ids.encode("Solver", await world.solver_key(solver))}], "totalCount": 1}
        expected = {"totalSessions": 6, "completedSessions": 2, "favoriteSolvers": favorites}
        for person in (me, await world.person(role="ADMIN")):
            assert await person.graph(SUPPORT, id=me.id) == {"customer": {"support": expected}}


class TestCost:
    """W3's rule for tickets: the number of statements does not grow with the list."""

    async def test_history(self, world: World, statements: list[str]) -> None:
        me, solver, counts = await world.person(), await world.solver(), []
        for size in (1, 1, 12):
            for _ in range(size):
                row = await world.ticket(
                    me, solver, status="RESOLVED", requested_solver_id=await world.solver_key(solver)
                )
                for _ in range(2):
                    await world.rating(await world.session(row))
            for _ in range(3):
                statements.clear()
                found: Any = (await me.graph(HISTORY))["viewer"]["tickets"]["nodes"]
            assert all(len(node["sessions"]) == 2 for node in found)
            counts.append(len(statements))
        assert len(set(counts)) == 1
        assert counts[0] <= 8
