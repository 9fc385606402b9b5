"""Customers: finding them, and what they change about themselves."""

from typing import Any
from uuid import UUID

import strawberry
from asyncpg import UniqueViolationError

import errors
import policy.audiences
from actions import customers, follows
from auth.refusals import Reason, refuse
from context import Context, Info
from database.statements import Row
from errors.collection import collect
from errors.customers import UsernameInvalid, UsernameTaken
from execution.field_metadata import reads
from inputs.arguments import Id, Size, Term, Username, sent_values
from inputs.customers import (
    PreferencesInput,
    RegisterCustomerInput,
    UpdatePrivacyInput,
    UpdateProfileInput,
    UpdateUsernameInput,
)
from inputs.enums import AvatarSize
from inputs.pages import PageArguments
from loaders.batches import Lookup
from loaders.customers import CustomerById, CustomerByUsername, FoundCustomers, TakenUsername, search_filters
from loaders.follows import MutualFollowers
from loaders.pages import NO_PARENT, CountLoader
from models import ids, rules, usernames
from models.text_direction import remove_marks
from models.usernames import UsernameUnavailableReason
from resolvers import nodes, pages

PIXELS = {"SMALL": 64, "MEDIUM": 256, "LARGE": 512}
MAX_ACCEPTED = follows.REQUESTS_OF_A_STEP
SHORTEST_TERM, LONGEST_TERM = 2, 100
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


async def _own(context: Context, acting: UUID) -> Row:
    """Find the customer who is acting. A mutation that has changed nothing learns only here that they were deleted."""
    customer = await by_key(context, acting)
    if customer is None:
        refuse(Reason.ACCOUNT_DELETED)
    return customer


def by_username(info: Info, username: Username) -> Lookup:
    """Find a customer by username, in whatever letter case."""
    plain = username.isascii() and username.isalnum()
    return info.context.loader(CustomerByUsername), username.lower() if plain else None


def search(info: Info, page: PageArguments, term: Term) -> Lookup:
    """Find customers by what somebody typed; a term that is too short finds nobody."""
    term = remove_marks(term).strip()
    if len(term) > LONGEST_TERM:
        raise errors.BadInput(
            f"A search term has at most {LONGEST_TERM} characters, not {len(term)}.", reason="bad_search"
        )
    long_enough = len(term) >= SHORTEST_TERM
    return pages.open_page(info.context, FoundCustomers, *page, search_filters(term if long_enough else "")), NO_PARENT


async def availability(info: Info, username: Username) -> dict[str, Any]:
    """Find whether the viewer can take a username, and why not. They can have their own."""
    try:
        wanted = usernames.check(username)
    except UsernameInvalid as invalid:
        reason = UsernameUnavailableReason[invalid.rule]
        return {"available": False, "suggestion": await suggestion(info.context, username), "reason": reason}
    me = info.context.viewer.id
    own = None if me is None else await by_key(info.context, me)
    taken = await info.context.loader(TakenUsername).load(wanted.lower())
    if taken is None or (own is not None and own["username"].lower() == wanted.lower()):
        return {"available": True}
    similar = await suggestion(info.context, wanted)
    return {"available": False, "suggestion": similar, "reason": UsernameUnavailableReason.TAKEN}


async def suggestion(context: Context, wanted: str) -> str:
    """Give a username like the wanted one that is free."""
    while True:
        candidates = usernames.candidates(wanted)
        used = await context.loader(TakenUsername).load_many([candidate.lower() for candidate in candidates])
        for candidate, row in zip(candidates, used, strict=True):
            if row is None:
                return candidate


async def register(info: Info, input: RegisterCustomerInput) -> dict[str, Any]:
    """Set the language of the viewer, whom the request itself has registered if they were new."""
    context, acting = info.context, info.context.require_signed_in()
    existed = not context.viewer.new
    if input.preferred_language is not None:
        language = rules.language(
            input.preferred_language, context.resources.settings.shop.languages, "preferredLanguage"
        )
        await context.run(customers.set_columns, acting, {"preferred_language": language})
        context.resources.viewers.forget_customer(acting)
    return {"customer": await _own(context, acting), "existed": existed}


async def update_profile(info: Info, input: UpdateProfileInput) -> dict[str, Any]:
    """Change what was sent; null clears."""
    context, acting = info.context, info.context.require_signed_in()
    changes = sent_values(input, "name", "email", "phone_number", "location")
    checks = {
        "name": lambda text: rules.name(text, "name"),
        "email": lambda text: rules.email(text, "email"),
        "phone_number": lambda text: rules.phone(text, "phoneNumber"),
        "location": lambda text: rules.single_line(text, "location", most=rules.LOCATION),
    }
    with collect() as check:
        changes = {name: check(checks[name], text) for name, text in changes.items()}
        if input.preferences is not None:
            sent, languages = input.preferences.value, context.resources.settings.shop.languages
            changes |= check(_preferences, sent, languages) or {}
    if changes:
        await context.run(customers.update_profile, acting, changes)
        context.resources.viewers.forget_customer(acting)
    return {"customer": await _own(context, acting)}


def _preferences(sent: PreferencesInput, languages: tuple[str, ...]) -> dict[str, Any]:
    switches = ("push_notifications", "email_notifications", "sms_notifications")
    changes = sent_values(sent, "preferred_language", *switches)
    if "preferred_language" in changes:
        tag = changes["preferred_language"]
        changes["preferred_language"] = rules.language(tag, languages, "preferences", "preferredLanguage")
    if sent.topics is not None:
        changes |= sent_values(sent.topics.value, "order_updates", "promotions", "new_stores")
    return changes


async def update_username(info: Info, input: UpdateUsernameInput) -> dict[str, Any]:
    """Take a username; of two customers who want the same, the database lets one have it."""
    context, acting = info.context, info.context.require_signed_in()
    wanted = usernames.check(input.username)
    try:
        await context.run(customers.set_columns, acting, {"username": wanted})
    except UniqueViolationError:
        raise UsernameTaken(wanted, await suggestion(context, wanted)) from None
    return {"customer": await by_key(context, acting)}


async def update_privacy(info: Info, input: UpdatePrivacyInput) -> dict[str, Any]:
    """Change what is shown to others; becoming public accepts the follow requests that wait."""
    context, acting = info.context, info.context.require_signed_in()
    shown = ("show_profile", "show_orders", "show_followers", "show_activity", "allow_messages", "show_location")
    changes = sent_values(input, "is_private", *shown)
    others = follows.requesters(acting) if changes.get("is_private") is False else ()
    accepted = await context.run_with(others, customers.update_privacy, acting, changes)
    removed = [ids.encode("FollowRequest", request) for request in accepted]
    return {"customer": await by_key(context, acting), "removed_follow_request_ids": removed}
