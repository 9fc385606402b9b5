"""Finding tickets, and claiming, releasing and cancelling them."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from actions import tickets
from auth.viewer import Viewer
from context import Context, Info
from database.transactions import Transaction
from inputs import tickets as ticket_inputs
from inputs.arguments import Id
from inputs.ids import parse_id
from inputs.pages import PageArguments
from loaders.batches import Lookup
from loaders.pages import NO_PARENT, ConnectionLoader
from loaders.tickets import TicketById, TicketQueue, TicketQueueOfUrgency, TicketsByCustomer, TicketsOfSolver
from models.tickets import PRIORITIES
from resolvers import nodes, pages


def by_id(info: Info, id: Id) -> Lookup:
    """Find a ticket by global id."""
    return nodes.of_type(info.context, "Ticket", id)


def of_customer(context: Context, page: PageArguments, status: ticket_inputs.Status = None) -> ConnectionLoader:
    """List the tickets of customers."""
    filters = (("status", status.value),) if status else ()
    return pages.open_page(context, TicketsByCustomer, *page, filters)


def queue(info: Info, page: PageArguments, urgency: ticket_inputs.Urgency = None) -> Lookup:
    """List the open tickets, for solvers."""
    chosen, filters = (TicketQueueOfUrgency, (("wanted", PRIORITIES[urgency]),)) if urgency else (TicketQueue, ())
    return pages.open_page(info.context, chosen, *page, filters), NO_PARENT


def claimed(info: Info, page: PageArguments, status: ticket_inputs.Status = None) -> Lookup:
    """List the tickets that the viewing solver has claimed."""
    filters = (("status", status.value),) if status else ()
    return pages.open_page(info.context, TicketsOfSolver, *page, filters), NO_PARENT


async def claim(info: Info, input: ticket_inputs.TicketIdInput) -> dict[str, Any]:
    """Claim a ticket for the viewing solver."""
    return await _change(info.context, input.ticket_id, tickets.claim)


async def release(info: Info, input: ticket_inputs.TicketIdInput) -> dict[str, Any]:
    """Put a ticket back into the queue."""
    return await _change(info.context, input.ticket_id, tickets.release)


async def cancel(info: Info, input: ticket_inputs.TicketIdInput) -> dict[str, Any]:
    """Cancel a ticket."""
    return await _change(info.context, input.ticket_id, tickets.cancel)


async def _change(
    context: Context, text: str, action: Callable[[Transaction, Viewer, UUID], Awaitable[None]]
) -> dict[str, Any]:
    """Apply an action to the ticket of an id, and answer with the ticket."""
    key = parse_id("Ticket", "ticket", text, "ticketId")
    await context.act(action, key)
    return {"ticket": await context.loader(TicketById).load_one(key)}
