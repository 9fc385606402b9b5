"""What becomes of tickets and sessions when an account goes (A7)."""

from uuid import UUID

from sqlalchemy import select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from models.columns import columns
from models.customers import Customer
from models.sessions import Session, SessionRating
from models.tickets import Ticket
from resolvers import transitions
from resolvers.writes import first

BLIND = {"synchronize_session": False}
NOBODYS = {"customer_id": None, "name": None, "phone_number": None, "email": None, "description": ""}
"""Without a phone number a ticket can be linked to nobody, also not to who gets the number next."""

customer, rating = columns(Customer), columns(SessionRating)
session_row, ticket = columns(Session), columns(Ticket)


async def leave(session: AsyncSession, leaving: UUID) -> None:
    """End what they wait for, open again what they work on, and erase what people wrote of them and they themselves.

    Waits until nobody is about to add to it: a row that refers to the customer locks them until it is there to be seen.
    """
    await first(session, select(customer.id).where(customer.id == leaving).with_for_update())
    await transitions.solver_leaves(session, leaving)
    await transitions.customer_leaves(session, leaving)
    own = select(ticket.id).where(ticket.customer_id == leaving)
    for change in (
        update(Session).where(session_row.ticket_id.in_(own)).values(notes=None),
        update(SessionRating).where(rating.customer_id == leaving).values(comment=None),
        update(Ticket).where(ticket.customer_id == leaving).values(NOBODYS),
    ):
        await session.exec(change, execution_options=BLIND)
