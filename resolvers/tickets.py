"""Tickets: finding them, and what solvers and customers do to them."""

from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from uuid_utils.compat import uuid7

import errors
import policy.solvers
import policy.tickets
from context import Context, Info
from errors.tickets import TicketAlreadyClaimed
from inputs import tickets as ticket_inputs
from inputs.arguments import After, Before, First, Id, Last
from loaders.batches import Lookup
from loaders.pages import NO_PARENT, ConnectionLoader
from loaders.sessions import CARDS
from loaders.tickets import TicketById, TicketQueue, TicketQueueOfUrgency, TicketsByCustomer, TicketsOfSolver
from models.customers import Role
from models.sessions import Solver
from models.tickets import PRIORITIES, Ticket, TicketStatus
from resolvers import nodes, pages, transitions
from resolvers.writes import fetch_first, parse_id


def by_id(info: Info, id: Id) -> Lookup:
    """Find a ticket by global id."""
    return nodes.of_type(info.context, "Ticket", id)


def of_customer(
    context: Context, status: ticket_inputs.Status = None,
    first: First = None, after: After = None, last: Last = None, before: Before = None,
) -> ConnectionLoader:  # fmt: skip
    """List the tickets of customers."""
    filters = (("status", status.value),) if status else ()
    return pages.open_page(context, TicketsByCustomer, first, after, last, before, filters)


def queue(
    info: Info, urgency: ticket_inputs.Urgency = None,
    first: First = None, after: After = None, last: Last = None, before: Before = None,
) -> Lookup:  # fmt: skip
    """List the open tickets, for solvers (T4)."""
    chosen, filters = (TicketQueueOfUrgency, (("wanted", PRIORITIES[urgency]),)) if urgency else (TicketQueue, ())
    return pages.open_page(info.context, chosen, first, after, last, before, filters), _for_solvers(info)


def claimed(
    info: Info, status: ticket_inputs.Status = None,
    first: First = None, after: After = None, last: Last = None, before: Before = None,
) -> Lookup:  # fmt: skip
    """List the tickets that the viewing solver has or finished."""
    filters = (("status", status.value),) if status else ()
    return pages.open_page(info.context, TicketsOfSolver, first, after, last, before, filters), _for_solvers(info)


def _for_solvers(info: Info) -> UUID | None:
    return NO_PARENT if info.context.viewer.has_role(Role.SOLVER) else None


async def claim(info: Info, input: ticket_inputs.ClaimTicketInput) -> dict[str, Any]:
    """Take a ticket out of the queue; of all who try at once, one gets it (T4).

    Who comes too late is told who was first, if the ticket was in their queue; any other that they do not see does not
    exist for them.
    """
    me, text = info.context.require_role(Role.SOLVER), input.ticket_id
    async with info.context.transaction() as session:
        held = await transitions.lock(info.context, session, key := parse_id("Ticket", "ticket", text, "ticketId"))
        taken = held is not None and held.status in {TicketStatus.CLAIMED, TicketStatus.IN_PROGRESS}
        if held is None or not (held.seen or (taken and held.was_in_queue)):
            raise errors.NotFound("ticket", text, "ticketId")
        if taken:
            raise await _claimed(info.context, session, held)
        transitions.check_transition(held, "claimTicket")
        if held.customer_id == me:
            raise errors.NotAllowed("This is your own ticket; leave it to another solver.")
        solver = held.acting or await _become_solver(session, me)
        await transitions.apply_transition(session, held, "claimTicket", solver_id=solver, claimed_at=transitions.NOW)
    return {"ticket": await info.context.loader(TicketById).load(key)}


async def _claimed(context: Context, tx: AsyncSession, held: transitions.LockedTicket) -> TicketAlreadyClaimed:
    """Say who was first, as far as the viewer may know, and when."""
    of, viewer = policy.tickets.ticket, context.viewer
    rows = CARDS.add_columns(of.claimed_at, policy.solvers.solver_cards(viewer.kind).label("shown"))
    rows = rows.join(Ticket, of.solver_id == policy.solvers.solver.id).where(of.id == held.id)
    found = await fetch_first(tx, rows, viewer=viewer.id)
    who = "You have" if found.id == held.acting else f"{found.name if found.shown else 'Another solver'} has"
    return TicketAlreadyClaimed(who, found.id, found.claimed_at)


async def _become_solver(tx: AsyncSession, me: UUID) -> UUID:
    """Make the row that a solver has from the first ticket on that they claim."""
    row = insert(Solver).values(id=uuid7(), customer_id=me).on_conflict_do_nothing().returning(col(Solver.id))
    made: UUID | None = (await tx.exec(row)).scalar()
    return made or (await tx.exec(select(Solver.id).where(Solver.customer_id == me))).one()


async def release(info: Info, input: ticket_inputs.ReleaseTicketInput) -> dict[str, Any]:
    """Put a ticket back into the queue (T4)."""
    info.context.require_role(Role.SOLVER)
    return await _give_up(info.context, input.ticket_id, "releaseTicket")


async def cancel(info: Info, input: ticket_inputs.CancelTicketInput) -> dict[str, Any]:
    """End a ticket that needs no help any more (T4)."""
    info.context.require_signed_in()
    return await _give_up(info.context, input.ticket_id, "cancelTicket")


async def _give_up(context: Context, text: str, verb: str) -> dict[str, Any]:
    key = parse_id("Ticket", "ticket", text, "ticketId")
    async with context.transaction() as session:
        held = await transitions.lock(context, session, key)
        if held is None or not held.seen:
            raise errors.NotFound("ticket", text, "ticketId")
        await transitions.apply_transition(session, held, verb)
        if held.status is TicketStatus.IN_PROGRESS:
            await transitions.end_sessions(session, key)
    return {"ticket": await context.loader(TicketById).load(key)}
