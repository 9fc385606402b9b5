"""Every mutation once, with an input that it takes from the customer for whom it was made."""

from dataclasses import dataclass
from typing import Any

from models import ids
from models.tickets import TicketStatus
from tests.areas import declared
from tests.graph import Graph
from tests.people import Person, World, number, word
from tests.tickets.factories import case

STORES = ("followed", "left")


@dataclass(frozen=True)
class Verb:
    """A mutation with its input; None where it takes none."""

    name: str
    input: dict[str, Any] | None

    async def send(self, graph: Graph) -> dict[str, Any]:
        """Run it, and give the whole answer."""
        kind = f"{self.name[0].upper()}{self.name[1:]}Input"
        head, given = (f"($input: {kind}!)", "(input: $input)") if self.input is not None else ("", "")
        query = f"mutation {head} {{ it: {self.name}{given} {{ userErrors {{ __typename code }} }} }}"
        variables = {"input": self.input} if self.input is not None else {}
        return (await graph.send(query, **variables)).json()  # type: ignore[no-any-return]


def outcome(answer: dict[str, Any]) -> str:
    """Say what became of a mutation: "" where it was done, else the code of its error or the type of its user error."""
    if "errors" in answer:
        return str(answer["errors"][0]["extensions"]["code"])
    return "".join(problem["__typename"] for problem in answer["data"]["it"]["userErrors"])


async def verbs(world: World, me: Person, others: list[Person]) -> list[Verb]:
    """Make what every mutation needs, so that each succeeds; `me` is a solver. `others` get all that is made of people."""
    names = (
        "followed", "unfollowed", "asks", "refused", "fan", "blocked", "unblocked", "solver", "customer", "demoted",
    )  # fmt: skip
    they = {name: await (world.solver() if name == "solver" else world.person()) for name in names}
    others += they.values()
    for one in ("unfollowed", "blocked"):
        await world.follow(me, they[one])
    await world.follow(they["fan"], me)
    await world.follow(they["blocked"], me)
    for one in ("asks", "refused"):
        await world.ask(they[one], me)
    await world.block(me, they["unblocked"])
    followed, left = [await world.store(slug=f"{name}-{me.username}") for name in STORES]
    await world.follow_store(me, left)
    await world.execute("UPDATE customer SET following_stores_count = 1 WHERE id = $1", me.key)
    await world.execute("UPDATE store SET followers_count = 1 WHERE id = $1", left.id)
    await world.favorite(me, they["solver"])
    rated = await case(world, TicketStatus.RESOLVED, me, they["solver"])
    sql = "UPDATE solver SET completed_sessions = 1 WHERE customer_id = $1"
    await world.execute(sql, they["solver"].key)
    mine = await world.ticket(me)
    theirs = {
        verb: await case(world, status, they["customer"], me)
        for verb, status in (
            ("claimTicket", TicketStatus.OPEN),
            ("startSession", TicketStatus.CLAIMED), ("releaseTicket", TicketStatus.CLAIMED),
            ("completeSession", TicketStatus.IN_PROGRESS), ("cancelSession", TicketStatus.IN_PROGRESS),
        )
    }  # fmt: skip
    verified = await world.value("SELECT phone_number FROM customer WHERE id = $1", me.key)
    sent = await world.ticket(phone_number=verified)
    upon = {
        "followCustomer": "followed", "unfollowCustomer": "unfollowed", "acceptFollowRequest": "asks",
        "declineFollowRequest": "refused", "removeFollower": "fan", "blockCustomer": "blocked",
        "unblockCustomer": "unblocked",
    }  # fmt: skip
    given: dict[str, Any] = {
        "registerCustomer": {"preferredLanguage": "ar"},
        "updateProfile": {"name": "Layla", "phoneNumber": verified},
        "updateUsername": {"username": f"v{word()}"},
        "updatePrivacy": {"isPrivate": False},
        "setRole": {"customerId": they["demoted"].id, "role": "SOLVER"},
        **{verb: {"customerId": they[name].id} for verb, name in upon.items()},
        "followStore": {"storeId": ids.encode("Store", followed.id)},
        "unfollowStore": {"storeId": ids.encode("Store", left.id)},
        **{verb: one.input(verb) for verb, one in theirs.items()},
        "rateSession": {"sessionId": rated.session_id, "stars": 5, "comment": "Quick"},
        "addFavoriteSolver": {"solverId": ids.encode("Solver", await world.solver_key(await world.solver()))},
        "removeFavoriteSolver": {"solverId": ids.encode("Solver", await world.solver_key(they["solver"]))},
        "submitTicket": {"description": "No sound", "idempotencyKey": word(), "phoneNumber": number(), "name": "Layla"},
        "linkTicket": {
            "ticketId": ids.encode("Ticket", sent.id), "phoneNumber": sent.phone_number, "reference": sent.reference,
        },
        "linkTicketsByPhone": {"idempotencyKey": word()},
        "cancelTicket": {"ticketId": ids.encode("Ticket", mine.id)},
    }  # fmt: skip
    given["startSession"] |= {"tier": "QUICK"}
    given["completeSession"] |= {"resolved": True, "notes": "Changed the cable"}
    for inputs in declared("samples", "inputs"):
        given |= await inputs(world, me, others)
    return [Verb(name, input) for name, input in given.items()]
