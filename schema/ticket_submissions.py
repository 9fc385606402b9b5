"""Submitting tickets, finding them without an account, and linking them to one."""

from collections.abc import AsyncIterator

import strawberry

from errors import InvalidInput, NotAllowed, NotFound, RateLimited
from errors.customers import UnsupportedLanguage
from errors.tickets import PhoneMismatch
from execution.field_metadata import ListSize
from inputs.scalars import URL
from policy.access import Access
from resolvers import guest_tickets
from resolvers import ticket_links as links
from resolvers import ticket_submissions as submissions
from schema.costs import SEARCH
from schema.errors import Payload
from schema.fields import field, mutation, subscription
from schema.mutations import mutations
from schema.tickets import Ticket

LIMITED = (
    "Wrong attempts are limited: 5 in 10 minutes for a reference from one network address, 30 in 10 minutes for an "
    "address, and 50 a day for a reference. Further attempts are refused with the code `RATE_LIMITED`, and "
    "`extensions.retryAfter` says how many seconds to wait. Correct attempts are not counted, unless they are refused because of wrong ones."
)
CONTACT = (
    "`name`, `phoneNumber` and `email` are null if the ticket was linked to an account later, or was submitted by "
    "somebody who was signed in. `customer` is always null."
)


@strawberry.type(description="The result of `submitTicket`.")
class SubmitTicketPayload(Payload):
    """It has the ticket and where to go from there."""

    ticket: Ticket | None = field("The new ticket. Null if the mutation failed.")
    sign_up_url: URL | None = field(
        "A URL where a guest can create an account; this ticket is linked to it when the phone number is verified. Null "
        "if the viewer is signed in, or if the mutation failed."
    )


@strawberry.type(description="The result of `linkTicket`.")
class LinkTicketPayload(Payload):
    """It has the ticket."""

    ticket: Ticket | None = field("The ticket, which belongs to the viewer now. Null if the mutation failed.")


@strawberry.type(description="The result of `linkTicketsByPhone`.")
class LinkTicketsByPhonePayload(Payload):
    """It has the tickets."""

    linked_count: int | None = field("How many tickets were linked to the viewer. Null if the mutation failed.")
    tickets: list[Ticket] | None = field(
        f"The tickets that were linked, the newest first, at most {links.MAX_SHOWN}. Null if the mutation failed.",
        size=ListSize(links.MAX_SHOWN),
    )


@strawberry.type
class Queries:
    """The queries of guests."""

    guest_ticket: Ticket | None = field(
        "A ticket by its reference and the phone number that it was submitted with. Needs no account. Null if the two do "
        f"not belong together; the answer does not tell which one is wrong. {LIMITED} {CONTACT}",
        resolver=guest_tickets.find,
        cost=SEARCH,
    )


@strawberry.type
class Subscriptions:
    """The subscriptions of guests."""

    guest_ticket_updated: AsyncIterator[Ticket] = subscription(
        guest_tickets.updated,
        "Sends a ticket each time it changes, by its reference and the phone number that it was submitted with. Needs no "
        "account. If the two do not belong together, the subscription ends with one `NOT_FOUND` error. After an "
        'interruption, the ticket is sent once with `"extensions": {"resync": true}`: changes in between may be missing. '
        f"{LIMITED} {CONTACT}",
    )


@mutations
class Mutations:
    """The mutations for tickets that the viewer does not have yet."""

    submit_ticket: SubmitTicketPayload = mutation(
        submissions.submit,
        "Submits a ticket, with or without an account: guests need no sign-in. The number of tickets in an hour is limited by network address "
        "and by phone number. Send an `idempotencyKey`, so that a "
        "repeated request does not create a second ticket.",
        access=Access.ANYONE,
        errors=(InvalidInput, NotFound, UnsupportedLanguage, RateLimited),
    )
    link_ticket: LinkTicketPayload = mutation(
        links.link,
        "Links a ticket that was submitted without an account to the viewer's account. Needs the ticket's phone number; "
        "if that is not the viewer's own verified number, it needs the reference as well. Wrong attempts with a reference "
        "are limited as for `guestTicket`.",
        errors=(InvalidInput, NotFound, NotAllowed, PhoneMismatch, RateLimited),
    )
    link_tickets_by_phone: LinkTicketsByPhonePayload = mutation(
        links.link_by_phone,
        "Links all tickets to the viewer's account that were submitted without an account and with the viewer's verified "
        "phone number. This also happens automatically when a phone number is verified.",
        errors=(NotAllowed,),
    )
