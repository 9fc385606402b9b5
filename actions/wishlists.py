"""Changing wishlists. `owner` is the customer who acts; the transaction has locked their row.

What changes the items of a list locks the list first.
"""

import secrets
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, delete, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from uuid_utils.compat import uuid7

import errors
import policy.wishlists
from database.compiled import Compiled
from database.transactions import Transaction
from models import ids
from models.columns import columns
from models.prices import VariantPrice, best_first
from models.products import ProductVariant
from models.wishlists import MAX_ITEMS, MAX_LISTS, Wishlist, WishlistItem, WishlistVisibility


class LockedWishlist(NamedTuple):
    """A list under lock."""

    id: UUID
    is_default: bool


class AddedItem(NamedTuple):
    """An item that is on a list now, and whether it was there already."""

    id: UUID
    wishlist_id: UUID
    existed: bool


class MovedItem(NamedTuple):
    """The item that is on the new list now, and the list that the moved one was on."""

    id: UUID
    previous_wishlist_id: UUID


class RemovedWishlist(NamedTuple):
    """What was on a list that is gone: the variants and, in the same order, their items."""

    variants: list[UUID]
    items: list[UUID]


class RemovedItem(NamedTuple):
    """The list, and the item that was taken off it, if the variant was there."""

    id: UUID | None
    wishlist_id: UUID


def _locking(which: Any) -> Compiled:
    rows = select(Wishlist.id, Wishlist.is_default).where(policy.wishlists.own(), which)
    return Compiled(rows.with_for_update(key_share=True))


LIST, VARIANT = bindparam("wishlist", type_=Uuid()), bindparam("variant", type_=Uuid())
LOCK, LOCK_DEFAULT = _locking(col(Wishlist.id) == LIST), _locking(col(Wishlist.is_default))
LOCK_VARIANT = Compiled(
    select(ProductVariant.id).where(ProductVariant.id == VARIANT).with_for_update(read=True, key_share=True)
)
THERE = col(WishlistItem.wishlist_id) == LIST, col(WishlistItem.variant_id) == VARIANT
FIND = Compiled(select(WishlistItem.id).where(*THERE))
items = columns(WishlistItem)
CHANGE = Compiled(
    update(WishlistItem)
    .where(*THERE)
    .values(
        note=func.coalesce(bindparam("note", type_=items.note.type), items.note),
        priority=func.coalesce(bindparam("priority", type_=items.priority.type), items.priority),
    )
    .returning(col(WishlistItem.id))
)
REMOVE = Compiled(delete(WishlistItem).where(*THERE).returning(col(WishlistItem.id)))
COUNT = Compiled(select(func.count()).where(WishlistItem.wishlist_id == LIST))


def _best_price() -> dict[str, Any]:
    """What an item keeps of the best price: columns of one row, which the statement that inserts the item reads."""
    price = columns(VariantPrice)
    order = best_first(price, bindparam("currency", type_=Text()))
    best = select(price.price_minor).where(price.variant_id == VARIANT).order_by(*order).limit(1)
    return {
        "added_price_minor": best.scalar_subquery(),
        "added_currency": best.with_only_columns(price.currency).scalar_subquery(),
    }


ADD = Compiled(
    insert(WishlistItem)
    .values(
        {
            "id": bindparam("id"),
            "wishlist_id": LIST,
            "variant_id": VARIANT,
            "note": bindparam("note"),
            "priority": bindparam("priority"),
        }
        | _best_price()
    )
    .on_conflict_do_nothing()
    .returning(col(WishlistItem.id))
)


async def _lock_wishlist(tx: Transaction, owner: UUID, wishlist: UUID | None) -> LockedWishlist:
    """Lock a list of the owner's; None stands for the default one."""
    given = {"viewer": owner, "wishlist": wishlist}
    found: LockedWishlist | None = (await tx.exec(LOCK_DEFAULT if wishlist is None else LOCK, given)).first()
    if found is None:
        raise _no_wishlist(wishlist)
    return found


def _no_wishlist(wishlist: UUID | None) -> errors.NotFound:
    return errors.NotFound("wishlist", ids.encode("Wishlist", wishlist) if wishlist else "", "wishlistId")


def _no_item(item: UUID) -> errors.NotFound:
    return errors.NotFound("wishlist item", ids.encode("WishlistItem", item), "itemId")


async def add_item(
    tx: Transaction, owner: UUID, variant: UUID, wishlist: UUID | None, own_currency: str,
    *, note: str | None = None, priority: int | None = None,
) -> AddedItem:  # fmt: skip
    """Put a variant on a list, with its best price; an item that is there already gets the note and priority given."""
    target = (await _lock_wishlist(tx, owner, wishlist)).id
    there = {"wishlist": target, "variant": variant}
    if (await tx.exec(LOCK_VARIANT, there)).first() is None:
        raise errors.NotFound("product variant", ids.encode("ProductVariant", variant), "variantId")
    item = {**there, "id": uuid7(), "note": note, "priority": priority, "currency": own_currency}
    made = (await tx.exec(ADD, item)).scalar()
    if made is not None:
        await _check_items(tx, target)
        return AddedItem(made, target, existed=False)
    if note is None and priority is None:
        return AddedItem((await tx.exec(FIND, there)).one(), target, existed=True)
    changed = await tx.exec(CHANGE, {**there, "note": note, "priority": priority})
    return AddedItem(changed.scalar_one(), target, existed=True)


async def _check_items(tx: Transaction, wishlist: UUID) -> None:
    """Refuse an item that was just put on a list if there are too many. The transaction has locked the list."""
    if (await tx.exec(COUNT, {"wishlist": wishlist})).one() > MAX_ITEMS:
        message = f"This wishlist already has {MAX_ITEMS:,} items, the maximum. Remove one first, or use another list."
        raise errors.LimitReached(message, MAX_ITEMS, "wishlistId")


async def remove_item(tx: Transaction, owner: UUID, variant: UUID, wishlist: UUID | None) -> RemovedItem:
    """Take a variant off a list; if it is not there, nothing happens."""
    target = (await _lock_wishlist(tx, owner, wishlist)).id
    removed: UUID | None = (await tx.exec(REMOVE, {"wishlist": target, "variant": variant})).scalar()
    return RemovedItem(removed, target)


async def update_item(tx: Transaction, owner: UUID, item: UUID, changes: dict[str, Any]) -> None:
    """Set the note or the priority of an item, whichever of the owner's lists it is on."""
    owned = select(Wishlist.id).where(policy.wishlists.own())
    mine = col(WishlistItem.id) == item, col(WishlistItem.wishlist_id).in_(owned)
    key = col(WishlistItem.id)
    changed = update(WishlistItem).where(*mine).values(**(changes or {"id": key})).returning(key)
    if (await tx.exec(changed, params={"viewer": owner})).first() is None:
        raise _no_item(item)


async def move_item(tx: Transaction, owner: UUID, item: UUID, wishlist: UUID) -> MovedItem:
    """Move an item to another list; where its variant is there already, the item there remains.

    All lists of the owner are locked, in the order of their ids: the item may be moving already.
    """
    owned = select(Wishlist.id).where(policy.wishlists.own()).order_by(col(Wishlist.id))
    lists = list(await tx.exec(owned.with_for_update(key_share=True), params={"viewer": owner}))
    if wishlist not in lists:
        raise _no_wishlist(wishlist)
    mine = WishlistItem.id == item, col(WishlistItem.wishlist_id).in_(lists)
    place = select(WishlistItem.wishlist_id, WishlistItem.variant_id).where(*mine)
    moved = (await tx.exec(place.with_for_update())).first()
    if moved is None:
        raise _no_item(item)
    previous, variant = moved
    known: UUID | None = (await tx.exec(FIND, {"wishlist": wishlist, "variant": variant})).first()
    if known is None:
        await tx.exec(update(WishlistItem).where(col(WishlistItem.id) == item).values(wishlist_id=wishlist))
        await _check_items(tx, wishlist)
    elif known != item:
        await tx.exec(delete(WishlistItem).where(col(WishlistItem.id) == item))
    return MovedItem(known or item, previous)


async def create(tx: Transaction, owner: UUID, name: str, visibility: WishlistVisibility) -> UUID:
    """Make a list and give its id."""
    made = uuid7()
    row = {
        "id": made, "owner_id": owner, "name": name, "visibility": visibility,
        "share_token": _share_token(visibility),
    }  # fmt: skip
    await tx.exec(insert(Wishlist).values(row))
    if (await tx.exec(select(func.count()).where(Wishlist.owner_id == owner))).one() > MAX_LISTS:
        message = f"You already have {MAX_LISTS} wishlists, the maximum. Delete one first."
        raise errors.LimitReached(message, MAX_LISTS)
    return made


def _share_token(visibility: WishlistVisibility) -> str | None:
    return secrets.token_urlsafe(24) if visibility is WishlistVisibility.LINK else None


async def change(tx: Transaction, owner: UUID, wishlist: UUID, changes: dict[str, Any]) -> None:
    """Set the name or the visibility of a list; choosing LINK again makes a new link."""
    found = await _lock_wishlist(tx, owner, wishlist)
    if "visibility" in changes:
        changes = changes | {"share_token": _share_token(changes["visibility"])}
    if changes:
        await tx.exec(update(Wishlist).where(col(Wishlist.id) == found.id).values(**changes))


async def remove(tx: Transaction, owner: UUID, wishlist: UUID) -> RemovedWishlist:
    """Delete a list with its items, and give them; the default one cannot be deleted."""
    found = await _lock_wishlist(tx, owner, wishlist)
    if found.is_default:
        message = "The default wishlist cannot be deleted. Remove its items instead."
        raise errors.InvalidInput(message, "wishlistId")
    items = delete(WishlistItem).where(col(WishlistItem.wishlist_id) == found.id)
    removed = (await tx.exec(items.returning(col(WishlistItem.variant_id), col(WishlistItem.id)))).all()
    await tx.exec(delete(Wishlist).where(col(Wishlist.id) == found.id))
    return RemovedWishlist([row.variant_id for row in removed], [row.id for row in removed])
