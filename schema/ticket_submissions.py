"""Sending a ticket, finding it again without an account, and taking it into one."""

from collections.abc import AsyncIterator

import strawberry

from errors import InvalidInput, NotAllowed, NotFound, RateLimited
from errors.customers import UnsupportedLanguage
from errors.tickets import PhoneMismatch
from execution.field_metadata import ListSize
from inputs.scalars import URL
from resolvers import guest_tickets
from resolvers import ticket_links as links
from resolvers import ticket_submissions as submissions
from schema.errors import Payload
from schema.fields import field, mutation, subscription
from schema.tickets import Ticket

LIMITED = (
    "Wrong pairs are limited: 5 in 10 minutes for a reference from one address, 30 for an address, and 50 a day for a "
    "reference. More are refused with `RATE_LIMITED`; `extensions.retryAfter` says for how many seconds. "
    "Right pairs are not counted."
)
CONTACT = (
    "Name, phone number and e-mail are null once an account has taken the ticket, and for a ticket that an account has "
    "sent; `customer` is always null."
)


@strawberry.type(description="What came of sending a ticket.")
class SubmitTicketPayload(Payload):
    """T1."""

    ticket: Ticket | None = field("The ticket, with the reference to remember; null where it failed.")
    sign_up_url: URL | None = field(
        "Where a guest can make an account that this ticket will belong to; null for who is signed in."
    )


@strawberry.type(description="What came of taking a ticket.")
class LinkTicketPayload(Payload):
    """T3."""

    ticket: Ticket | None = field("The ticket, now or before the viewer's; null where it failed.")


@strawberry.type(description="What came of taking all tickets of a phone number.")
class LinkTicketsByPhonePayload(Payload):
    """T3."""

    linked_count: int | None = field("How many there were that nobody had yet; null where it failed.")
    tickets: list[Ticket] | None = field(
        "Those, the latest first, at most 100 of them; null where it failed.", size=ListSize(links.SHOWN)
    )


@strawberry.type
class Queries:
    """What can be asked about tickets without an account."""

    guest_ticket: Ticket | None = field(
        "A ticket by its reference and the phone number that it was sent with. Null where one of the two is wrong, without "
        f"saying which. {LIMITED} {CONTACT}",
        resolver=guest_tickets.find,
    )


@strawberry.type
class Subscriptions:
    """What can be followed without an account."""

    guest_ticket_updated: AsyncIterator[Ticket] = subscription(
        guest_tickets.updated,
        "A ticket by its reference and the phone number that it was sent with, each time it has changed. Ends when there is "
        "none any more. After a gap, marked as `resync`, it comes as it is now. A wrong pair is one `NOT_FOUND` error. "
        f"{LIMITED} {CONTACT}",
    )


@strawberry.type
class Mutations:
    """What can be done about tickets without having one yet."""

    submit_ticket: SubmitTicketPayload = mutation(
        submissions.submit,
        "Call for help, with or without an account. Limited by address and phone number.",
        errors=(InvalidInput, NotFound, UnsupportedLanguage, RateLimited),
    )
    link_ticket: LinkTicketPayload = mutation(
        links.link,
        "Take a ticket that no account has. Wrong references are limited as for `guestTicket`.",
        errors=(InvalidInput, NotFound, NotAllowed, PhoneMismatch, RateLimited),
    )
    link_tickets_by_phone: LinkTicketsByPhonePayload = mutation(
        links.link_by_phone,
        "Take all tickets of the viewer's verified phone number that no account has.",
        errors=(NotAllowed,),
    )
