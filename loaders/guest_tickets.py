"""Tickets as a guest finds them: by reference and phone number."""

from typing import Any

from sqlalchemy import Select, Text, Uuid, bindparam, false, func, select

import policy.guests
from auth.viewer import ViewerKind
from database.statements import Statement
from loaders.batches import TEXT_KEYS, TEXT_TABLE, RowLoader
from loaders.tickets import row, ticket

GUEST_ROW = row(ViewerKind.ANONYMOUS, policy.guests.contact(), false())
"""A guest never learns which account has a ticket, so it is the same row for every viewer."""
BY_ID = Statement(
    select(*GUEST_ROW).where(
        ticket.id == bindparam("id", type_=Uuid()), policy.guests.tickets(bindparam("phone", type_=Text()))
    ),
    "Ticket",
)
"""For a guest who has just submitted it."""
NAMED = (
    ticket.reference == func.substr(TEXT_KEYS, func.strpos(TEXT_KEYS, " ") + 1),
    policy.guests.tickets(func.split_part(TEXT_KEYS, " ", 1)),
)
"""Both are compared in one statement, so a wrong phone number looks, and takes as long, as a wrong reference."""
MATCHES = select(TEXT_TABLE.ordinality, ticket.id).where(*NAMED)
"""Which of several keys name a ticket, by ordinality."""


def guest_key(reference: str, phone_number: str) -> str:
    """Write what `GuestTicketByName` looks for. A phone number has no spaces, so the first one ends it."""
    return f"{phone_number} {reference}"


class GuestTicketByName(RowLoader[str]):
    """A ticket by its reference and the phone number that it was sent with, as its guest sees it."""

    graphql_type = "Ticket"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By what `guest_key` has written."""
        return select(*GUEST_ROW).where(*NAMED)
