"""Wishlists for the tests that go over the whole graph; see `tests/areas.py`."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from models import ids
from models.products import ProductVariant
from models.wishlists import Wishlist, WishlistItem
from tests.areas import HiddenRows
from tests.people import Person, World, word


async def nodes(world: World, me: Person) -> dict[str, UUID]:
    """The default list of a customer, with an item."""
    wishlist = await world.default_list(me)
    return {"Wishlist": wishlist, "WishlistItem": (await world.item(wishlist, await world.variant())).id}


async def inputs(world: World, me: Person, _others: list[Person]) -> dict[str, dict[str, Any]]:
    """Inputs for three lists, the first of which has two items."""
    lists = [await world.wishlist(me) for _ in range(3)]
    variants = [await world.variant() for _ in range(3)]
    item = ids.encode("WishlistItem", (await world.item(lists[0].id, variants[0])).id)
    await world.item(lists[0].id, variants[1])
    variant = [ids.encode("ProductVariant", one.id) for one in variants]
    wishlist = [ids.encode("Wishlist", one.id) for one in lists]
    return {
        "addToWishlist": {"variantId": variant[2], "wishlistId": wishlist[0]},
        "removeFromWishlist": {"variantId": variant[1], "wishlistId": wishlist[0]},
        "updateWishlistItem": {"itemId": item, "note": "For the desk"},
        "moveWishlistItem": {"itemId": item, "wishlistId": wishlist[1]},
        "createWishlist": {"name": "Desk", "idempotencyKey": word()},
        "updateWishlist": {"wishlistId": wishlist[1], "name": "Shelf"},
        "deleteWishlist": {"wishlistId": wishlist[2]},
    }


async def hidden(world: World, people: Mapping[str, Person], variant: ProductVariant) -> HiddenRows:
    """Lists of each visibility, none of which the other viewers may see, and an item on such a list."""
    public, private = people["public"], people["private"]
    private_list = await world.wishlist(public, visibility="PRIVATE")
    link = await world.wishlist(public, visibility="LINK", share_token=word())
    lists, item = [uuid7() for _ in range(4)], uuid7()

    def a_list(n: int, of: Person, visibility: str, **values: Any) -> list[Any]:
        return [Wishlist(id=lists[n], owner_id=of.key, name=word(), visibility=visibility, **values)]

    wishlist_ids = [ids.encode("Wishlist", one) for one in (*lists, private_list.id)]
    item_ids = [ids.encode("WishlistItem", item)]
    return HiddenRows(
        rows={
            "a private wishlist": lambda: a_list(0, public, "PRIVATE"),
            "a wishlist for followers": lambda: a_list(1, public, "FOLLOWERS"),
            "a public wishlist of somebody private": lambda: a_list(2, private, "PUBLIC"),
            "a wishlist by link": lambda: a_list(3, public, "LINK", share_token=word()),
            "an item of a private wishlist": lambda: [
                WishlistItem(id=item, wishlist_id=private_list.id, variant_id=variant.id)
            ],
        },
        hidden={"wishlistId": wishlist_ids, "itemId": item_ids},
        known={"Wishlist": wishlist_ids[:4], "WishlistItem": item_ids, "token": [link.share_token, word()]},
    )
