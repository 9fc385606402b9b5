"""What becomes of tickets and sessions when an account goes (A7)."""

from uuid import UUID

from sqlalchemy import func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from models.columns import columns
from models.customers import Customer
from models.sessions import Session, SessionRating, Solver
from models.tickets import Ticket, TicketStatus
from resolvers import transitions
from resolvers.writes import fetch_first

BLIND = {"synchronize_session": False}
NOBODYS = {"customer_id": None, "name": None, "phone_number": None, "email": None, "description": ""}
"""Without a phone number a ticket can be linked to nobody, also not to who gets the number next."""

customer, rating, solver = columns(Customer), columns(SessionRating), columns(Solver)
session_row, ticket = columns(Session), columns(Ticket)


async def leave(tx: AsyncSession, leaving: UUID) -> None:
    """End what they wait for, open again what they work on, and erase what people wrote of them and they themselves.

    Waits until nobody is about to add to it: a row that refers to the customer locks them until it is there to be seen.
    """
    await fetch_first(tx, select(customer.id).where(customer.id == leaving).with_for_update())
    await _lock(tx, leaving)
    await transitions.reopen_tickets_of(tx, leaving)
    await transitions.on_customer_deleted(tx, leaving)
    own = select(ticket.id).where(ticket.customer_id == leaving)
    for change in (
        update(Session).where(session_row.ticket_id.in_(own)).values(notes=None),
        update(SessionRating).where(rating.customer_id == leaving).values(comment=None),
        update(Ticket).where(ticket.customer_id == leaving).values(NOBODYS),
    ):
        await tx.exec(change, execution_options=BLIND)


async def _lock(tx: AsyncSession, leaving: UUID) -> None:
    """Lock all tickets that will change at once: two who help each other may leave at the same time."""
    mine = select(solver.id).where(solver.customer_id == leaving).scalar_subquery()
    solves = (ticket.solver_id == mine) & ticket.status.in_([TicketStatus.CLAIMED, TicketStatus.IN_PROGRESS])
    keys = select(ticket.id).where((ticket.customer_id == leaving) | solves).order_by(ticket.id)
    await fetch_first(tx, select(func.count()).select_from(keys.with_for_update(key_share=True).subquery()))
