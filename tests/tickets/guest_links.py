"""Tickets that guests send, and whose they are."""

from typing import Any

from models import ids
from tests.crowd import patiently
from tests.people import World
from tests.tickets.submissions import submit


async def sent(world: World, phone_number: str, **values: Any) -> Any:
    """Send a ticket as a guest."""
    payload = await patiently(lambda: submit(world.nobody, phoneNumber=phone_number, **values))
    assert payload["userErrors"] == []
    return payload["ticket"]


async def rows(world: World, phone_number: str) -> list[Any]:
    sql = "SELECT id, customer_id FROM ticket WHERE phone_number = $1 ORDER BY id"
    return await world.database.pool.fetch(sql, phone_number)  # type: ignore[no-any-return]


async def links(world: World, ticket: str) -> list[Any]:
    sql = "SELECT actor_id, payload FROM audit_entry WHERE target_id = $1 AND action = 'ticket.linked'"
    return await world.database.pool.fetch(sql, ids.key_of("Ticket", ticket))  # type: ignore[no-any-return]
