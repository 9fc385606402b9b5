"""Sending tickets and finding them again, as front ends do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx2

import application
from auth.secrets import Secrets
from settings import RateLimitSettings, Settings
from tests.conftest import serving
from tests.graph import Graph
from tests.patience import DEADLINES, SECONDS
from tests.people import World, number, word

TICKET = """id reference status urgency deviceType description name phoneNumber email customer { id }
    requestedSolver { id } claimedBy { id } claimedAt createdAt updatedAt sessions { id }"""
SUBMITTED = f"ticket {{ {TICKET} }} signUpUrl"
GUEST = f"query ($r: String!, $p: PhoneNumber!) {{ guestTicket(reference: $r, phoneNumber: $p) {{ {TICKET} }} }}"
LINKED = f"""mutation {{ linkTicketsByPhone(input: {{}}) {{ linkedCount tickets {{ {TICKET} }}
    userErrors {{ __typename message code field }} }} }}"""


async def submit(graph: Graph, headers: dict[str, str] | None = None, /, **values: Any) -> Any:
    """Send a ticket of a guest who is called Layla, with a phone number of its own, unless said otherwise."""
    given = {"name": "Layla", "phoneNumber": number(), "description": f"The screen stays black {word()}"} | values
    return await graph.mutate("submitTicket", SUBMITTED, headers, **given)


async def find(graph: Graph, reference: str, phone: str, headers: dict[str, str] | None = None) -> Any:
    """Look a ticket up as a guest does."""
    return (await graph(GUEST, headers, r=reference, p=phone))["guestTicket"]


def coming_from(address: str) -> dict[str, str]:
    """Say where a request comes from, as a proxy on this machine does."""
    return {"x-forwarded-for": address}


@asynccontextmanager
async def limited(world: World, credentials: Secrets, url: str, **settings: Any) -> AsyncIterator[World]:
    """Serve the same database with the limits of a shop, or those that are given."""
    async with (
        serving(
            application.create(Settings(**DEADLINES | RateLimitSettings().model_dump() | settings), credentials, url)
        ) as address,
        httpx2.AsyncClient(
            base_url=address, limits=httpx2.Limits(max_connections=60, max_keepalive_connections=60), timeout=SECONDS
        ) as http,
    ):
        yield replace(world, http=http)
