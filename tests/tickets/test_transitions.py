"""Every verb upon a ticket in every status by everybody (T4, T5, T8), held against a grid that was written by hand."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from models import ids, transitions
from models.sessions import MAX_SESSIONS, SupportSessionStatus
from models.tickets import TicketStatus
from models.transitions import TRANSITIONS, Actor
from tests.graph import Graph
from tests.people import Person, World
from tests.tickets.factories import Case, case, found, heard, session_found

OUTCOMES = {
    "+": "", "=": "", "i": "IllegalTicketTransitionError", "j": "IllegalSupportSessionTransitionError", "c": "TicketAlreadyClaimedError", "n": "NotFoundError",
    "a": "NotAllowedError", "r": "NotAllowedError SOLVER", "s": "SignedOutError",
}  # fmt: skip
"""What is told. `+` is done; `=` is answered like that, but was so before."""
STATUSES = tuple(TicketStatus)
VIEWERS = ("anonymous", "stranger", "service", "customer", "other solver", "holder", "admin")
GRID = {
    # OPEN, CLAIMED, IN_PROGRESS, RESOLVED, CANCELLED for each viewer, in their order
    "claimTicket":     ("sssss", "rrrrr", "rrrrr", "rrrrr", "+ccnn", "+==ii", "+ccii"),
    "releaseTicket":   ("sssss", "rrrrr", "rrrrr", "rrrrr", "innnn", "i++ii", "i++ii"),
    "cancelTicket":    ("sssss", "nnnnn", "nnnnn", "++ii=", "annnn", "a++i=", "+++i="),
    "startSession":    ("sssss", "rrrrr", "rrrrr", "rrrrr", "innnn", "i+=ii", "iaiii"),
    "completeSession": ("sssss", "rrrrr", "rrrrr", "rrrrr", "nnnnn", "jj+=j", "aaaaa"),
    "cancelSession":   ("sssss", "rrrrr", "rrrrr", "rrrrr", "nnnnn", "==+j=", "==+j="),
}  # fmt: skip
TO = {
    "claimTicket": "CLAIMED", "releaseTicket": "OPEN", "cancelTicket": "CANCELLED", "startSession": "IN_PROGRESS",
    "completeSession": "RESOLVED", "cancelSession": "CLAIMED",
}  # fmt: skip
ENDED = {
    "releaseTicket": "CANCELLED",
    "cancelTicket": "CANCELLED",
    "completeSession": "COMPLETED",
    "cancelSession": "CANCELLED",
}
"""How an active session ends by a verb."""
GRID_PARTIES = {
    "customer": {Actor.CUSTOMER}, "other solver": {Actor.ANY_SOLVER}, "holder": {Actor.ANY_SOLVER, Actor.HOLDER},
    "admin": {Actor.ANY_SOLVER, Actor.ADMIN},
}  # fmt: skip


def outcome(payload: Any) -> str:
    """Say what became of a mutation, in the words of the grid."""
    told = [f"{one['__typename']} {one.get('requiredRole') or ''}".strip() for one in payload["userErrors"]]
    return " ".join(told)


async def wrong(world: World, verb: str, graph: Graph, expected: str, made: Case) -> str:
    """Do something to a ticket, and say what differs from what was expected."""
    before = await found(world, made.ticket.id)
    payload = await graph.mutate(verb, "__typename", **made.input(verb))
    after, session = await found(world, made.ticket.id), await session_found(world, made.session.id)
    if outcome(payload) != OUTCOMES[expected]:
        return f"{payload}"
    if expected != "+":
        moved = after != before or session[0] != made.session.status
        told = payload["userErrors"][0] if expected != "=" else {}
        if expected == "i" and (told["from"], told["to"]) != (made.ticket.status, TO[verb]):
            return f"{told}"
        if expected == "j" and (told["sessionFrom"], told["sessionTo"]) != (made.session.status, ENDED[verb]):
            return f"{told}"
        return "it moved" if moved else ""
    ended = ENDED.get(verb) if made.session.status is SupportSessionStatus.ACTIVE else None
    right = (
        after[0] == TO[verb]
        and session[0] == (ended or made.session.status)
        and (session[1] is None) == (session[0] == "ACTIVE")
    )
    freed = (after[1], after[2]) == (None, None)
    return (
        ""
        if right and freed == (after[0] == "OPEN" or (before[1] is None and verb == "cancelTicket"))
        else f"{after}, {session}"
    )


class TestGrid:
    """What is possible, and what is said where it is not."""

    @pytest.mark.parametrize("verb", GRID)
    async def test_everybody_on_every_status(self, world: World, database_url: str, verb: str) -> None:
        customer, holder, other = await world.person(), await world.solver(), await world.solver()
        people: dict[str, Person] = {
            "stranger": await world.person(), "service": await world.person(role="SERVICE"), "customer": customer,
            "other solver": other, "holder": holder, "admin": await world.person(role="ADMIN"),
        }  # fmt: skip
        faults, moved = [], Counter[tuple[str, str, str]]()
        async with heard(database_url) as said:
            for viewer, row in zip(VIEWERS, GRID[verb], strict=True):
                for status, expected in zip(STATUSES, row, strict=True):
                    made = await case(world, status, customer, holder)
                    graph = people[viewer].graph if viewer in people else world.nobody
                    fault = await wrong(world, verb, graph, expected, made)
                    faults += [f"{viewer} on {status}: {fault}"] if fault else []
                    if expected == "+":
                        moved[str(made.ticket.id), status, TO[verb]] += 1
        assert faults == []
        told = Counter((one["ticket_id"], one["was"], one["status"]) for one in said)
        assert {key: count for key, count in told.items() if key in moved} == moved

    def test_the_table_says_the_same(self) -> None:
        """What the grid lets pass is just what the table has."""
        for verb, rows in GRID.items():
            for viewer, row in zip(VIEWERS, rows, strict=True):
                parties = frozenset(GRID_PARTIES.get(viewer, set()))
                possible = {status for status, expected in zip(STATUSES, row, strict=True) if expected == "+"}
                assert set(transitions.allowed_from(verb, parties)) == possible, (verb, viewer)
                assert {move.to for move in transitions.transitions_of(verb)} <= {TO[verb], "CLAIMED"}

    def test_what_is_finished_stays(self) -> None:
        assert {status for move in TRANSITIONS for status in move.of} == {"OPEN", "CLAIMED", "IN_PROGRESS"}


class TestWords:
    """The table drives what is said of it."""

    async def test_descriptions(self, world: World) -> None:
        asked = await world.nobody('{ __type(name: "Mutation") { fields { name description } } }')
        described = {one["name"]: one["description"] for one in asked["__type"]["fields"]}
        for verb in GRID:
            sentence = f" {transitions.describe(verb)} Requires "
            assert sentence in described[verb], verb

    def test_the_page_has_the_table(self) -> None:
        page = (Path(__file__).parents[2] / "docs" / "tickets.md").read_text()
        assert transitions.table() in page
        assert f"at most {MAX_SESSIONS} in all" in page

    async def test_an_unknown_ticket(self, world: World) -> None:
        """It looks like one that is hidden."""
        holder, stranger = await world.solver(), await world.solver()
        made = await case(world, TicketStatus.CLAIMED, await world.person(), holder)
        for verb in ("releaseTicket", "cancelTicket", "startSession"):
            hidden = await stranger.graph.mutate(verb, "__typename", ticketId=made.id)
            unknown = ids.encode("Ticket", stranger.key)
            missing = await stranger.graph.mutate(verb, "__typename", ticketId=unknown)
            assert [{**one, "id": ""} for one in hidden["userErrors"]] == [
                {**one, "id": ""} for one in missing["userErrors"]
            ]
