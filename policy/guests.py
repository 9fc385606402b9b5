"""What somebody without an account may see, who names a ticket and gives the phone number that it was sent with."""

from sqlalchemy import ColumnElement, or_

import policy.tickets
from auth.viewer import ViewerKind
from policy.tickets import ticket


def tickets(phone_number: ColumnElement[str]) -> ColumnElement[bool]:
    """Which tickets may somebody see who names one and gives this phone number?"""
    theirs: ColumnElement[bool] = ticket.phone_number == phone_number
    return theirs


def contact() -> ColumnElement[bool]:
    """Does a guest get back the contact data that they typed? Not once an account has taken the ticket.

    One that had it from the first moment changes nothing: else anybody could try out whose phone number is known here.
    """
    return or_(ticket.customer_id.is_(None), ticket.linked_when_sent)


def session_contact(viewer: ViewerKind) -> ColumnElement[bool]:
    """Does this viewer get the contact data of the ticket of a session that exists for them?

    Customers find sessions on tickets that are not theirs as guests only; anonymous viewers find no others.
    """
    return (
        policy.tickets.contact(viewer)
        if viewer in {ViewerKind.ADMIN, ViewerKind.SOLVER}
        else or_(policy.tickets.contact(viewer), contact())
    )
