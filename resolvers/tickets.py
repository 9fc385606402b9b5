"""Tickets: finding them."""

from uuid import UUID

from context import Context, Info
from loaders.batches import Lookup
from loaders.pages import NOWHERE, Connected
from loaders.tickets import TicketQueue, TicketsByCustomer, TicketsOfSolver
from models.customers import Role
from models.tickets import PRIORITIES
from resolvers import nodes, pages
from schema import inputs, ticket_inputs


def by_id(info: Info, id: inputs.Id) -> Lookup:
    """Find a ticket by global id."""
    return nodes.of_type(info.context, "Ticket", id)


def of_customer(
    context: Context, status: ticket_inputs.Status = None,
    first: inputs.First = None, after: inputs.After = None, last: inputs.Last = None, before: inputs.Before = None,
) -> Connected:  # fmt: skip
    """List the tickets of customers."""
    filters = (("status", status.value),) if status else ()
    return pages.opened(context, TicketsByCustomer, first, after, last, before, filters)


def queue(
    info: Info, urgency: ticket_inputs.Urgency = None,
    first: inputs.First = None, after: inputs.After = None, last: inputs.Last = None, before: inputs.Before = None,
) -> Lookup:  # fmt: skip
    """List the open tickets, for solvers (T4)."""
    filters = (("urgent", PRIORITIES[urgency]),) if urgency else ()
    return pages.opened(info.context, TicketQueue, first, after, last, before, filters), _for_solvers(info)


def claimed(
    info: Info, status: ticket_inputs.Status = None,
    first: inputs.First = None, after: inputs.After = None, last: inputs.Last = None, before: inputs.Before = None,
) -> Lookup:  # fmt: skip
    """List the tickets that the viewing solver has or finished."""
    filters = (("status", status.value),) if status else ()
    return pages.opened(info.context, TicketsOfSolver, first, after, last, before, filters), _for_solvers(info)


def _for_solvers(info: Info) -> UUID | None:
    return NOWHERE if info.context.viewer.reaches(Role.SOLVER) else None
