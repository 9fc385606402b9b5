"""Tickets live: of whatever is received, the row and the right to see it are read anew."""

from typing import Any
from uuid import UUID

import errors
from context import Context, Info
from events.queues import RESYNC, EventSource, ReceivedEvent
from events.rows import EventRows
from events.tickets import TicketChanged
from inputs import tickets as ticket_inputs
from loaders.pages import NO_PARENT
from loaders.tickets import QueuedTicketById, QueuedTickets, TicketById
from models.customers import Role
from models.tickets import TicketStatus
from resolvers import nodes, pages


async def updated(info: Info, ticket_id: ticket_inputs.TicketId) -> EventSource:
    """Follow a ticket for as long as it is there for this viewer."""
    loader, key = nodes.of_type(info.context, "Ticket", ticket_id)
    if key is None or await loader.load(key) is None:
        raise errors.NotFound("ticket", ticket_id)

    rows = EventRows(TicketById, lambda _: key, ends=True)
    return EventSource(await info.context.resources.listener.subscribe(TicketChanged, key), rows.find, rows)


async def queue_changed(info: Info) -> EventSource:
    """Follow the queue for as long as the viewer is a solver."""
    return EventSource(await info.context.resources.listener.subscribe(TicketChanged), _queued, QUEUED)


async def _queued(context: Context, received: ReceivedEvent) -> Any:
    """Give a ticket that entered the queue, changed or left it; after missed events, the last one in the queue."""
    if received is RESYNC:
        context.require_role(Role.SOLVER)
        page = await pages.open_page(context, QueuedTickets, first=1).load(NO_PARENT)
        return next(iter(page.rows), None)
    return await QUEUED.find(context, received)


def _queued_key(received: ReceivedEvent) -> UUID | None:
    if not isinstance(received, TicketChanged) or TicketStatus.OPEN not in {received.was, received.status}:
        return None
    return received.ticket_id


QUEUED = EventRows(QueuedTicketById, _queued_key, role=Role.SOLVER, covers_resync=False)
