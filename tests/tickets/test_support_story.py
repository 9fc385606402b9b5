"""The whole story over HTTP: help without an account, two solvers, an account that finds everything again (T1-T7)."""

import asyncio
from typing import Any

import httpx2

from auth.secrets import Secrets
from models import ids
from tests.customers.accounts import T1, T2, customer, new_user
from tests.graph import Graph, only
from tests.people import Person, World, number, word
from tests.tickets.submissions import find, submit
from tests.webhooks.clerk import Sender, phone, user

QUEUE = """query ($after: String) { ticketQueue(urgency: CRITICAL, first: 100, after: $after) {
    nodes { id reference name phoneNumber } pageInfo { hasNextPage endCursor } } }"""
HISTORY = """{ viewer { support { totalSessions completedSessions favoriteSolvers { nodes { id } } }
    tickets { nodes { id reference status phoneNumber claimedBy { name averageRating ratingsCount completedSessions } } }
    sessions { nodes { id status notes durationSeconds rating { stars comment } ticket { reference } } } } }"""


async def queued(graph: Graph, key: str) -> Any:
    """Find a ticket in the queue, however far down it is."""
    after = None
    while True:
        page = (await graph(QUEUE, after=after))["ticketQueue"]
        found = [one for one in page["nodes"] if one["id"] == key]
        if found or not page["pageInfo"]["hasNextPage"]:
            return found[0] if found else None
        after = page["pageInfo"]["endCursor"]


async def raced(first: Person, second: Person, key: str) -> tuple[Person, Person]:
    """Let two solvers claim the same ticket at once; give the winner and the loser."""
    claims = [one.graph.mutate("claimTicket", "ticket { phoneNumber }", ticketId=key) for one in (first, second)]
    answers = dict(zip((first, second), await asyncio.gather(*claims), strict=True))
    (winner,) = [one for one, answer in answers.items() if not answer["userErrors"]]
    (loser,) = {first, second} - {winner}
    assert answers[winner]["ticket"]["phoneNumber"]
    assert (answers[loser]["ticket"], only(answers[loser])) == (None, "TicketAlreadyClaimedError")
    return winner, loser


async def helped_another(world: World, solver: Person, stars: int) -> None:
    """Let a solver help somebody else, who rates that."""
    other = await world.person()
    ticket = (await submit(other.graph))["ticket"]["id"]
    await solver.graph.mutate("claimTicket", "ticket { id }", ticketId=ticket)
    session = (await solver.graph.mutate("startSession", "session { id }", ticketId=ticket))["session"]["id"]
    await solver.graph.mutate("completeSession", "session { id }", sessionId=session, resolved=True)
    payload = await other.graph.mutate("rateSession", "session { id }", sessionId=session, stars=stars, comment=word())
    assert payload["userErrors"] == []


async def test_story(world: World, http: httpx2.AsyncClient, credentials: Secrets) -> None:
    deliver = Sender(http, credentials.clerk_webhook_secrets[0])
    guest, sam, rana = world.nobody, await world.solver(name="Sam"), await world.solver(name="Rana")

    # Somebody without an account asks for help, and finds their ticket again by what they were told.
    typed = number()
    sent = await submit(guest, name="Layla", phoneNumber=f"00{typed[1:]}", urgency="CRITICAL", deviceType="LAPTOP")
    ticket = sent["ticket"]
    key, reference = ticket["id"], ticket["reference"]
    assert (await find(guest, reference.lower(), typed))["status"] == "OPEN"
    assert await find(guest, reference, number()) is None

    # Both solvers see it wait, without a word of who it is; of both who claim it one gets it.
    for solver in (sam, rana):
        assert await queued(solver.graph, key) == {"id": key, "reference": reference, "name": None, "phoneNumber": None}
    winner, loser = await raced(sam, rana, key)
    contact = "query ($id: ID!) { ticket(id: $id) { phoneNumber } }"
    assert await winner.graph(contact, id=key) == {"ticket": {"phoneNumber": typed}}
    assert await loser.graph(contact, id=key) == {"ticket": None}
    name = "Sam" if winner is sam else "Rana"
    assert (await find(guest, reference, typed))["claimedBy"] is not None

    # They work on it; the guest sees how it goes on.
    started = await winner.graph.mutate(
        "startSession", "session { id status ticket { status } }", ticketId=key, tier="QUICK"
    )
    session = started["session"]["id"]
    assert started["session"] == {"id": session, "status": "ACTIVE", "ticket": {"status": "IN_PROGRESS"}}
    assert only(await loser.graph.mutate("completeSession", "session { id }", sessionId=session)) == "NotFoundError"
    notes = {"sessionId": session, "notes": "Changed the cable", "resolved": True}
    await winner.graph.mutate("completeSession", "session { id }", **notes)
    assert (await find(guest, reference, typed))["status"] == "RESOLVED"
    assert await winner.graph(contact, id=key) == {"ticket": {"phoneNumber": None}}

    # They sign up. A number that is only said links nothing; once Clerk has verified it, all is there.
    clerk_id = new_user()
    me = Graph(world.http, world.issuer.token(clerk_id))
    unverified = [phone(typed, status="unverified")]
    await deliver("user.created", user(clerk_id, updated_at=T1, phone_numbers=unverified))
    assert (await me(HISTORY))["viewer"]["tickets"]["nodes"] == []
    await deliver("user.updated", user(clerk_id, updated_at=T2, phone_numbers=[phone(typed)]))
    history = (await me(HISTORY))["viewer"]
    assert history["support"] == {"totalSessions": 1, "completedSessions": 1, "favoriteSolvers": {"nodes": []}}
    (mine,) = history["tickets"]["nodes"]
    assert mine == {
        "id": key, "reference": reference, "status": "RESOLVED", "phoneNumber": typed,
        "claimedBy": {"name": name, "averageRating": None, "ratingsCount": 0, "completedSessions": 1},
    }  # fmt: skip
    (held,) = history["sessions"]["nodes"]
    assert held == held | {"status": "COMPLETED", "notes": "Changed the cable", "rating": None}
    assert (await find(guest, reference, typed))["phoneNumber"] is None

    # They rate it, once, and would like the same solver again.
    rating = {"sessionId": session, "stars": 4, "comment": "Quick"}
    assert (await me.mutate("rateSession", "session { id }", **rating))["userErrors"] == []
    assert only(await me.mutate("rateSession", "session { id }", **rating | {"stars": 5})) == "SessionAlreadyRatedError"
    solver = ids.encode("Solver", await world.solver_key(winner))
    await me.mutate("addFavoriteSolver", "solver { id }", solverId=solver)
    again = (await submit(me, name=None, phoneNumber=None, requestedSolverId=solver))["ticket"]
    assert again["requestedSolver"] == {"id": solver}
    assert again["customer"] == {"id": ids.encode("Customer", (await customer(world.database, clerk_id)).id)}

    # A second customer rates the same solver: the average is that of both.
    await helped_another(world, winner, stars=5)
    last = (await me(HISTORY))["viewer"]
    resolved = next(one for one in last["tickets"]["nodes"] if one["id"] == key)
    assert resolved["claimedBy"] == {"name": name, "averageRating": 4.5, "ratingsCount": 2, "completedSessions": 2}
    assert last["sessions"]["nodes"][0]["rating"] == {"stars": 4, "comment": "Quick"}
    assert last["support"]["favoriteSolvers"]["nodes"] == [{"id": solver}]
