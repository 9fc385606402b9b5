"""T8: every viewer, ticket, field and path, from the one table of `ticket_table`."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from models import ids
from models.sessions import SupportSessionRating
from models.tickets import Ticket, TicketStatus
from tests.graph import Graph
from tests.people import Person, World, number, word
from tests.privacy.world import met, selection
from tests.tickets.factories import SESSIONS
from tests.tickets.table import ALL, CONTACT, FIELDS, NOTHING, SIGHTS, sight

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""So that these tickets come first in the queue, whatever else waits there."""
CONTACTS = {name for name, of in FIELDS["Ticket"].items() if of == CONTACT}
TICKET = f"""fragment T on Ticket {{ {selection("Ticket", skip=("sessions", "customer"))} customer {{ id username }}
    sessions(first: 5) {{ ...S }} }} fragment S on SupportSession {{ {selection("SupportSession", skip=("ticket", "solver"))} solver {{ ...C }}
    ticket {{ id name phoneNumber email customer {{ id }} }} }} fragment C on Solver {{ {selection("Solver")} }}"""
SESSION = f"""fragment U on SupportSession {{ {selection("SupportSession", skip=("ticket", "solver"))} solver {{ ...C }}
    ticket {{ ...T }} }} {TICKET}"""


@dataclass(eq=False)
class Seen:
    """A ticket that is looked at, with the sessions on it by who held them, and the private words in it."""

    row: Ticket
    customer: Person | None
    holder: Person
    sessions: dict[str, Person] = field(default_factory=dict)
    contact: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    said: dict[str, set[str]] = field(default_factory=dict)
    """Private words by session."""

    @property
    def id(self) -> str:
        return ids.encode("Ticket", self.row.id)


@dataclass
class Scene:
    """Everybody and everything."""

    tickets: list[Seen]
    people: dict[str, Person | None]
    blocked: set[tuple[Person, Person | None]]

    def stands(self, viewer: str, seen: Seen) -> str:
        person = self.people[viewer]
        if person is None or viewer in {"admin", "owner"}:
            return "anonymous" if person is None else "admin"
        if person is seen.customer:
            return "customer"
        if "solver" not in viewer and "holder" not in viewer:
            return "stranger"
        blocked = "blocked " if (person, seen.customer) in self.blocked else ""
        if person is seen.holder:
            return f"{blocked}holder"
        return "former holder" if person in seen.sessions.values() else f"{blocked}solver"

    def sight(self, viewer: str, seen: Seen) -> str | None:
        return sight(self.stands(viewer, seen), seen.row.status)

    def shows(self, viewer: str, solver: Person) -> bool:
        """Is the card of a solver shown to somebody who has a ticket or session of theirs?"""
        return viewer in {"admin", "owner"} or (solver, self.people[viewer]) not in self.blocked

    def held(self, viewer: str, seen: Seen) -> set[str]:
        """Give the sessions on a ticket that exist for somebody."""
        everything = self.stands(viewer, seen) in {"customer", "admin"}
        return {key for key, who in seen.sessions.items() if everything or who is self.people[viewer]}


@pytest.fixture(scope="module")
async def scene(world: World) -> Scene:
    """A ticket in each status of a customer, of two with a block between, and of a guest."""
    people: dict[str, Person | None] = {
        "anonymous": None, "stranger": await world.person(), "service": await world.person(role="SERVICE"),
        "customer": await world.person(), "customer who blocked": await world.person(),
        "customer who was blocked": await world.person(), "solver": await world.person(role="SOLVER"),
        "holder": await world.solver(), "former holder": await world.solver(), "holder who was blocked": await world.solver(),
        "holder who blocked": await world.solver(), "solver who was blocked": await world.person(role="SOLVER"),
        "solver who blocked": await world.person(role="SOLVER"),
        "admin": await world.person(role="ADMIN"), "owner": await world.person(role="OWNER"),
    }  # fmt: skip
    blocked = set[tuple[Person, Person | None]]()
    for solver in ("holder", "solver"):
        for how, customer in (("who was blocked", "customer who blocked"), ("who blocked", "customer who was blocked")):
            pair = people[f"{solver} {how}"], people[customer]
            assert pair[0]
            assert pair[1]
            blocked.add((pair[0], pair[1]))
            await world.block(*(pair if how == "who blocked" else reversed(pair)))
    tickets = []
    for customer, holder in (
        ("customer", "holder"), ("customer who blocked", "holder who was blocked"),
        ("customer who was blocked", "holder who blocked"), ("anonymous", "holder"),
    ):  # fmt: skip
        for status in TicketStatus:
            first, last = people["former holder"], people[holder]
            assert first
            assert last
            tickets.append(await _made(world, status, people[customer], first, last))
    return Scene(tickets, people, blocked)


async def _made(world: World, status: TicketStatus, customer: Person | None, first: Person, last: Person) -> Seen:
    words = [f"canary{word()}{word()[:8]}" for _ in range(3)]
    contact = {"name": words[0], "email": f"{words[1]}@example.com", "phone_number": number()}
    row = await world.ticket(
        customer, None if status is TicketStatus.OPEN else last, **contact, description=words[2], status=status,
        urgency="CRITICAL", created_at=LONG_AGO,
    )  # fmt: skip
    seen = Seen(row, customer, last, {}, {*words[:2], contact["phone_number"]}, {words[2]})
    if customer:
        seen.contact |= {str(customer.key), customer.username}
    for solver, state in ((first, "CANCELLED"), (last, SESSIONS[status])):
        said = [f"canary{word()}{word()[:8]}" for _ in range(2)]
        session = await world.session(row, solver_id=await world.solver_key(solver), status=state, notes=said[0])
        key = ids.encode("SupportSession", session.id)
        if state == "COMPLETED" and customer:
            await world.save(
                SupportSessionRating(session_id=session.id, customer_id=customer.key, stars=3, comment=said[1])
            )
        seen.sessions[key], seen.said[key] = solver, set(said)
    return seen


VIEWERS = (
    "anonymous", "stranger", "service", "customer", "customer who blocked", "customer who was blocked", "solver", "holder",
    "former holder", "holder who was blocked", "holder who blocked", "solver who was blocked", "solver who blocked",
    "admin", "owner",
)  # fmt: skip


@dataclass
class Reading:
    """One response: the tickets on a path, and those that should be on it."""

    path: str
    body: str
    rows: dict[str, Any]
    due: list[Seen]


async def _ask(graph: Graph, query: str, *, allowed: bool = True, **variables: Any) -> tuple[str, Any]:
    response = await graph.send(query, **variables)
    answer = orjson.loads(response.content)
    codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
    assert not codes if allowed else codes in (["FORBIDDEN"], ["UNAUTHENTICATED"]), answer["errors"]
    return response.text, answer["data"]


async def readings(scene: Scene, viewer: str, world: World) -> AsyncIterator[Reading]:
    """Read the tickets on every path that leads to one."""
    person = scene.people[viewer]
    graph = person.graph if person else world.nobody
    visible = [seen for seen in scene.tickets if scene.sight(viewer, seen)]
    keys = [seen.id for seen in scene.tickets]
    body, data = await _ask(graph, f"query ($i: [ID!]!) {{ nodes(ids: $i) {{ ...T }} }} {TICKET}", i=keys)
    yield Reading("nodes", body, _by_id(data["nodes"]), visible)
    for root in ("node", "ticket"):
        for half in (scene.tickets[::2], scene.tickets[1::2]):  # all would be more fields than a document may have
            some = " ".join(f'a{n}: {root}(id: "{seen.id}") {{ ...T }}' for n, seen in enumerate(half))
            body, data = await _ask(graph, f"{{ {some} }} {TICKET}")
            yield Reading(root, body, _by_id(data.values()), [seen for seen in half if seen in visible])

    solver = person is not None and ("solver" in viewer or "holder" in viewer or viewer in {"admin", "owner"})
    for urgency in ("", "urgency: CRITICAL, "):
        query = f"{{ ticketQueue({urgency}first: 100) {{ nodes {{ ...T }} }} }} {TICKET}"
        body, data = await _ask(graph, query, allowed=solver)
        assert (data["ticketQueue"] is not None) == solver
        waits = [seen for seen in visible if seen.row.status == "OPEN" and "blocked" not in scene.stands(viewer, seen)]
        yield Reading(
            "ticketQueue", body, _by_id((data["ticketQueue"] or {"nodes": ()})["nodes"]), waits if solver else []
        )
    query = f"{{ claimedTickets(first: 100) {{ nodes {{ ...T }} }} }} {TICKET}"
    body, data = await _ask(graph, query, allowed=solver)
    assert (data["claimedTickets"] is not None) == solver
    has = [seen for seen in visible if seen.holder is person and seen.row.status != "OPEN"]
    yield Reading("claimedTickets", body, _by_id((data["claimedTickets"] or {"nodes": ()})["nodes"]), has)

    for name, customer in scene.people.items():
        if customer and name.startswith("customer"):
            query = f"""query ($i: ID!) {{ customer(id: $i) {{ support {{ totalSessions }} tickets(first: 50) {{ nodes {{ ...T }} }}
                sessions(first: 50) {{ nodes {{ ...S }} }} }} }} {TICKET}"""
            body, data = await _ask(graph, query, i=customer.id)
            theirs = data["customer"] or dict.fromkeys(("support", "tickets", "sessions"))
            own = name == viewer or viewer in {"admin", "owner"}
            assert {part is not None for part in theirs.values()} == {own}
            rows = _by_id(theirs["tickets"]["nodes"]) if own else {}
            yield Reading(
                f"tickets of {name}", body, rows, [seen for seen in visible if own and seen.customer is customer]
            )

    sessions = [key for seen in scene.tickets for key in seen.sessions]
    body, data = await _ask(graph, f"query ($i: [ID!]!) {{ nodes(ids: $i) {{ ...U }} }} {SESSION}", i=sessions)
    expected = {key for seen in scene.tickets for key in scene.held(viewer, seen)}
    assert {row["id"] for row in data["nodes"] if row} == expected
    rows = _by_id(row["ticket"] for row in data["nodes"] if row)
    yield Reading("SupportSession.ticket", body, rows, [seen for seen in visible if scene.held(viewer, seen)])

    for verb, upon in (("claimTicket", "CLAIMED"), ("releaseTicket", "RESOLVED"), ("startSession", "IN_PROGRESS")):
        for seen in scene.tickets:
            if seen.row.status == upon:
                kind = f"{verb[0].upper()}{verb[1:]}"
                inner = "session { ticket { ...T } }" if verb == "startSession" else "ticket { ...T }"
                query = f"""mutation ($i: {kind}Input!) {{ it: {verb}(input: $i) {{ {inner} userErrors {{ message
                    ... on TicketAlreadyClaimedError {{ claimedBy {{ ...C }} }} }} }} }} {TICKET}"""
                body, data = await _ask(graph, query, i={"ticketId": seen.id})
                told = data["it"]
                node = (told["session"] or {}).get("ticket") if verb == "startSession" else told["ticket"]
                assert (node is None) == bool(told["userErrors"])
                rows = _by_id([node])  # who had done it before is answered as then
                yield Reading(verb, body, rows, [one for one in visible if one.id in rows])


def _by_id(rows: Any) -> dict[str, Any]:
    return {row["id"]: row for row in rows if row is not None}


def faults(scene: Scene, viewer: str, reading: Reading) -> Iterator[str]:
    """Say whatever a response has that it should not have, or has not that it should."""
    yield from _rows(scene, viewer, reading)
    yield from _words(scene, viewer, reading)


def _rows(scene: Scene, viewer: str, reading: Reading) -> Iterator[str]:
    ours = {seen.id: seen for seen in scene.tickets}
    rows, due = {key: row for key, row in reading.rows.items() if key in ours}, {seen.id for seen in reading.due}
    for key in rows.keys() ^ due:
        yield f"{'sees' if key in rows else 'does not see'} one that is {ours[key].row.status}, as {scene.stands(viewer, ours[key])}"
    for key, row in rows.items():
        seen, where = ours[key], f"{ours[key].row.status} as {scene.stands(viewer, ours[key])}"
        for name in CONTACTS:
            right = scene.sight(viewer, seen) == ALL and (name != "customer" or seen.customer is not None)
            if (row[name] is not None) is not right:
                yield f"{where}: {name} is {row[name]}"
        shown = seen.row.solver_id is not None and scene.shows(viewer, seen.holder)
        if row["description"] != seen.row.description or (row["claimedBy"] is not None) is not shown:
            yield f"{where}: {row}"
        for one in row["sessions"]:
            if (one["solver"] is not None) is not scene.shows(viewer, seen.sessions[one["id"]]):
                yield f"{where}: the solver of a session is {one['solver']}"
        if {one["id"] for one in row["sessions"]} != scene.held(viewer, seen):
            yield f"{where}: sessions are {row['sessions']}"


def _words(scene: Scene, viewer: str, reading: Reading) -> Iterator[str]:
    allowed = set[str]()
    for seen in scene.tickets:
        of = scene.sight(viewer, seen)
        allowed |= (seen.contact if of == ALL else set()) | (seen.words if of else set())
        allowed |= {said for key in scene.held(viewer, seen) for said in seen.said[key]}
    private = {one for seen in scene.tickets for one in seen.contact | seen.words | set().union(*seen.said.values())}
    person = scene.people[viewer]
    if person:
        allowed |= {str(person.key), person.username}
    words = met(reading.body) | {one for one in private if one in reading.body}
    if reading.path.startswith("tickets of"):
        allowed |= {str(one.key) for name, one in scene.people.items() if one and name == reading.path[11:]}
    for leaked in (words & private) - allowed:
        yield f"meets {leaked}"


@pytest.mark.parametrize("viewer", VIEWERS)
async def test_every_path(scene: Scene, world: World, viewer: str) -> None:
    found = [f"{r.path}: {fault}" async for r in readings(scene, viewer, world) for fault in faults(scene, viewer, r)]
    assert not found, f"{len(found)} faults:\n" + "\n".join(found[:25])


def test_every_row_of_the_table_is_somebody(scene: Scene) -> None:
    assert set(VIEWERS) == set(scene.people)
    stands = {(scene.stands(viewer, seen), seen.row.status) for viewer in VIEWERS for seen in scene.tickets}
    assert stands == {(name, status) for name in SIGHTS for status in TicketStatus}


async def test_all_words_are_there_for_an_admin(scene: Scene, world: World) -> None:
    """Otherwise the tests above would hold for an empty graph."""
    text = "".join([reading.body async for reading in readings(scene, "admin", world)])
    private = {one for seen in scene.tickets for one in seen.contact | seen.words if "-" not in one}
    assert private
    assert {one for one in private if one not in text} == set()
    assert NOTHING is None
