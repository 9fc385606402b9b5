"""Linking tickets that were submitted without an account to the viewer's account."""

from typing import Any

import errors
from actions import ticket_links
from context import Info
from errors.tickets import PhoneMismatch
from inputs import tickets as ticket_inputs
from inputs.arguments import EmptyInput
from inputs.ids import parse_id
from loaders.tickets import TicketById
from models import references, rules
from resolvers.guest_attempts import is_right

MAX_REFERENCE_CHARS = 40
MAX_SHOWN = 100


async def link(info: Info, input: ticket_inputs.LinkTicketInput) -> dict[str, Any]:
    """Link one ticket. A reference is checked against the limits of guests first."""
    context, me = info.context, info.context.require_signed_in()
    phone = rules.phone(input.phone_number, "phoneNumber")
    key = parse_id("Ticket", "ticket", input.ticket_id, "ticketId")
    reference = input.reference
    if reference is not None:
        if len(reference) > MAX_REFERENCE_CHARS:
            raise errors.InvalidInput("A reference has 9 letters and digits, as in TK-4HW-PQ7-XKC.", "reference")
        reference = references.read(reference) or reference
        await is_right(info, reference, phone, key)
    await context.act(ticket_links.link, key, phone, reference)
    found = await context.loader(TicketById).load(key)
    if found is None or found["customer_id"] != me:
        raise PhoneMismatch
    return {"ticket": found}


async def link_by_phone(info: Info, input: EmptyInput) -> dict[str, Any]:
    """Link all tickets of the viewer's verified phone number."""
    context = info.context
    linked = await context.act(ticket_links.link_by_phone)
    found = await context.loader(TicketById).load_many(linked[:MAX_SHOWN])
    return {"linked_count": len(linked), "tickets": [row for row in found if row is not None]}
