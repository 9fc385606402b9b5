"""Tickets, as a guest finds them: by what nobody else knows."""

from sqlalchemy import Text, Uuid, bindparam, select

import policy
from database import Statement
from loaders.tickets import row, ticket

GUESTS = select(*row(policy.guest_contact())).where(policy.guest_tickets())
BY_REFERENCE = Statement(GUESTS.where(ticket.reference == bindparam("reference", type_=Text())), "Ticket")
"""The phone number is compared in the one statement, so a wrong one looks, and takes as long, as a wrong reference."""
BY_ID = Statement(GUESTS.where(ticket.id == bindparam("id", type_=Uuid())), "Ticket")
"""For who has just sent it."""
