"""Five customers with fixed names and much data, as whom developers can sign in."""

from typing import NamedTuple

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
