"""Wishlists."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import strawberry

import errors
from actions import wishlists
from context import Context, Info
from errors.collection import collect
from execution.field_metadata import reads
from inputs.arguments import Id, Token, sent_values
from inputs.ids import parse_id
from inputs.wishlists import (
    AddToWishlistInput,
    CreateWishlistInput,
    DeleteWishlistInput,
    MoveWishlistItemInput,
    RemoveFromWishlistInput,
    UpdateWishlistInput,
    UpdateWishlistItemInput,
)
from loaders.batches import Lookup
from loaders.pages import CountLoader
from loaders.products import VariantById
from loaders.wishlists import ItemsByWishlist, WishlistById, WishlistByToken, WishlistItemById
from models import ids, rules
from resolvers import nodes

PRIORITIES = range(1, 6)


@reads("share_token", "viewer_can_edit")
def share_url(root: strawberry.Parent[Any], info: Info) -> str | None:
    """Give the secret link, to the owner only."""
    token = root["share_token"]
    if token is None or not root["viewer_can_edit"]:
        return None
    return f"{info.context.resources.settings.shop.storefront_url.rstrip('/')}/wishlists/shared/{token}"


@reads("created_at")
def added_at(root: strawberry.Parent[Any]) -> Any:
    """When an item was put on its list."""
    return root["created_at"]


def items_counts(context: Context) -> CountLoader:
    """Count the items of lists."""
    return context.loader(CountLoader, ItemsByWishlist, ())


def by_id(info: Info, id: Id) -> Lookup:
    """Find a list by global id."""
    return nodes.of_type(info.context, "Wishlist", id)


def shared(info: Info, token: Token) -> Lookup:
    """Find a list by the secret of its link."""
    return info.context.loader(WishlistByToken), token


def _wishlist_id(text: str) -> UUID:
    return parse_id("Wishlist", "wishlist", text, "wishlistId")


def _variant_id(text: str) -> UUID:
    return parse_id("ProductVariant", "product variant", text, "variantId")


def _item_id(text: str) -> UUID:
    return parse_id("WishlistItem", "wishlist item", text, "itemId")


def _note(text: str) -> str:
    return rules.single_line(text, "note", most=rules.NOTE)


def _priority(number: int) -> int:
    if number not in PRIORITIES:
        raise errors.InvalidInput("A priority is from 1 (lowest) to 5 (highest).", "priority")
    return number


async def add(info: Info, input: AddToWishlistInput) -> dict[str, Any]:
    """Put a variant on a list."""
    context, owner = info.context, info.context.require_signed_in()
    with collect() as check:
        variant = check(_variant_id, input.variant_id)
        wishlist = check(_wishlist_id, input.wishlist_id)
        note = check(_note, input.note)
        priority = check(_priority, input.priority)
    currency = context.resources.settings.shop.default_currency
    added = await context.run(wishlists.add_item, owner, variant, wishlist, currency, note=note, priority=priority)
    return {
        "item": await context.loader(WishlistItemById).load_one(added.id),
        "existed": added.existed,
        "wishlist": await context.loader(WishlistById).load_one(added.wishlist_id),
    }


async def remove(info: Info, input: RemoveFromWishlistInput) -> dict[str, Any]:
    """Take a variant off a list."""
    context, owner = info.context, info.context.require_signed_in()
    with collect() as check:
        variant = check(_variant_id, input.variant_id)
        wishlist = check(_wishlist_id, input.wishlist_id)
    removed = await context.run(wishlists.remove_item, owner, variant, wishlist)
    return {
        "removed_item_id": removed.id and ids.encode("WishlistItem", removed.id),
        "wishlist": await context.loader(WishlistById).load_one(removed.wishlist_id),
        "variant": await context.loader(VariantById).load_one(variant),
    }


async def update_item(info: Info, input: UpdateWishlistItemInput) -> dict[str, Any]:
    """Change the note or the priority of an item."""
    context, owner = info.context, info.context.require_signed_in()
    checks: dict[str, Callable[[Any], Any]] = {"note": _note, "priority": _priority}
    with collect() as check:
        item = check(_item_id, input.item_id)
        changes = {name: check(checks[name], value) for name, value in sent_values(input, *checks).items()}
    await context.run(wishlists.update_item, owner, item, changes)
    return {"item": await context.loader(WishlistItemById).load_one(item)}


async def move(info: Info, input: MoveWishlistItemInput) -> dict[str, Any]:
    """Move an item to another list."""
    context, owner = info.context, info.context.require_signed_in()
    with collect() as check:
        item = check(_item_id, input.item_id)
        wishlist = check(_wishlist_id, input.wishlist_id)
    moved = await context.run(wishlists.move_item, owner, item, wishlist)
    return {
        "item": await context.loader(WishlistItemById).load_one(moved.id),
        "previous_wishlist": await context.loader(WishlistById).load_one(moved.previous_wishlist_id),
        "removed_item_id": None if moved.id == item else ids.encode("WishlistItem", item),
    }


async def create(info: Info, input: CreateWishlistInput) -> dict[str, Any]:
    """Make a list; sent twice with an idempotency key, it is made once."""
    context, owner = info.context, info.context.require_signed_in()
    name = rules.name(input.name, "name")
    made = await context.run(wishlists.create, owner, name, input.visibility)
    found = await context.loader(WishlistById).load_one(made)
    if found is None:
        raise errors.NotFound("wishlist", ids.encode("Wishlist", made), "idempotencyKey")
    return {"wishlist": found}


async def change(info: Info, input: UpdateWishlistInput) -> dict[str, Any]:
    """Rename a list, or show it to others."""
    context, owner = info.context, info.context.require_signed_in()
    changes = sent_values(input, "name", "visibility")
    with collect() as check:
        wishlist = check(_wishlist_id, input.wishlist_id)
        if "name" in changes:
            changes["name"] = check(rules.name, changes["name"], "name")
    await context.run(wishlists.change, owner, wishlist, changes)
    return {"wishlist": await context.loader(WishlistById).load_one(wishlist)}


async def remove_list(info: Info, input: DeleteWishlistInput) -> dict[str, Any]:
    """Delete a list with its items."""
    owner, wishlist = info.context.require_signed_in(), _wishlist_id(input.wishlist_id)
    removed = await info.context.run(wishlists.remove, owner, wishlist)
    found = await info.context.loader(VariantById).load_many(removed.variants)
    return {
        "deleted_wishlist_id": ids.encode("Wishlist", wishlist),
        "removed_item_ids": [ids.encode("WishlistItem", item) for item in removed.items],
        "variants": [variant for variant in found if variant is not None],
    }
