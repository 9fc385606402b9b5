"""The story once more, as it is seen live: a solver watches the queue, a customer their ticket (L1)."""

from typing import Any

import httpx2

from auth.secrets import Secrets
from tests.customers.accounts import T1, new_user
from tests.graph import Graph
from tests.people import World, number
from tests.tickets.submissions import submit
from tests.transport.wires import UPDATED, Wire, followed, greeted
from tests.webhooks.clerk import Sender, phone, user

QUEUE = "subscription { ticketQueueChanged { id status name phoneNumber } }"


async def queued(wire: Wire, key: str) -> Any:
    """Wait for news of one ticket in the queue; others come and go."""
    while True:
        row = (await wire.data("1"))["ticketQueueChanged"]
        if row["id"] == key:
            return row


async def test_story_live(address: str, app: Any, world: World, http: httpx2.AsyncClient, credentials: Secrets) -> None:
    deliver = Sender(http, credentials.clerk_webhook_secrets[0])
    solver, rival, typed, clerk_id = await world.solver(), await world.solver(), number(), new_user()
    me = Graph(world.http, world.issuer.token(clerk_id))

    async with greeted(address, rival.graph.token) as queue:
        await followed(app, 1, queue.ask("1", QUEUE))

        # A guest's ticket arrives in the queue, without a word of who it is; whoever claims it takes it out.
        key = (await submit(world.nobody, phoneNumber=typed))["ticket"]["id"]
        unknown = {"id": key, "name": None, "phoneNumber": None}
        assert await queued(queue, key) == {**unknown, "status": "OPEN"}
        await solver.graph.mutate("claimTicket", "ticket { id }", ticketId=key)
        assert await queued(queue, key) == {**unknown, "status": "CLAIMED"}

    # The guest signs up; the verified number makes the ticket theirs, and from then on they hear how it goes on.
    await deliver("user.created", user(clerk_id, updated_at=T1, phone_numbers=[phone(typed)]))
    async with greeted(address, me.token) as mine:
        await followed(app, 1, mine.ask("1", UPDATED, id=key))
        started = await solver.graph.mutate("startSession", "session { id }", ticketId=key)
        assert (await mine.data("1"))["ticketUpdated"]["status"] == "IN_PROGRESS"
        await solver.graph.mutate("completeSession", "session { id }", sessionId=started["session"]["id"])
        told = (await mine.data("1"))["ticketUpdated"]
        assert (told["status"], told["phoneNumber"]) == ("RESOLVED", typed)
