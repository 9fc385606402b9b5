"""Support sessions: listing, starting, ending and rating them."""

from typing import Any
from uuid import UUID

import strawberry

import errors
from actions import support_sessions
from context import Context, Info
from errors.collection import collect
from execution.field_metadata import reads
from inputs import tickets as ticket_inputs
from inputs.ids import parse_id
from inputs.pages import PageArguments
from loaders.pages import ConnectionLoader
from loaders.sessions import SessionById, SessionsByCustomer
from models import rules
from models.money import Money
from models.sessions import MAX_STARS
from resolvers import pages


def of_customer(context: Context, page: PageArguments) -> ConnectionLoader:
    """List the sessions on the tickets of customers."""
    return pages.open_page(context, SessionsByCustomer, *page)


@reads("tier")
def price(root: strawberry.Parent[Any], info: Info) -> Money | None:
    """What a session of this tier costs now."""
    settings = info.context.resources.settings
    minor = settings.razorpay.session_prices.get(root["tier"])
    return None if minor is None else Money(minor, settings.shop.default_currency)


@reads("viewer_can_pay", "has_payment", "tier")
def viewer_can_pay(root: strawberry.Parent[Any], info: Info) -> bool:
    """Whether the viewer can pay a session: a payment that was begun keeps its price."""
    prices = info.context.resources.settings.razorpay.session_prices
    return bool(root["viewer_can_pay"] and (root["has_payment"] or root["tier"] in prices))


async def start(info: Info, input: ticket_inputs.StartSessionInput) -> dict[str, Any]:
    """Start a session on a ticket that the viewer has claimed."""
    context = info.context
    key = parse_id("Ticket", "ticket", input.ticket_id, "ticketId")
    started = await context.act(support_sessions.start, key, input.tier)
    return {"session": await context.loader(SessionById).load_one(started)}


async def complete(info: Info, input: ticket_inputs.CompleteSessionInput) -> dict[str, Any]:
    """Complete a session."""
    context = info.context
    with collect() as check:
        key = check(_session_id, input.session_id)
        notes = check(rules.multi_line, input.notes, "notes", most=rules.NOTES)
    await context.act(support_sessions.complete, key, notes=notes, resolved=input.resolved)
    return {"session": await context.loader(SessionById).load_one(key)}


async def cancel(info: Info, input: ticket_inputs.SessionIdInput) -> dict[str, Any]:
    """Cancel a session."""
    context = info.context
    key = _session_id(input.session_id)
    await context.act(support_sessions.cancel, key)
    return {"session": await context.loader(SessionById).load_one(key)}


async def rate(info: Info, input: ticket_inputs.RateSessionInput) -> dict[str, Any]:
    """Rate a completed session."""
    context = info.context
    with collect() as check:
        key = check(_session_id, input.session_id)
        stars = check(_stars, input.stars)
        comment = check(rules.multi_line, input.comment, "comment", most=rules.COMMENT)
    await context.act(support_sessions.rate, key, stars, comment)
    return {"session": await context.loader(SessionById).load_one(key)}


def _session_id(text: str) -> UUID:
    return parse_id("SupportSession", "session", text, "sessionId")


def _stars(number: int) -> int:
    if not 1 <= number <= MAX_STARS:
        raise errors.InvalidInput(f"Give from 1 (bad) to {MAX_STARS} (excellent) stars.", "stars")
    return number
