"""Customers: finding them, and what they change about themselves."""

from typing import Any
from uuid import UUID

import sqlalchemy
import strawberry
from sqlalchemy import and_, func, or_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

import errors
import policy.audiences
from context import Context, Info
from database.statements import Row
from errors.customers import UsernameInvalid, UsernameTaken
from execution.field_metadata import reads
from inputs.arguments import After, First, Id, Size, Term, Username, sent_values
from inputs.customers import (
    PreferencesInput,
    RegisterCustomerInput,
    UpdatePrivacyInput,
    UpdateProfileInput,
    UpdateUsernameInput,
)
from inputs.enums import AvatarSize
from loaders.batches import Lookup
from loaders.customers import CustomerById, CustomerByUsername, FoundCustomers, TakenUsername, search_filters
from loaders.follows import MutualFollowers
from loaders.pages import NO_PARENT, CountLoader
from models import rules, usernames
from models.customers import Customer
from resolvers import follows, nodes, pages, ticket_links

PIXELS = {"SMALL": 64, "MEDIUM": 256, "LARGE": 512}
LONGEST_TERM = 100
SCALED_BY_CLERK = "https://img.clerk.com/"


@reads(same_source=True)
def itself(root: strawberry.Parent[Any]) -> Any:
    """Give a group of fields the row of their owner."""
    return root


@reads("picture_url")
def avatar(root: strawberry.Parent[Any], size: Size = AvatarSize.MEDIUM) -> str | None:
    """Give the address of the picture; Clerk scales its own."""
    url: str | None = root["picture_url"]
    if url is None or not url.startswith(SCALED_BY_CLERK):
        return url
    return f"{url}{'&' if '?' in url else '?'}width={PIXELS[size or AvatarSize.MEDIUM]}"


@reads("audience")
def content_visible(root: strawberry.Parent[Any]) -> bool:
    """Whether the viewer sees the content of a customer."""
    return bool(root["audience"] & policy.audiences.Bit.CONTENT)


def mutual_followers_counts(context: Context) -> CountLoader:
    """Count who follows a customer and is followed by the viewer."""
    return context.loader(CountLoader, MutualFollowers, ())


def languages(info: Info) -> list[str]:
    """Give the languages that the shop speaks."""
    return list(info.context.resources.settings.shop.languages)


def viewer(info: Info) -> Lookup:
    """Find who asks."""
    return info.context.loader(CustomerById), info.context.viewer.id


def by_id(info: Info, id: Id) -> Lookup:
    """Find a customer by global id."""
    return nodes.of_type(info.context, "Customer", id)


async def by_key(context: Context, key: UUID) -> Row | None:
    """Find a customer, as the viewer sees them."""
    return await context.loader(CustomerById).load(key)


def by_username(info: Info, username: Username) -> Lookup:
    """Find a customer by username, in whatever letter case."""
    plain = username.isascii() and username.isalnum()
    return info.context.loader(CustomerByUsername), username.lower() if plain else None


def search(info: Info, term: Term, first: First = 20, after: After = None) -> Lookup:
    """Find customers by what somebody typed (C6)."""
    if len(term) > LONGEST_TERM:
        raise errors.BadInput(
            f"A search term has at most {LONGEST_TERM} characters, not {len(term)}.", reason="bad_search"
        )
    return pages.open_page(info.context, FoundCustomers, first, after, filters=search_filters(term)), NO_PARENT


async def availability(info: Info, username: Username) -> dict[str, Any]:
    """Say whether a username can be had, and one that can if it cannot (C5). The viewer can have their own."""
    try:
        wanted = usernames.check(username)
    except UsernameInvalid as invalid:
        return {"available": False, "suggestion": await suggestion(info.context, username), "reason": invalid.message}
    me = info.context.viewer.id
    own = None if me is None else await by_key(info.context, me)
    taken = await info.context.loader(TakenUsername).load(wanted.lower())
    if taken is None or (own is not None and own["username"].lower() == wanted.lower()):
        return {"available": True}
    reason = "Somebody has it already."
    return {"available": False, "suggestion": await suggestion(info.context, wanted), "reason": reason}


async def suggestion(context: Context, wanted: str) -> str:
    """Give a username like the wanted one that is free."""
    while True:
        candidates = usernames.candidates(wanted)
        used = await context.loader(TakenUsername).load_many([candidate.lower() for candidate in candidates])
        for candidate, row in zip(candidates, used, strict=True):
            if row is None:
                return candidate


async def register(info: Info, input: RegisterCustomerInput) -> dict[str, Any]:
    """Set the language of the viewer, whom the request itself has registered if they were new (A5)."""
    acting, viewer = info.context.require_signed_in(), info.context.viewer
    if input.preferred_language is not None:
        language = rules.language(
            input.preferred_language, info.context.resources.settings.shop.languages, "preferredLanguage"
        )
        await _change(info.context, acting, {"preferred_language": language})
    return {"customer": await by_key(info.context, acting), "existed": not viewer.new}


async def update_profile(info: Info, input: UpdateProfileInput) -> dict[str, Any]:
    """Change what was sent; null clears (C2)."""
    acting = info.context.require_signed_in()
    changes = sent_values(input, "name", "email", "phone_number", "location")
    checks = {
        "name": lambda text: rules.single_line(text, "name", most=rules.NAME),
        "email": lambda text: rules.email(text, "email"),
        "phone_number": lambda text: rules.phone(text, "phoneNumber"),
        "location": lambda text: rules.single_line(text, "location", most=rules.LOCATION),
    }
    changes = {name: None if text is None else checks[name](text) for name, text in changes.items()}
    if "phone_number" in changes:
        changes["phone_verified"] = _still_verified(changes["phone_number"])
    if input.preferences is not None:
        changes |= _preferences(input.preferences.value, info.context.resources.settings.shop.languages)
    await _change(info.context, acting, changes)
    return {"customer": await by_key(info.context, acting)}


def _still_verified(phone: str | None) -> Any:
    """Say whether a typed phone number is the verified one, or the one that Clerk vouches for, whatever came between."""
    if phone is None:
        return False
    known: Any = col(Customer.clerk_profile)
    same = and_(col(Customer.phone_verified), col(Customer.phone_number) == phone)
    return func.coalesce(or_(same, known["phone_number"].astext == phone), sqlalchemy.false())


def _preferences(sent: PreferencesInput, languages: tuple[str, ...]) -> dict[str, Any]:
    switches = ("push_notifications", "email_notifications", "sms_notifications")
    changes = sent_values(sent, "preferred_language", *switches)
    if "preferred_language" in changes:
        tag = changes["preferred_language"]
        changes["preferred_language"] = rules.language(tag, languages, "preferences", "preferredLanguage")
    if sent.topics is not None:
        changes |= sent_values(sent.topics.value, "order_updates", "promotions", "new_stores")
    return changes


async def _change(context: Context, acting: UUID, changes: dict[str, Any]) -> None:
    if changes:
        async with context.transaction() as session:
            row = update(Customer).where(col(Customer.id) == acting)
            await session.exec(row.values(**changes, updated_at=func.now()))
            if "phone_number" in changes:
                await ticket_links.by_verified_phone(session, acting, actor=acting)


async def update_username(info: Info, input: UpdateUsernameInput) -> dict[str, Any]:
    """Take a username; of two who want the same, the database lets one (C5)."""
    acting, wanted = info.context.require_signed_in(), usernames.check(input.username)
    try:
        await _change(info.context, acting, {"username": wanted})
    except IntegrityError:
        raise UsernameTaken(wanted, await suggestion(info.context, wanted)) from None
    return {"customer": await by_key(info.context, acting)}


async def update_privacy(info: Info, input: UpdatePrivacyInput) -> dict[str, Any]:
    """Change what is shown; becoming public accepts who waits (C7)."""
    acting = info.context.require_signed_in()
    shown = ("show_profile", "show_orders", "show_followers", "show_activity", "allow_messages", "show_location")
    changes = sent_values(input, "is_private", *shown)
    opens = changes.get("is_private") is False
    async with info.context.transaction(follows.waiting(acting) if opens else ()) as session:
        if opens:
            await follows.accept_all(session, acting)
        if changes:
            row = update(Customer).where(col(Customer.id) == acting)
            await session.exec(row.values(**changes, updated_at=func.now()))
    return {"customer": await by_key(info.context, acting)}
