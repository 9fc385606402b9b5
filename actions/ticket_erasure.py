"""What remains of tickets and support sessions when an account is deleted."""

from uuid import UUID

from sqlalchemy import func, select, update

from actions import ticket_transitions
from actions.queries import fetch_first
from database.transactions import Transaction
from models.columns import columns
from models.customers import Customer
from models.sessions import Solver, SupportSession, SupportSessionRating
from models.tickets import Ticket, TicketStatus

ERASED = {"customer_id": None, "name": None, "phone_number": None, "email": None, "description": ""}
"""Without a phone number a ticket cannot be linked to anybody, not even to whoever gets the number next."""

customer, rating, solver = columns(Customer), columns(SupportSessionRating), columns(Solver)
session, ticket = columns(SupportSession), columns(Ticket)


async def on_customer_deleted(tx: Transaction, customer_id: UUID) -> None:
    """Cancel the customer's open tickets, reopen those that they work on, and erase personal data from both.

    The customer's row is locked first: rows that refer to it cannot be added until the transaction ends.
    """
    await fetch_first(tx, select(customer.id).where(customer.id == customer_id).with_for_update())
    await _lock_tickets(tx, customer_id)
    await ticket_transitions.reopen_tickets_of(tx, customer_id)
    await ticket_transitions.cancel_tickets_of(tx, customer_id)
    own = select(ticket.id).where(ticket.customer_id == customer_id)
    for change in (
        update(SupportSession).where(session.ticket_id.in_(own)).values(notes=None),
        update(SupportSessionRating).where(rating.customer_id == customer_id).values(comment=None),
        update(Ticket).where(ticket.customer_id == customer_id).values(ERASED),
    ):
        await tx.exec(change)


async def _lock_tickets(tx: Transaction, customer_id: UUID) -> None:
    """Lock all tickets that will change at once: two who help each other may be deleted at the same time."""
    acting = select(solver.id).where(solver.customer_id == customer_id).scalar_subquery()
    solves = (ticket.solver_id == acting) & ticket.status.in_([TicketStatus.CLAIMED, TicketStatus.IN_PROGRESS])
    keys = select(ticket.id).where((ticket.customer_id == customer_id) | solves).order_by(ticket.id)
    await fetch_first(tx, select(func.count()).select_from(keys.with_for_update(key_share=True).subquery()))
