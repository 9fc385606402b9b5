"""Tickets without an account: found and followed by reference and phone number."""

from typing import Any

import errors
from context import Context, Info
from database import Row
from events import TicketChanged
from listening import Heard, Live, Over
from loaders.guest_tickets import GuestTicketByName, guest_key
from models import references, rules
from resolvers.guest_attempts import is_right
from schema import ticket_inputs


async def find(info: Info, reference: ticket_inputs.Reference, phone_number: ticket_inputs.Phone) -> Row | None:
    """Find a ticket; each field that is wrong counts."""
    phone = rules.phone(phone_number, "phoneNumber")
    wanted = references.read(reference) or reference[: errors.ECHO]
    if not await is_right(info, wanted, phone):
        return None
    return await info.context.loader(GuestTicketByName).load(guest_key(wanted, phone))


async def updated(info: Info, reference: ticket_inputs.Reference, phone_number: ticket_inputs.Phone) -> Live:
    """Follow a ticket for as long as reference and phone number fit."""
    found = await find(info, reference, phone_number)
    if found is None:
        raise errors.NotFound("ticket with this reference and phone number", reference)
    key = guest_key(found["reference"], rules.phone(phone_number, "phoneNumber"))

    async def find_again(context: Context, _: Heard) -> Any:
        row = await context.loader(GuestTicketByName).load(key)
        if row is None:
            raise Over
        return row

    return Live(await info.context.listener.subscribe(TicketChanged, found["id"]), find_again)
