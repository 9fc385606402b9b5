"""What `viewerCan…` of tickets and sessions promises is what the mutations then do, for everybody and in every status."""

from typing import Any

import pytest

from models import ids
from models.sessions import MAX_SESSIONS, SupportSessionStatus
from models.tickets import TicketStatus
from tests.graph import Graph, only
from tests.people import Person, World
from tests.tickets.factories import Case, case, found, session_found

OF_TICKET = {
    "claimTicket": "viewerCanClaim",
    "releaseTicket": "viewerCanRelease",
    "cancelTicket": "viewerCanCancel",
    "startSession": "viewerCanStartSession",
}
OF_SESSION = {
    "completeSession": "viewerCanComplete",
    "cancelSession": "viewerCanCancel",
    "rateSession": "viewerCanRate",
}
CAN = OF_TICKET | OF_SESSION
BOTH = f"... on Ticket {{ {' '.join(OF_TICKET.values())} }} ... on SupportSession {{ {' '.join(OF_SESSION.values())} }}"
READ = f"query ($id: ID!) {{ node(id: $id) {{ {BOTH} }} }}"


async def possible(graph: Graph, made: Case, verb: str) -> bool | None:
    """What the graph promises; None where the object does not exist for the viewer."""
    key = made.session_id if verb in OF_SESSION else made.id
    node = (await graph(READ, id=key))["node"]
    return None if node is None else node[CAN[verb]]


async def done(world: World, graph: Graph, made: Case, verb: str) -> bool:
    """Whether the mutation changes anything, in fact."""
    before = await state(world, made)
    given = {"ticketId": made.id} if verb in OF_TICKET else {"sessionId": made.session_id}
    payload = await graph.mutate(verb, "__typename", **given | ({"stars": 4} if verb == "rateSession" else {}))
    changed = await state(world, made) != before
    assert not (changed and payload["userErrors"])
    return changed


async def state(world: World, made: Case) -> tuple[Any, ...]:
    sql = "SELECT count(*) FROM session_rating WHERE session_id = $1"
    rated = await world.value(sql, made.session.id)
    sessions = await world.value("SELECT count(*) FROM session WHERE ticket_id = $1", made.ticket.id)
    return await found(world, made.ticket.id), await session_found(world, made.session.id), rated, sessions


async def people(world: World, customer: Person, holder: Person) -> dict[str, tuple[Graph, Person, Person]]:
    """Who looks and acts, at a ticket of which customer and which solver."""
    own, admin, former, barred = [await world.solver() for _ in range(4)]
    await world.execute("UPDATE customer SET role = 'ADMIN' WHERE id = $1", admin.key)
    await world.execute("UPDATE customer SET role = 'CUSTOMER' WHERE id = $1", former.key)
    away = await world.person()
    await world.block(away, barred)
    usual = {
        "anonymous": world.nobody, "stranger": (await world.person()).graph, "customer": customer.graph,
        "other solver": (await world.solver()).graph, "holder": holder.graph,
        "service": (await world.person(role="SERVICE")).graph, "admin": (await world.person(role="ADMIN")).graph,
        "owner": (await world.person(role="OWNER")).graph,
    }  # fmt: skip
    return {name: (graph, customer, holder) for name, graph in usual.items()} | {
        "solver with a ticket of their own": (own.graph, own, holder),
        "solver at their own ticket": (own.graph, own, own),
        "admin who claimed": (admin.graph, customer, admin),
        "former solver": (former.graph, customer, former),
        "blocked holder": (barred.graph, away, barred),
        "customer who blocked the holder": (away.graph, away, barred),
    }


class TestPromises:
    """T4, T5, T6, T8: the answer to "can I?" is the answer to "do it"."""

    @pytest.mark.parametrize("verb", CAN)
    async def test_everybody_in_every_status(self, world: World, verb: str) -> None:
        customer, holder = await world.person(), await world.solver()
        wrong, seen = [], set()
        for name, (graph, of, by) in (await people(world, customer, holder)).items():
            for status in TicketStatus:
                made = await case(world, status, of, by)
                promised = await possible(graph, made, verb)
                really = await done(world, graph, made, verb)
                seen.add((promised, really))
                if bool(promised) != really:
                    wrong.append(
                        f"{name} on {status}: promised {promised}, and it did {'' if really else 'not '}happen"
                    )
        assert wrong == []
        assert seen >= {(True, True), (False, False), (None, False)}

    async def test_a_rated_session(self, world: World) -> None:
        made = await case(world, TicketStatus.RESOLVED, await world.person(), await world.solver())
        await world.rating(made.session)
        assert await possible(made.customer.graph, made, "rateSession") is False
        assert not await done(world, made.customer.graph, made, "rateSession")

    async def test_as_many_sessions_as_a_ticket_can_have(self, world: World) -> None:
        made = await case(world, TicketStatus.CLAIMED, await world.person(), await world.solver())
        for _ in range(MAX_SESSIONS - 1):
            assert await possible(made.holder.graph, made, "startSession")
            await world.session(made.ticket, status=SupportSessionStatus.CANCELLED)
        assert await possible(made.holder.graph, made, "startSession") is False
        payload = await made.holder.graph.mutate("startSession", "session { id }", ticketId=made.id)
        assert only(payload) == "InvalidInputError"


class TestPaths:
    """The same object says the same, wherever it is found, and no statement is added."""

    ticket, session = " ".join(OF_TICKET.values()), " ".join(OF_SESSION.values())
    queries = (
        "{ claimedTickets(first: 50) { nodes { id %(ticket)s sessions { id %(session)s } } } }",
        "{ ticketQueue(first: 50) { nodes { id %(ticket)s sessions { id %(session)s } } } }",
        "{ viewer { tickets(first: 50) { nodes { id %(ticket)s sessions { id %(session)s } } } } }",
        "{ viewer { sessions(first: 50) { nodes { id %(session)s ticket { id %(ticket)s } } } } }",
    )

    async def test_lists_and_each_alone(self, world: World, statements: list[str]) -> None:
        solver, customer = await world.solver(), await world.person()
        for status in TicketStatus:
            await case(world, status, customer, solver)
            await case(world, status, solver, await world.solver())
        for graph in (solver.graph, customer.graph):
            for query in self.queries[0 if graph is solver.graph else 2 :]:
                for _ in range(3):  # by the reference executor, and by a plan
                    statements.clear()
                    listed = await graph(query % {"ticket": self.ticket, "session": self.session})
                    with_them = len(statements)
                    for node in nodes_of(listed):
                        alone = (await graph(READ, id=node["id"]))["node"]
                        assert {name: node[name] for name in alone} == alone
                    statements.clear()
                    await graph(query % {"ticket": "", "session": ""})
                    assert with_them == len(statements)

    async def test_guests(self, world: World) -> None:
        """A session is found through the ticket of a guest as well; an anonymous viewer can do nothing with it."""
        made = await case(world, TicketStatus.IN_PROGRESS, await world.person(), await world.solver())
        fields = f"{self.ticket} sessions {{ {self.session} }}"
        query = (
            f"query ($r: String!, $p: PhoneNumber!) {{ guestTicket(reference: $r, phoneNumber: $p) {{ {fields} }} }}"
        )
        named = {"r": made.ticket.reference, "p": made.ticket.phone_number}
        guest = (await world.nobody(query, **named))["guestTicket"]
        assert guest.pop("sessions") == [dict.fromkeys(OF_SESSION.values(), False)]
        assert guest == dict.fromkeys(OF_TICKET.values(), False)


def nodes_of(answer: Any) -> list[dict[str, Any]]:
    """All objects in an answer that have capabilities."""
    if isinstance(answer, list):
        return [node for one in answer for node in nodes_of(one)]
    if not isinstance(answer, dict):
        return []
    own = [answer] if any(name.startswith("viewerCan") for name in answer) else []
    return own + [node for one in answer.values() for node in nodes_of(one)]


class TestFavorites:
    """`Solver.viewerHasFavorited`."""

    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Solver { viewerHasFavorited } } }"

    async def test_many_in_one_statement(self, world: World, statements: list[str]) -> None:
        me, other, solvers = await world.person(), await world.person(), [await world.solver() for _ in range(4)]
        for solver in solvers:
            await world.ticket(me, claimed_by=solver)
            await world.ticket(other, claimed_by=solver)
        for solver in solvers[1:3]:
            await world.favorite(me, solver)
        keys = [ids.encode("Solver", await world.solver_key(one)) for one in solvers]
        for graph, expected in ((me.graph, [False, True, True, False]), (other.graph, [False] * 4)):
            for _ in range(2):
                statements.clear()
                told = (await graph(self.query, ids=keys))["nodes"]
                assert [one["viewerHasFavorited"] for one in told] == expected
                assert len([sql for sql in statements if "AND favorite_solver.solver_id = keys.key" in sql]) == 1

    async def test_anonymous(self, world: World) -> None:
        made = await case(world, TicketStatus.CLAIMED, await world.person(), await world.solver())
        query = """query ($r: String!, $p: PhoneNumber!) {
            guestTicket(reference: $r, phoneNumber: $p) { claimedBy { viewerHasFavorited } } }"""
        named = {"r": made.ticket.reference, "p": made.ticket.phone_number}
        assert (await world.nobody(query, **named))["guestTicket"] == {"claimedBy": {"viewerHasFavorited": None}}
