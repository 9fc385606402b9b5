"""Trying references and phone numbers, right ones and wrong ones."""

from itertools import count

from models.tickets import Ticket
from tests.graph import Graph
from tests.people import World, number
from tests.tickets.submissions import coming_from

Place = dict[str, str]
Pair = tuple[str, str]
LIMITED = "RATE_LIMITED"
octets = count(1)


def somewhere() -> Place:
    """Come from an address that no other test comes from."""
    at = next(octets)
    return coming_from(f"198.19.{at >> 8}.{at & 255}")


async def tried(graph: Graph, place: Place, *pairs: Pair) -> list[str]:
    """Look for tickets in one request: what came of each pair of reference and phone number, null, found or a code."""
    fields = " ".join(
        f"t{at}: guestTicket(reference: $r{at}, phoneNumber: $p{at}) {{ id }}" for at in range(len(pairs))
    )
    names = ", ".join(f"$r{at}: String!, $p{at}: PhoneNumber!" for at in range(len(pairs)))
    given = {f"r{at}": pair[0] for at, pair in enumerate(pairs)} | {f"p{at}": pair[1] for at, pair in enumerate(pairs)}
    answer = (await graph.send(f"query ({names}) {{ {fields} }}", place, **given)).json()
    codes = {error["path"][0]: error["extensions"]["code"] for error in answer.get("errors", ()) if "path" in error}
    return [codes.get(name) or ("found" if row else "null") for name, row in answer["data"].items()]


async def guess(shop: World, place: Place, reference: str, times: int = 1) -> list[str]:
    """Try a reference with phone numbers that are not its own, one request after the other."""
    return [(await tried(shop.nobody, place, (reference, number())))[0] for _ in range(times)]


def pair_of(ticket: Ticket) -> Pair:
    return ticket.reference, ticket.phone_number or ""


async def patient(shop: World, place: Place, *pairs: Pair) -> str:
    """Try as a front end does that asks again where the server is too busy."""
    while True:
        found = await tried(shop.nobody, place, *pairs)
        if "UNAVAILABLE" not in found:
            return ",".join(found)
