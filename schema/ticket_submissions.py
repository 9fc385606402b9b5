"""Sending a ticket, finding it again without an account, and taking it into one."""

import strawberry

from execution.edges import ListSize
from resolvers import ticket_links as links
from resolvers import ticket_submissions as submissions
from schema.errors import Payload
from schema.fields import field, mutation
from schema.scalars import URL
from schema.tickets import Ticket


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
        "A ticket by what its sender knows; null where one of the two is wrong, without saying which. Each reference "
        "can be tried a few times in ten minutes, right answers included. Once an account has the ticket, its contact data "
        "is for that account only.",
        resolver=submissions.guest,
    )


@strawberry.type
class Mutations:
    """What can be done about tickets without having one yet."""

    submit_ticket: SubmitTicketPayload = mutation(
        submissions.submit, "Call for help, with or without an account. Limited by address and phone number."
    )
    link_ticket: LinkTicketPayload = mutation(
        links.link, "Take a ticket that no account has. The tries at each reference are limited."
    )
    link_tickets_by_phone: LinkTicketsByPhonePayload = mutation(
        links.link_by_phone, "Take all tickets of the viewer's verified phone number that no account has."
    )
