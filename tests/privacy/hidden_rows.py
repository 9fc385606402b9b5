"""A small shop of people with something to hide, and the rows that make a second world of it: one at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from uuid_utils.compat import uuid7

from models import ids
from models.customers import Customer
from models.follows import Block, Follow, FollowRequest, StoreFollow
from models.sessions import FavoriteSolver, SupportSession, SupportSessionRating, SupportSessionStatus
from models.tickets import Ticket
from tests.areas import TOTAL, declared, merged
from tests.people import Person, World, number, word
from tests.privacy.whole_graph import Given

LATER = datetime.now(UTC) + timedelta(days=2)
"""When everybody was last here, so that a request does not move it."""
AT = datetime(2026, 1, 2, tzinfo=UTC)
TAKEN = "that a username is taken must be told"
EXCEPTIONS: dict[str, dict[str, str]] = {
    "a follow of somebody private": {"Customer.followersCount": TOTAL, "Customer.followingCustomersCount": TOTAL},
    "a follow of a store": {"Store.followersCount": TOTAL, "Customer.followingStoresCount": TOTAL},
    "a session": {"Solver.completedSessions": TOTAL},
    "a rating": {"Solver.averageRating": TOTAL, "Solver.ratingsCount": TOTAL},
    "a customer": dict.fromkeys((f"UsernameAvailability.{name}" for name in ("available", "reason", "suggestion")), TAKEN),
    "a claimed ticket": {"ClaimTicketPayload.userErrors": "who comes too late is told who was first"},
    "a guest's claimed ticket": {"ClaimTicketPayload.userErrors": "who comes too late is told who was first"},
}  # fmt: skip
EXCEPTIONS |= merged("samples", "EXCEPTIONS")
"""What tells of a hidden row all the same, and why."""


@dataclass
class Scene:
    """Who asks, what is known to them, and the rows that none of them may see."""

    viewers: dict[str, Person | None]
    rows: dict[str, Callable[[], list[Any]]]
    known: Given = field(default_factory=dict)
    hidden: Given = field(default_factory=dict)
    """As `known`, but only what hidden rows concern: for mutations, which take long."""


async def build_scene(world: World) -> Scene:
    """Make the first world. `private` and `quiet` keep their followers to themselves; everybody follows `quiet`."""
    store, variant, other_variant = await world.store(), await world.variant(), await world.variant()
    await world.listing(variant, store_id=store.id)
    here = {"last_active_at": LATER, "name": word()}
    private, public = await world.person(is_private=True, **here), await world.person(**here)
    quiet = await world.person(show_followers=False, **here)
    asked = await world.person(is_private=True, **here)
    customer = await world.person(is_private=True, **here)
    blocker, solver = await world.person(**here), await world.solver(**here)
    viewers = {
        "stranger": await world.person(**here), "follower": await world.person(**here),
        "requester": await world.person(**here), "blocked": await world.person(**here), "solver": await world.solver(**here),
    }  # fmt: skip
    for person in viewers.values():
        await world.follow(person, quiet)
        await world.ticket(person, solver)
        await world.item(await world.default_list(person), variant)
    await world.follow(viewers["follower"], asked)
    await world.ask(viewers["requester"], asked)
    for person in (viewers["blocked"], viewers["solver"]):
        await world.block(blocker, person)
    ticket, guests = await world.ticket(customer, solver, status="RESOLVED"), await world.ticket()
    rated = await world.session(ticket)
    people = {"private": private, "public": public, "quiet": quiet, "customer": customer, "blocker": blocker}
    areas = [await hidden(world, people, variant) for hidden in declared("samples", "hidden")]
    key = await world.solver_key(solver)
    newcomer, request, session = [uuid7() for _ in range(3)]
    tickets = [uuid7() for _ in range(4)]

    def a_ticket(n: int, of: Person | None, status: str = "CLAIMED") -> list[Any]:
        held = {} if status == "OPEN" else {"solver_id": key, "claimed_at": AT}
        words = {"reference": f"TK-{word()}", "description": word(), "name": word(), "phone_number": "+971509999999"}
        return [Ticket(id=tickets[n], customer_id=of and of.key, status=status, created_at=AT, **words, **held)]

    def a_session() -> list[Any]:
        ended = {"status": SupportSessionStatus.COMPLETED, "started_at": AT, "ended_at": AT}
        return [SupportSession(id=session, ticket_id=ticket.id, solver_id=key, **ended)]

    username = word()[:18]
    rows: dict[str, Callable[[], list[Any]]] = {
        "a follow of somebody private": lambda: [Follow(follower_id=quiet.key, followee_id=private.key)],
        "a follow request": lambda: [FollowRequest(id=request, requester_id=public.key, target_id=private.key)],
        "a block": lambda: [Block(blocker_id=public.key, blocked_id=quiet.key)],
        "a block of a solver": lambda: [Block(blocker_id=customer.key, blocked_id=solver.key)],
        "a follow of a store": lambda: [StoreFollow(customer_id=private.key, store_id=store.id)],
        "a claimed ticket": lambda: a_ticket(0, customer),
        "a guest's claimed ticket": lambda: a_ticket(1, None),
        "a resolved ticket": lambda: a_ticket(2, customer, "RESOLVED"),
        "an open ticket across a block": lambda: a_ticket(3, blocker, "OPEN"),
        "a session": a_session,
        "a rating": lambda: [SupportSessionRating(session_id=rated.id, customer_id=customer.key, stars=2)],
        "a favourite": lambda: [FavoriteSolver(customer_id=customer.key, solver_id=key)],
        "a customer": lambda: [
            Customer(id=newcomer, clerk_id=word(), username=username, name=f"{username} Noor", show_profile=False)
        ],
    }
    hidden: Given = {
        "customerId": [one.id for one in (private, public, quiet)] + [ids.encode("Customer", newcomer)],
        "ticketId": [ids.encode("Ticket", one) for one in (*tickets, ticket.id)],
        "sessionId": [ids.encode("SupportSession", one) for one in (session, rated.id)],
        "solverId": [ids.encode("Solver", key)],
        "variantId": [ids.encode("ProductVariant", one.id) for one in (variant, other_variant)],
        "storeId": [ids.encode("Store", store.id)],
        "phoneNumber": [number()], "username": [word()[:18]], "name": [word()], "description": [word()],
    }  # fmt: skip
    hidden["requestedSolverId"] = hidden["solverId"]
    known: Given = {
        "username": [private.username, public.username, username],
        "term": [username, private.username[:2], here["name"]],
        "reference": [guests.reference], "phoneNumber": [guests.phone_number, number()],
        "slug": [store.slug], "sku": [variant.sku],
        "ticketId": hidden["ticketId"][:4],
        "Ticket": hidden["ticketId"][:4], "SupportSession": hidden["sessionId"][:1], "Customer": hidden["customerId"][-1:],
        "FollowRequest": [ids.encode("FollowRequest", request)],
    }  # fmt: skip
    for area in areas:
        rows |= area.rows
        hidden |= area.hidden
        known |= area.known
    known["Node"] = [key for name in ("Ticket", "Wishlist", "SupportSession", "Customer") for key in known[name][:2]]
    return Scene({"anonymous": None, **viewers}, rows, known, hidden)
