"""Sessions: finding them, holding them, rating them."""

from typing import Any
from uuid import UUID

import sqlalchemy
from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from uuid_utils.compat import uuid7

import errors
import policy.sessions
import policy.solvers
import policy.tickets
from context import Context, Info
from errors.tickets import IllegalTransition, SessionAlreadyRated
from inputs import tickets as ticket_inputs
from inputs.arguments import After, Before
from loaders.pages import ConnectionLoader
from loaders.sessions import SessionById, SessionsByCustomer
from models import rules
from models.customers import Role
from models.sessions import Session, SessionRating, SessionStatus, Solver
from models.tickets import Ticket, TicketStatus
from models.transitions import Actor, allowed_from
from resolvers import pages, transitions
from resolvers.writes import fetch_first, parse_id

MOST = 50
"""How many sessions one ticket can have; they are listed without pages."""


def of_customer(
    context: Context, first: ticket_inputs.FirstFew = None, after: After = None,
    last: ticket_inputs.LastFew = None, before: Before = None,
) -> ConnectionLoader:  # fmt: skip
    """List the sessions on the tickets of customers."""
    return pages.open_page(context, SessionsByCustomer, first, after, last, before)


async def start(info: Info, input: ticket_inputs.StartSessionInput) -> dict[str, Any]:
    """Begin to work on a ticket that the viewer has (T5)."""
    context, text = info.context, input.ticket_id
    context.require_role(Role.SOLVER)
    key = parse_id("Ticket", "ticket", text, "ticketId")
    async with context.transaction() as session:
        held = await transitions.lock(context, session, key)
        if held is None or not held.seen:
            raise errors.NotFound("ticket", text, "ticketId")
        transitions.check_transition(held, "startSession")
        if (await session.exec(select(func.count()).where(Session.ticket_id == key))).one() >= MOST:
            message = f"This ticket has had {MOST} sessions, which is as many as one can have."
            raise errors.InvalidInput(message, "ticketId")
        made = uuid7()
        row = {"id": made, "ticket_id": key, "solver_id": held.acting, "tier": input.tier}
        await session.exec(insert(Session).values(**row, started_at=transitions.NOW))
        await transitions.apply_transition(session, held, "startSession")
    return {"session": await context.loader(SessionById).load(made)}


async def complete(info: Info, input: ticket_inputs.CompleteSessionInput) -> dict[str, Any]:
    """End a session; the ticket is resolved with it, or goes on (T5)."""
    info.context.require_role(Role.SOLVER)
    notes = None if input.notes is None else rules.multi_line(input.notes, "notes", most=rules.NOTES)
    to = TicketStatus.RESOLVED if input.resolved else TicketStatus.CLAIMED
    return await _end(info.context, input.session_id, "completeSession", SessionStatus.COMPLETED, to, notes=notes)


async def cancel(info: Info, input: ticket_inputs.CancelSessionInput) -> dict[str, Any]:
    """Give a session up; the ticket stays claimed (T5)."""
    info.context.require_role(Role.SOLVER)
    return await _end(info.context, input.session_id, "cancelSession", SessionStatus.CANCELLED, TicketStatus.CLAIMED)


async def _end(
    context: Context, text: str, verb: str, status: SessionStatus, to: TicketStatus, **values: Any
) -> dict[str, Any]:
    key = parse_id("Session", "session", text, "sessionId")
    async with context.transaction() as session:
        about = await _about(context, session, key, text)
        held = await transitions.lock(context, session, about.ticket_id)
        if held is None:
            raise errors.NotFound("session", text, "sessionId")
        if held.acting != about.solver_id and not allowed_from(verb, held.parties - {Actor.HOLDER}):
            raise errors.NotAllowed("Only the solver who holds the session may do this.")
        active = col(Session.id) == key, col(Session.status) == SessionStatus.ACTIVE
        row = update(Session).where(*active).values(status=status, ended_at=transitions.NOW, **values)
        if (await session.exec(row.returning(col(Session.id)))).first() is None:
            now = (await session.exec(select(Session.status).where(Session.id == key))).one()
            raise IllegalTransition("session", now, status, "ACTIVE")
        await transitions.apply_transition(session, held, verb, to)
        if status is SessionStatus.COMPLETED:
            one = update(Solver).where(col(Solver.id) == about.solver_id)
            await session.exec(one.values(completed_sessions=col(Solver.completed_sessions) + 1))
    return {"session": await context.loader(SessionById).load(key)}


async def _about(context: Context, tx: AsyncSession, key: UUID, text: str) -> Any:
    """Find a session that exists for the viewer, with whom it was for and who held it."""
    work, ticket, solver = policy.sessions.session, policy.tickets.ticket, policy.solvers.solver
    rows = sqlalchemy.select(
        work.ticket_id, work.solver_id, work.status, ticket.customer_id, solver.customer_id.label("held_by")
    )
    rows = rows.join(Ticket, ticket.id == work.ticket_id).join(Solver, solver.id == work.solver_id)
    seen = rows.where(work.id == key, policy.sessions.visible(context.viewer.kind))
    found = await fetch_first(tx, seen, viewer=context.viewer.id)
    if found is None:
        raise errors.NotFound("session", text, "sessionId")
    return found


async def rate(info: Info, input: ticket_inputs.RateSessionInput) -> dict[str, Any]:
    """Say what the viewer thought of a session on a ticket of theirs, once (T6)."""
    context, me, text = info.context, info.context.require_signed_in(), input.session_id
    comment = None if input.comment is None else rules.multi_line(input.comment, "comment", most=rules.COMMENT)
    if not 1 <= input.stars <= 5:  # noqa: PLR2004 - the table's CHECK says the same
        raise errors.InvalidInput("Give 1 (bad) to 5 (excellent) stars.", "stars")
    key = parse_id("Session", "session", text, "sessionId")
    async with context.transaction() as session:
        about = await _about(context, session, key, text)
        if me != about.customer_id or me == about.held_by:
            raise errors.NotAllowed("Only the customer of the ticket may rate a session, and nobody their own work.")
        if about.status != SessionStatus.COMPLETED:
            message = f"Only a completed session can be rated; this one is {about.status}."
            raise errors.InvalidInput(message, "sessionId")
        row = insert(SessionRating).values(session_id=key, customer_id=me, stars=input.stars, comment=comment)
        if (await session.exec(row.on_conflict_do_nothing().returning(col(SessionRating.session_id)))).first() is None:
            known = (await session.exec(select(SessionRating).where(SessionRating.session_id == key))).one()
            raise SessionAlreadyRated(known.stars, known.rated_at)
        one = update(Solver).where(col(Solver.id) == about.solver_id)
        count, total = col(Solver.ratings_count) + 1, col(Solver.stars_total) + input.stars
        await session.exec(one.values(ratings_count=count, stars_total=total))
    return {"session": await context.loader(SessionById).load(key)}
