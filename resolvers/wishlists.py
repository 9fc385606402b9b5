"""Wishlists. Whoever changes what is on a list locks the list first."""

import secrets
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from uuid_utils.compat import uuid7

import errors
from context import Context, Info
from database.statements import Row
from execution.field_metadata import reads
from inputs.arguments import Id, Token, sent_values
from inputs.wishlists import (
    AddToWishlistInput,
    CreateWishlistInput,
    DeleteWishlistInput,
    MoveWishlistItemInput,
    RemoveFromWishlistInput,
    UpdateWishlistInput,
)
from loaders.batches import Lookup
from loaders.wishlists import WishlistById, WishlistByToken, WishlistItemById
from models import ids, rules
from models.products import ProductVariant
from models.wishlists import Wishlist, WishlistItem, WishlistVisibility
from resolvers import nodes
from resolvers.writes import idempotency_key, idempotent, parse_id


@reads("share_token", "owner_id")
def share_url(root: strawberry.Parent[Any], info: Info) -> str | None:
    """Give the secret link, to the owner only."""
    token = root["share_token"]
    if token is None or root["owner_id"] != info.context.viewer.id:
        return None
    return f"{info.context.resources.settings.shop.storefront_url.rstrip('/')}/wishlists/shared/{token}"


@reads("created_at")
def added_at(root: strawberry.Parent[Any]) -> Any:
    """When an item was put on its list."""
    return root["created_at"]


def by_id(info: Info, id: Id) -> Lookup:
    """Find a list by global id."""
    return nodes.of_type(info.context, "Wishlist", id)


def shared(info: Info, token: Token) -> Lookup:
    """Find a list by the secret of its link."""
    return info.context.loader(WishlistByToken), token


async def _one(tx: AsyncSession, owner: UUID, text: str | None) -> Wishlist:
    """Lock a list of the owner's; None stands for the default one."""
    key = None if text is None else parse_id("Wishlist", "wishlist", text, "wishlistId")
    which = col(Wishlist.is_default) if key is None else col(Wishlist.id) == key
    rows = select(Wishlist).where(Wishlist.owner_id == owner, which).with_for_update(key_share=True)
    found = (await tx.exec(rows)).first()
    if found is None:
        raise errors.NotFound("wishlist", text or "", "wishlistId")
    return found


async def _item(context: Context, key: UUID) -> Row | None:
    return await context.loader(WishlistItemById).load(key)


async def add(info: Info, input: AddToWishlistInput) -> dict[str, Any]:
    """Put a variant on a list; if it is there already, that item is the answer (W1)."""
    owner = info.context.require_signed_in()
    variant = parse_id("ProductVariant", "product variant", input.variant_id, "variantId")
    note = None if input.note is None else rules.single_line(input.note, "note", most=rules.NOTE)
    if input.priority is not None and not 1 <= input.priority <= 5:  # noqa: PLR2004 - the table's CHECK says the same
        raise errors.InvalidInput("A priority is from 1 (some day) to 5 (at once).", "priority")
    async with info.context.transaction() as session:
        wishlist = await _one(session, owner, input.wishlist_id)
        known = select(ProductVariant.id).where(ProductVariant.id == variant).with_for_update(read=True, key_share=True)
        if (await session.exec(known)).first() is None:
            raise errors.NotFound("product variant", input.variant_id, "variantId")
        place = {
            "id": uuid7(),
            "wishlist_id": wishlist.id,
            "variant_id": variant,
            "note": note,
            "priority": input.priority,
        }
        row = insert(WishlistItem).values(place).on_conflict_do_nothing().returning(col(WishlistItem.id))
        made = (await session.exec(row)).scalar()
        there = WishlistItem.wishlist_id == wishlist.id, WishlistItem.variant_id == variant
        key = made or (await session.exec(select(WishlistItem.id).where(*there))).one()
    return {"item": await _item(info.context, key), "existed": made is None}


async def remove(info: Info, input: RemoveFromWishlistInput) -> dict[str, Any]:
    """Take a variant off a list, and say whether it was there (W2)."""
    owner = info.context.require_signed_in()
    variant = parse_id("ProductVariant", "product variant", input.variant_id, "variantId")
    async with info.context.transaction() as session:
        wishlist = await _one(session, owner, input.wishlist_id)
        there = col(WishlistItem.wishlist_id) == wishlist.id, col(WishlistItem.variant_id) == variant
        gone = await session.exec(delete(WishlistItem).where(*there).returning(col(WishlistItem.id)))
        return {"removed": gone.first() is not None}


async def move(info: Info, input: MoveWishlistItemInput) -> dict[str, Any]:
    """Move an item to another list; where its variant is there already, the two become one (W4).

    All lists of the owner are locked, in the order of their ids: the item may be on the move already.
    """
    owner = info.context.require_signed_in()
    item = parse_id("WishlistItem", "wishlist item", input.item_id, "itemId")
    target = parse_id("Wishlist", "wishlist", input.wishlist_id, "wishlistId")
    async with info.context.transaction() as session:
        owned = select(Wishlist.id).where(Wishlist.owner_id == owner).order_by(col(Wishlist.id))
        lists = list(await session.exec(owned.with_for_update(key_share=True)))
        if target not in lists:
            raise errors.NotFound("wishlist", input.wishlist_id, "wishlistId")
        mine = select(WishlistItem).where(WishlistItem.id == item, col(WishlistItem.wishlist_id).in_(lists))
        moved = (await session.exec(mine.with_for_update())).first()
        if moved is None:
            raise errors.NotFound("wishlist item", input.item_id, "itemId")
        there = select(WishlistItem.id).where(
            WishlistItem.wishlist_id == target, WishlistItem.variant_id == moved.variant_id
        )
        known = (await session.exec(there)).first()
        if known is None:
            moved.wishlist_id = target
        elif known != item:
            await session.delete(moved)
    return {"item": await _item(info.context, known or item)}


async def create(info: Info, input: CreateWishlistInput) -> dict[str, Any]:
    """Make a list (W4); safe to send twice with a key (G6)."""
    context, owner = info.context, info.context.require_signed_in()
    name = rules.single_line(input.name, "name", most=rules.NAME)
    key = idempotency_key(info, input.idempotency_key)
    request = {"name": name, "visibility": input.visibility}

    async with context.transaction() as session:

        async def make() -> UUID:
            made = Wishlist(
                owner_id=owner, name=name, visibility=input.visibility, share_token=_token(input.visibility)
            )
            session.add(made)
            await session.flush()
            return made.id

        made = await idempotent(context, session, "createWishlist", key, request, make)
    found = await context.loader(WishlistById).load(made)
    if found is None:
        raise errors.NotFound("wishlist", ids.encode("Wishlist", made), "idempotencyKey")
    return {"wishlist": found}


def _token(visibility: WishlistVisibility) -> str | None:
    return secrets.token_urlsafe(24) if visibility is WishlistVisibility.LINK else None


async def change(info: Info, input: UpdateWishlistInput) -> dict[str, Any]:
    """Rename a list, or show it to others; choosing LINK again makes a new link (W4, W5)."""
    owner = info.context.require_signed_in()
    changes = sent_values(input, "name", "visibility")
    if "name" in changes:
        changes["name"] = rules.single_line(changes["name"], "name", most=rules.NAME)
    if "visibility" in changes:
        changes["share_token"] = _token(changes["visibility"])
    async with info.context.transaction() as session:
        wishlist = await _one(session, owner, input.wishlist_id)
        if changes:
            await session.exec(update(Wishlist).where(col(Wishlist.id) == wishlist.id).values(**changes))
    return {"wishlist": await info.context.loader(WishlistById).load(wishlist.id)}


async def remove_list(info: Info, input: DeleteWishlistInput) -> dict[str, Any]:
    """Remove a list with its items; the default one stays (W4)."""
    owner = info.context.require_signed_in()
    async with info.context.transaction() as session:
        wishlist = await _one(session, owner, input.wishlist_id)
        if wishlist.is_default:
            raise errors.InvalidInput("The default wishlist stays; take its items off instead.", "wishlistId")
        await session.delete(wishlist)
    return {"deleted_wishlist_id": ids.encode("Wishlist", wishlist.id)}
