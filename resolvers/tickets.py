"""Tickets: finding them, and what solvers and customers do to them."""

from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from uuid_utils.compat import uuid7

import errors
import policy
from context import Context, Info
from loaders.batches import Lookup
from loaders.pages import NOWHERE, Connected
from loaders.sessions import CARDS
from loaders.tickets import TicketById, TicketQueue, TicketQueueOfUrgency, TicketsByCustomer, TicketsOfSolver
from models.customers import Role
from models.sessions import Solver
from models.tickets import PRIORITIES, Ticket, TicketStatus
from resolvers import nodes, pages, transitions
from resolvers.writes import first, named
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
    chosen, filters = (TicketQueueOfUrgency, (("wanted", PRIORITIES[urgency]),)) if urgency else (TicketQueue, ())
    return pages.opened(info.context, chosen, first, after, last, before, filters), _for_solvers(info)


def claimed(
    info: Info, status: ticket_inputs.Status = None,
    first: inputs.First = None, after: inputs.After = None, last: inputs.Last = None, before: inputs.Before = None,
) -> Lookup:  # fmt: skip
    """List the tickets that the viewing solver has or finished."""
    filters = (("status", status.value),) if status else ()
    return pages.opened(info.context, TicketsOfSolver, first, after, last, before, filters), _for_solvers(info)


def _for_solvers(info: Info) -> UUID | None:
    return NOWHERE if info.context.viewer.reaches(Role.SOLVER) else None


async def claim(info: Info, input: ticket_inputs.ClaimTicketInput) -> dict[str, Any]:
    """Take a ticket out of the queue; of all who try at once, one gets it (T4).

    Who comes too late is told who was first, if the ticket was in their queue; any other that they do not see does not
    exist for them.
    """
    me, text = info.context.needs(Role.SOLVER), input.ticket_id
    async with info.context.transaction() as session:
        held = await transitions.lock(info.context, session, key := named("Ticket", "ticket", text, "ticketId"))
        taken = held is not None and held.status in {TicketStatus.CLAIMED, TicketStatus.IN_PROGRESS}
        if held is None or not (held.seen or (taken and held.was_in_queue)):
            raise errors.NotFound("ticket", text, "ticketId")
        if taken:
            raise await _claimed(info.context, session, held)
        transitions.allow(held, "claimTicket")
        if held.customer_id == me:
            raise errors.NotAllowed("This is your own ticket; leave it to another solver.")
        solver = held.acting or await _become_solver(session, me)
        await transitions.move(session, held, "claimTicket", solver_id=solver, claimed_at=transitions.NOW)
    return {"ticket": await info.context.loader(TicketById).load(key)}


async def _claimed(context: Context, session: AsyncSession, held: transitions.Held) -> errors.TicketAlreadyClaimed:
    """Say who was first, as far as the viewer may know, and when."""
    of, viewer = policy.ticket, context.viewer
    rows = CARDS.add_columns(of.claimed_at, policy.solver_cards(viewer.standing).label("shown"))
    rows = rows.join(Ticket, of.solver_id == policy.solver.id).where(of.id == held.id)
    found = await first(session, rows, viewer=viewer.id)
    who = "You have" if found.id == held.acting else f"{found.name if found.shown else 'Another solver'} has"
    return errors.TicketAlreadyClaimed(who, found.id, found.claimed_at)


async def _become_solver(session: AsyncSession, me: UUID) -> UUID:
    """Make the row that a solver has from the first ticket on that they claim."""
    row = insert(Solver).values(id=uuid7(), customer_id=me).on_conflict_do_nothing().returning(col(Solver.id))
    made: UUID | None = (await session.exec(row)).scalar()
    return made or (await session.exec(select(Solver.id).where(Solver.customer_id == me))).one()


async def release(info: Info, input: ticket_inputs.ReleaseTicketInput) -> dict[str, Any]:
    """Put a ticket back into the queue (T4)."""
    info.context.needs(Role.SOLVER)
    return await _give_up(info.context, input.ticket_id, "releaseTicket")


async def cancel(info: Info, input: ticket_inputs.CancelTicketInput) -> dict[str, Any]:
    """End a ticket that needs no help any more (T4)."""
    info.context.signed_in()
    return await _give_up(info.context, input.ticket_id, "cancelTicket")


async def _give_up(context: Context, text: str, verb: str) -> dict[str, Any]:
    key = named("Ticket", "ticket", text, "ticketId")
    async with context.transaction() as session:
        held = await transitions.lock(context, session, key)
        if held is None or not held.seen:
            raise errors.NotFound("ticket", text, "ticketId")
        await transitions.move(session, held, verb)
        if held.status is TicketStatus.IN_PROGRESS:
            await transitions.end_sessions(session, key)
    return {"ticket": await context.loader(TicketById).load(key)}
