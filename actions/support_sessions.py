"""Starting, completing, cancelling and rating support sessions."""

from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from uuid_utils.compat import uuid7

import errors
import policy.sessions
import policy.tickets
from actions.queries import fetch_first
from actions.ticket_transitions import NOW, apply_transition, check_transition, lock_ticket, lock_visible_ticket
from auth.viewer import Viewer, ViewerKind
from database.compiled import Compiled
from database.transactions import Transaction
from errors.tickets import IllegalSupportSessionTransition, SessionAlreadyRated
from models import ids
from models.columns import alias
from models.sessions import (
    MAX_SESSIONS,
    Solver,
    SupportSession,
    SupportSessionRating,
    SupportSessionStatus,
    SupportTier,
)
from models.tickets import Ticket, TicketStatus
from models.transitions import SESSION_RULES, Actor

HAS_ROOM = Compiled(
    sqlalchemy.select(policy.tickets.ticket.id).where(
        policy.tickets.ticket.id == sqlalchemy.bindparam("ticket", type_=sqlalchemy.Uuid()),
        policy.tickets.has_room_for_session(),
    )
)


async def start(tx: Transaction, actor: Viewer, ticket_id: UUID, tier: SupportTier) -> UUID:
    """Start a session on a ticket that the acting solver has claimed, unless they have one there; gives its id."""
    ticket = await lock_visible_ticket(tx, actor, ticket_id)
    if ticket.status is TicketStatus.IN_PROGRESS and Actor.HOLDER in ticket.acts_as:
        active = SupportSession.ticket_id == ticket_id, SupportSession.status == SupportSessionStatus.ACTIVE
        return (await tx.exec(select(SupportSession.id).where(*active))).one()
    check_transition(ticket, "startSession")
    if (await tx.exec(HAS_ROOM, {"ticket": ticket_id})).first() is None:
        message = f"A ticket can have at most {MAX_SESSIONS} sessions, and this one has that many."
        raise errors.InvalidInput(message, "ticketId")
    session_id = uuid7()
    row = {"id": session_id, "ticket_id": ticket_id, "solver_id": ticket.acting_solver_id, "tier": tier}
    await tx.exec(insert(SupportSession).values(**row, started_at=NOW))
    await apply_transition(tx, ticket, "startSession")
    return session_id


async def complete(tx: Transaction, actor: Viewer, session_id: UUID, *, notes: str | None, resolved: bool) -> None:
    """Complete an active session; its ticket is resolved, or stays claimed. The same once more has no effect."""
    to = TicketStatus.RESOLVED if resolved else TicketStatus.CLAIMED
    try:
        solver_id = await _end(
            tx, actor, session_id, "completeSession", SupportSessionStatus.COMPLETED, to, notes=notes
        )
    except IllegalSupportSessionTransition:
        if await _was_completed_so(tx, session_id, notes=notes, resolved=resolved):
            return
        raise
    solver = update(Solver).where(col(Solver.id) == solver_id)
    await tx.exec(solver.values(completed_sessions=col(Solver.completed_sessions) + 1))


async def _was_completed_so(tx: Transaction, session_id: UUID, *, notes: str | None, resolved: bool) -> bool:
    """Whether a session was completed with these notes and this result: the last one of a resolved ticket resolved it."""
    of, ticket, later = policy.sessions.session, policy.tickets.ticket, alias(SupportSession)
    is_last = ~sqlalchemy.exists().where(later.ticket_id == of.ticket_id, later.started_at > of.started_at)
    rows = sqlalchemy.select(of.status, of.notes, ticket.status.label("ticket_status"), is_last.label("is_last"))
    found = await fetch_first(tx, rows.join(Ticket, ticket.id == of.ticket_id).where(of.id == session_id))
    has_resolved = found.ticket_status == TicketStatus.RESOLVED and found.is_last
    return (found.status, found.notes, has_resolved) == (SupportSessionStatus.COMPLETED, notes, resolved)


async def cancel(tx: Transaction, actor: Viewer, session_id: UUID) -> None:
    """Cancel an active session; its ticket stays claimed. One that is cancelled already stays so."""
    try:
        await _end(tx, actor, session_id, "cancelSession", SupportSessionStatus.CANCELLED, TicketStatus.CLAIMED)
    except IllegalSupportSessionTransition as refused:
        if refused.from_ != SupportSessionStatus.CANCELLED:
            raise


async def _end(
    tx: Transaction,
    actor: Viewer,
    session_id: UUID,
    verb: str,
    status: SupportSessionStatus,
    to: TicketStatus,
    **values: Any,
) -> UUID:
    """End an active session; gives the id of its solver."""
    found, acts_as = await _find(tx, actor, session_id)
    ticket = await lock_ticket(tx, actor, found.ticket_id)
    if ticket is None:
        raise _not_found(session_id)
    if not acts_as & SESSION_RULES[verb].by:
        raise errors.NotAllowed("Only the solver who started this session may do this.")
    active = col(SupportSession.id) == session_id, col(SupportSession.status) == SupportSessionStatus.ACTIVE
    row = update(SupportSession).where(*active).values(status=status, ended_at=NOW, **values)
    if (await tx.exec(row.returning(col(SupportSession.id)))).first() is None:
        now = (await tx.exec(select(SupportSession.status).where(SupportSession.id == session_id))).one()
        raise IllegalSupportSessionTransition(now, status)
    await apply_transition(tx, ticket, verb, to)
    solver_id: UUID = found.solver_id
    return solver_id


@cache
def _finding(viewer: ViewerKind) -> Compiled:
    """Build the SELECT of `_find`."""
    session = policy.sessions.session
    acts_as = (is_actor.label(actor.name) for actor, is_actor in policy.sessions.actors(viewer).items())
    rows = sqlalchemy.select(session.ticket_id, session.solver_id, session.status, *acts_as)
    wanted = session.id == sqlalchemy.bindparam("session", type_=sqlalchemy.Uuid())
    return Compiled(rows.where(wanted, policy.sessions.visible(viewer)))


async def _find(tx: Transaction, actor: Viewer, session_id: UUID) -> tuple[Any, frozenset[Actor]]:
    """Find a session that exists for the acting customer, and what they are to it."""
    found = (await tx.exec(_finding(actor.kind), {"session": session_id, "viewer": actor.id})).first()
    if found is None:
        raise _not_found(session_id)
    return found, frozenset(one for one in policy.sessions.actors(actor.kind) if getattr(found, one.name))


def _not_found(session_id: UUID) -> errors.NotFound:
    return errors.NotFound("session", ids.encode("SupportSession", session_id), "sessionId")


async def rate(tx: Transaction, actor: Viewer, session_id: UUID, stars: int, comment: str | None) -> None:
    """Rate a completed session, once. Only the customer of its ticket may, and nobody their own work.

    The same rating once more has no effect.
    """
    found, acts_as = await _find(tx, actor, session_id)
    rule = SESSION_RULES["rateSession"]
    if not acts_as & rule.by:
        raise errors.NotAllowed(
            "Only the customer of the ticket can rate a session, and solvers cannot rate themselves."
        )
    if found.status != rule.status:
        message = f"Only a completed session can be rated; this one is {found.status}."
        raise errors.InvalidInput(message, "sessionId")
    row = insert(SupportSessionRating).values(session_id=session_id, customer_id=actor.id, stars=stars, comment=comment)
    if (await tx.exec(row.on_conflict_do_nothing().returning(col(SupportSessionRating.session_id)))).first() is None:
        mine = SupportSessionRating.session_id == session_id
        kept = select(SupportSessionRating.stars, SupportSessionRating.comment, SupportSessionRating.rated_at)
        known = (await tx.exec(kept.where(mine))).one()
        if (known.stars, known.comment) == (stars, comment):
            return
        raise SessionAlreadyRated(known.stars, known.rated_at)
    solver = update(Solver).where(col(Solver.id) == found.solver_id)
    count, total = col(Solver.ratings_count) + 1, col(Solver.stars_total) + stars
    await tx.exec(solver.values(ratings_count=count, stars_total=total))
