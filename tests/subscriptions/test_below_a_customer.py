"""What lies below the customer of a ticket: administrators see all of it, but not all of them the same."""

from typing import Any

from events.tickets import TicketChanged
from models import ids
from models.tickets import TicketStatus
from tests.people import World
from tests.subscriptions.rounds import rounds

PRODUCT = "viewerHasWishlisted product { viewerHasWishlisted }"
BELOW = (
    "username isPrivate viewerCanSeeContent email phoneNumber role preferences { preferredLanguage } privacySettings { showOrders }",
    "relationship { following requested followedBy requestedBy blocking mutualFollowersCount }",
    "mutualFollowers(first: 3) { totalCount nodes { username relationship { following } } }",
    "followers(first: 1) { pageInfo { endCursor } nodes { viewerCanSeeContent } }",
    "followingStores(first: 2) { nodes { slug viewerFollows } }",
    "wishlists(first: 3) { nodes { name shareUrl owner { username } } pageInfo { endCursor } }",
    f"wishlists(first: 1) {{ nodes {{ items(first: 2) {{ nodes {{ variant {{ {PRODUCT} }} }} }} }} }}",
)


async def test_below_a_customer(app: Any, world: World) -> None:
    customer = await world.person(role="ADMIN", is_private=True, email="one@shop.example")
    admins = [customer, *[await world.person(role="ADMIN") for _ in range(5)], await world.person(role="OWNER")]
    follower, blocked, blocker, asking = admins[1:5]
    for person in (follower, await world.person()):
        await world.follow(person, customer)
    await world.follow(customer, asking)
    await world.follow(blocked, follower)
    await world.block(customer, blocked)
    await world.block(blocker, customer)
    await world.ask(asking, customer)
    store, variant = await world.store(), await world.variant()
    for person in (customer, follower):
        await world.follow_store(person, store)
        await world.item(await world.default_list(person), variant)
    await world.wishlist(customer, visibility="LINK", share_token="x" * 32)
    ticket = await world.ticket(customer)
    for below in BELOW:
        query = f"subscription ($id: ID!) {{ ticketUpdated(ticketId: $id) {{ status customer {{ {below} }} }} }}"
        async with rounds(app) as heard:
            for person in admins * 2:
                await heard.listen(person.graph.token, query, id=ids.encode("Ticket", ticket.id))
            for _ in range(3):
                await heard.tell(TicketChanged(ticket.id, TicketStatus.OPEN, TicketStatus.OPEN))
            for one in heard.listening:
                together, apart = one.heard
                assert together == apart
                assert len(together.results) == 3
                assert b'"errors"' not in together.results[0]
