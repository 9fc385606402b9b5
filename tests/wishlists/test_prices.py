"""What items of wishlists cost when they were added, and by how much that has changed."""

import asyncio
from typing import Any

import pytest

from models import ids
from models.products import ProductVariant
from models.wishlists import Wishlist
from tests.people import Person, World
from tests.products.test_products import amount

MONEY = "{ amount currencyCode }"
ITEM = f"item {{ id priceWhenAdded {MONEY} priceChange {MONEY} }} existed"


async def add(person: Person, variant: ProductVariant, **values: Any) -> Any:
    """Add to a list and give the item."""
    payload = await person.graph.mutate(
        "addToWishlist", ITEM, variantId=ids.encode("ProductVariant", variant.id), **values
    )
    return payload["item"]


async def item(person: Person, key: str) -> Any:
    """Ask for the prices of an item."""
    query = f"query ($id: ID!) {{ node(id: $id) {{ ... on WishlistItem {{ id priceWhenAdded {MONEY} priceChange {MONEY} }} }} }}"
    return (await person.graph(query, id=key))["node"]


class TestPriceWhenAdded:
    """W4."""

    async def test_of_the_best_listing(self, world: World) -> None:
        """One that can be bought, in the shop's own currency."""
        me, variant = await world.person(), await world.variant()
        for minor, currency, availability in (
            (50, "AED", "OUT_OF_STOCK"), (60, "AAA", "IN_STOCK"), (900, "AED", "IN_STOCK"), (800, "AED", "LOW_STOCK"),
        ):  # fmt: skip
            await world.listing(variant, price_minor=minor, currency=currency, availability=availability)
        added = await add(me, variant)
        assert (added["priceWhenAdded"], added["priceChange"]) == (amount("8.00"), amount("0.00"))
        assert await item(me, added["id"]) == added

    @pytest.mark.parametrize("values", [None, {"list_price_minor": 100}, {"price_minor": 100, "state": "ENDED"}])
    async def test_not_known(self, world: World, values: Any) -> None:
        me, variant = await world.person(), await world.variant()
        if values:
            await world.listing(variant, **values)
        added = await add(me, variant)
        assert (added["priceWhenAdded"], added["priceChange"]) == (None, None)
        await world.listing(variant, price_minor=700)
        assert await item(me, added["id"]) == added

    async def test_stays_as_it_was(self, world: World) -> None:
        """Also when it is added again, or moved."""
        me, variant = await world.person(), await world.variant()
        wishlist = ids.encode("Wishlist", (await world.wishlist(me)).id)
        listing = await world.listing(variant, price_minor=900)
        first = await add(me, variant)
        await world.execute("UPDATE listing SET price_minor = 500 WHERE id = $1", listing.id)
        again = await add(me, variant)
        payload = await me.graph.mutate("moveWishlistItem", ITEM.removesuffix("existed"), itemId=first["id"], wishlistId=wishlist)  # fmt: skip
        assert again == payload["item"] == first | {"priceChange": amount("-4.00")}

    async def test_added_while_the_price_changes(self, world: World) -> None:
        """It is one of the prices that there were, with the currency that it had."""
        people, variant = [await world.person() for _ in range(12)], await world.variant()
        listing = await world.listing(variant, price_minor=1_000, currency="USD")

        async def change() -> None:
            for step in range(1, 40):
                values = 1_000 + step, "KWD" if step % 2 else "USD"
                await world.execute(
                    "UPDATE listing SET price_minor = $2, currency = $3 WHERE id = $1", listing.id, *values
                )

        *added, _ = await asyncio.gather(*(add(person, variant) for person in people), change())
        known = {("USD", f"{10 + step / 100:.2f}") for step in range(0, 40, 2)}
        known |= {("KWD", f"{1 + step / 1000:.3f}") for step in range(1, 40, 2)}
        assert {(one["priceWhenAdded"]["currencyCode"], one["priceWhenAdded"]["amount"]) for one in added} <= known


class TestPriceChange:
    """W4."""

    async def test_in_the_currency_of_then(self, world: World) -> None:
        me, variant = await world.person(), await world.variant()
        dollars = await world.listing(variant, price_minor=900, currency="USD")
        key = (await add(me, variant))["id"]
        await world.listing(variant, price_minor=100, currency="AED")
        for price, change in ((950, "0.50"), (700, "-2.00"), (900, "0.00")):
            await world.execute("UPDATE listing SET price_minor = $2 WHERE id = $1", dollars.id, price)
            assert (await item(me, key))["priceChange"] == amount(change, "USD")
        await world.execute("UPDATE listing SET state = 'ENDED' WHERE id = $1", dollars.id)
        assert await item(me, key) == {"id": key, "priceWhenAdded": amount("9.00", "USD"), "priceChange": None}

    async def test_for_everyone_who_sees_the_list(self, world: World) -> None:
        me, variant = await world.person(), await world.variant()
        await world.listing(variant, price_minor=900)
        public = ids.encode("Wishlist", (await world.wishlist(me, visibility="PUBLIC")).id)
        shown, hidden = await add(me, variant, wishlistId=public), await add(me, variant)
        stranger = await world.person()
        assert await item(stranger, shown["id"]) == shown
        assert await item(stranger, hidden["id"]) is None

    async def test_a_long_list_takes_as_many_statements_as_a_short_one(
        self, world: World, statements: list[str]
    ) -> None:
        """100 items with product, brand, best listing and prices."""
        me = await world.person()
        wishlist = Wishlist(owner_id=me.key, name="Long")
        await world.save(wishlist)
        query = f"""query ($id: ID!) {{ wishlist(id: $id) {{ itemsCount items(first: 100) {{ nodes {{
            priceWhenAdded {MONEY} priceChange {MONEY} variant {{ sku viewerHasWishlisted bestListing {{ price {MONEY} clickUrl }}
            product {{ title brand {{ name }} viewerHasWishlisted }} }} }} }} }} }}"""
        counts = []
        for size in (2, 2, 100, 100):
            while await world.value("SELECT count(*) FROM wishlist_item WHERE wishlist_id = $1", wishlist.id) < size:
                product = await world.product(brand_id=(await world.brand()).id)
                variant = await world.variant(product_id=product.id)
                await world.listing(variant, price_minor=900)
                await world.item(wishlist.id, variant, added_price_minor=1_000, added_currency="AED")
            statements.clear()
            found = (await me.graph(query, id=ids.encode("Wishlist", wishlist.id)))["wishlist"]
            assert (found["itemsCount"], len(found["items"]["nodes"])) == (size, size)
            assert all(one["priceChange"] == amount("-1.00") for one in found["items"]["nodes"])
            assert all(one["variant"]["bestListing"]["price"] == amount("9.00") for one in found["items"]["nodes"])
            counts.append(len(statements))
        assert counts[1] == counts[2] == counts[3] <= counts[0] <= 11
