"""Tickets live: of whatever is heard, the row and the right to see it are read anew."""

from typing import Any

import errors
from context import Context, Info
from events import TicketChanged
from listening import RESYNC, Heard, Live, Over
from loaders.pages import NOWHERE
from loaders.tickets import QueuedTicketById, QueuedTickets, TicketById
from models.customers import Role
from models.tickets import TicketStatus
from resolvers import nodes, pages
from schema import ticket_inputs


async def updated(info: Info, ticket_id: ticket_inputs.TicketId) -> Live:
    """Follow a ticket for as long as it is there for this viewer."""
    loader, key = nodes.of_type(info.context, "Ticket", ticket_id)
    if key is None or await loader.load(key) is None:
        raise errors.NotFound("ticket", ticket_id)

    async def find(context: Context, _: Heard) -> Any:
        row = await context.loader(TicketById).load(key)
        if row is None:
            raise Over
        return row

    return Live(await info.context.listener.subscribe(TicketChanged, key), find)


async def queue_changed(info: Info) -> Live:
    """Follow the queue for as long as the viewer is a solver."""
    info.context.needs(Role.SOLVER)
    return Live(await info.context.listener.subscribe(TicketChanged), _queued)


async def _queued(context: Context, heard: Heard) -> Any:
    """Give a ticket that came, changed or left; where some were missed, the one that was submitted last stands for all."""
    context.needs(Role.SOLVER)
    if heard is RESYNC:
        page = await pages.opened(context, QueuedTickets, first=1).load(NOWHERE)
        return next(iter(page.rows), None)
    if TicketStatus.OPEN not in {heard.was, heard.status}:
        return None
    return await context.loader(QueuedTicketById).load(heard.ticket_id)
