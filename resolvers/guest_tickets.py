"""Tickets without an account: found and followed by reference and phone number."""

import errors
from context import Info
from database.statements import Row
from events.queues import EventSource
from events.rows import EventRows
from events.tickets import TicketChanged
from inputs import tickets as ticket_inputs
from loaders.guest_tickets import GuestTicketByName, guest_key
from models import references, rules
from resolvers.guest_attempts import is_right


async def find(info: Info, reference: ticket_inputs.Reference, phone_number: ticket_inputs.Phone) -> Row | None:
    """Find a ticket; each field that is wrong counts."""
    phone = rules.phone(phone_number, "phoneNumber")
    wanted = references.read(reference) or reference[: errors.MAX_ECHO_CHARS]
    if not await is_right(info, wanted, phone):
        return None
    return await info.context.loader(GuestTicketByName).load(guest_key(wanted, phone))


async def updated(info: Info, reference: ticket_inputs.Reference, phone_number: ticket_inputs.Phone) -> EventSource:
    """Follow a ticket for as long as reference and phone number fit."""
    found = await find(info, reference, phone_number)
    if found is None:
        raise errors.NotFound("ticket with this reference and phone number", reference)
    key = guest_key(found["reference"], rules.phone(phone_number, "phoneNumber"))
    rows = EventRows(GuestTicketByName, lambda _: key, ends=True)
    return EventSource(await info.context.resources.listener.subscribe(TicketChanged, found["id"]), rows.find, rows)
