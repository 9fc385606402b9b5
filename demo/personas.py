"""Five customers with fixed names and much data, as whom developers can sign in."""

from collections.abc import Sequence
from typing import NamedTuple

import asyncpg

from database.urls import plain_url
from models.customers import Role


class Persona(NamedTuple):
    """The fixed part of a persona; the rest is chosen as for every customer."""

    username: str
    description: str
    name: str
    location: str
    role: Role
    language: str
    is_private: bool


EVERYBODY = (
    Persona("layla", "a customer with a private account", "ليلى حداد", "Dubai", Role.CUSTOMER, "ar", is_private=True),
    Persona("omar", "a customer with a public account", "Omar Khalil", "Doha", Role.CUSTOMER, "en", is_private=False),
    Persona("sam", "a solver", "Sam Okafor", "London", Role.SOLVER, "en", is_private=True),
    Persona("nora", "an owner", "Nora Lindqvist", "Dubai", Role.OWNER, "en", is_private=False),
    Persona("amal", "an administrator", "أمل الزعابي", "Sharjah", Role.ADMIN, "ar", is_private=True),
)
LAYLA, OMAR, SAM, NORA, AMAL = range(len(EVERYBODY))

PERSONAS = tuple((persona.username, persona.description) for persona in EVERYBODY)
"""(username, description); the banner shows the first four."""


def clerk_id(username: str) -> str:
    """Give the Clerk id of somebody who came with the demo data."""
    return f"user_demo_{username}"


async def find_present(url: str, *, staff: bool = True) -> Sequence[tuple[str, str]]:
    """Give those of `PERSONAS` that the database at `url` has; without `staff` those who are customers there."""
    connection = await asyncpg.connect(plain_url(url))
    try:
        wanted = [clerk_id(username) for username, _ in PERSONAS]
        rows = await connection.fetch("SELECT clerk_id, role FROM customer WHERE clerk_id = ANY($1)", wanted)
    finally:
        await connection.close()
    present = {row["clerk_id"] for row in rows if staff or row["role"] == Role.CUSTOMER}
    return [persona for persona in PERSONAS if clerk_id(persona[0]) in present]
