"""The queue live (L1), after a gap or a pause: nobody takes for waiting what has left it by then."""

import asyncio
from typing import Any

from models import ids
from models.tickets import TicketStatus
from tests.people import World
from tests.transport.test_missed_events import gap, position, resumed, shown
from tests.transport.test_streams import streamed
from tests.transport.wires import QUEUE, change, followed

OPEN = TicketStatus.OPEN


class TestTicketQueueChanged:
    async def test_after_a_gap_it_shows_what_is_in_the_queue_now(self, world: World, app: Any) -> None:
        solver, other = await world.solver(), await world.solver()
        waiting, gone = await world.ticket(), await world.ticket()
        async with streamed(solver.graph, QUEUE) as stream:
            await followed(app, 0, asyncio.sleep(0))
            claimed = await other.graph.mutate("claimTicket", "__typename", ticketId=ids.encode("Ticket", gone.id))
            assert claimed["userErrors"] == []
            assert (await shown(stream))["status"] == "CLAIMED"
            app.state.resources.listener._resync()
            row = await gap(stream)
            assert (row["id"], row["status"]) == (ids.encode("Ticket", waiting.id), "OPEN")

    async def test_after_a_gap_with_an_empty_queue_the_next_message_tells_of_it(self, world: World, app: Any) -> None:
        solver = await world.solver()
        waiting = await world.ticket()
        async with streamed(solver.graph, QUEUE) as stream:
            await change(world, waiting)
            await shown(stream)
            await world.execute("UPDATE ticket SET status = 'CANCELLED' WHERE status = 'OPEN'")
            app.state.resources.listener._resync()
            ticket = await world.ticket(status="CANCELLED")
            await change(world, ticket, was=OPEN, status="CANCELLED")
            row = await gap(stream)
            assert (row["id"], row["status"]) == (ids.encode("Ticket", ticket.id), "CANCELLED")
            await change(world, ticket, was=OPEN, status="CANCELLED")
            await shown(stream)

    async def test_what_entered_and_left_meanwhile_is_shown_as_gone(self, world: World) -> None:
        solver, other, watcher = await world.solver(), await world.solver(), await world.person()
        last = await position(world, watcher, await world.ticket(watcher))
        ticket = await world.ticket()
        await change(world, ticket, was=OPEN)
        id = ids.encode("Ticket", ticket.id)
        await other.graph.mutate("claimTicket", "__typename", ticketId=id)
        async with resumed(solver.graph, QUEUE, last) as stream:
            for _ in range(2):
                row = await shown(stream)
                assert (row["id"], row["status"]) == (id, "CLAIMED")
