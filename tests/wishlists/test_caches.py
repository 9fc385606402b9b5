"""Payloads that leave a normalised cache right: everything that a mutation changed is in its payload."""

from typing import Any

from models import ids
from models.products import ProductVariant
from tests.graph import only
from tests.people import World

HEART = "variant { id viewerHasWishlisted product { viewerHasWishlisted } }"


def variant_id(variant: ProductVariant) -> str:
    return ids.encode("ProductVariant", variant.id)


def heart(variant: ProductVariant, *, on: bool) -> dict[str, Any]:
    return {"id": variant_id(variant), "viewerHasWishlisted": on, "product": {"viewerHasWishlisted": on}}


class TestHearts:
    """W4: `viewerHasWishlisted` of a variant."""

    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ProductVariant { viewerHasWishlisted } } }"

    async def test_of_each_variant_in_one_statement(self, world: World, statements: list[str]) -> None:
        """On any of the viewer's lists; what others have does not count, nor does another variant of the product."""
        me, them, product = await world.person(), await world.person(), await world.product()
        variants = [await world.variant(product_id=product.id) for _ in range(4)]
        for wishlist in (await world.wishlist(me), await world.wishlist(me)):
            await world.item(wishlist.id, variants[0])
        await world.item(await world.default_list(me), variants[1])
        await world.item((await world.wishlist(them, visibility="PUBLIC")).id, variants[2])
        keys = [variant_id(one) for one in variants]
        for graph, expected in (
            (me.graph, [True, True, False, False]), (them.graph, [False, False, True, False]), (world.nobody, [None] * 4),
        ):  # fmt: skip
            for _ in range(2):
                statements.clear()
                found = (await graph(self.query, ids=keys))["nodes"]
                assert [one["viewerHasWishlisted"] for one in found] == expected
                assert len([sql for sql in statements if "wishlist_item" in sql]) == (expected[0] is not None)

    async def test_after_adding_and_removing(self, world: World) -> None:
        me, variant = await world.person(), await world.variant()
        values = {"variantId": variant_id(variant)}
        added = await me.graph.mutate("addToWishlist", f"item {{ {HEART} }} wishlist {{ itemsCount }}", **values)
        assert (added["item"]["variant"], added["wishlist"]) == (heart(variant, on=True), {"itemsCount": 1})
        removed = await me.graph.mutate("removeFromWishlist", f"{HEART} wishlist {{ itemsCount }}", **values)
        assert (removed["variant"], removed["wishlist"]) == (heart(variant, on=False), {"itemsCount": 0})

    async def test_still_on_another_list(self, world: World) -> None:
        me, variant = await world.person(), await world.variant()
        await world.item((await world.wishlist(me)).id, variant)
        await world.item(await world.default_list(me), variant)
        removed = await me.graph.mutate("removeFromWishlist", HEART, variantId=variant_id(variant))
        assert removed["variant"] == heart(variant, on=True)


class TestMove:
    """W4: both lists."""

    fields = (
        "item { id wishlist { id itemsCount } } previousWishlist { id itemsCount items { nodes { id } } } removedItemId"
    )

    async def test_both_lists(self, world: World) -> None:
        me, variant = await world.person(), await world.variant()
        here, there = await world.default_list(me), (await world.wishlist(me)).id
        item = ids.encode("WishlistItem", (await world.item(here, variant)).id)
        target = {"id": ids.encode("Wishlist", there), "itemsCount": 1}
        for previous in (
            {"id": ids.encode("Wishlist", here), "itemsCount": 0, "items": {"nodes": []}},
            target | {"items": {"nodes": [{"id": item}]}},
        ):
            payload = await me.graph.mutate("moveWishlistItem", self.fields, itemId=item, wishlistId=target["id"])
            assert payload == {
                "item": {"id": item, "wishlist": target}, "previousWishlist": previous, "removedItemId": None, "userErrors": [],
            }  # fmt: skip

    async def test_where_the_variant_is_already(self, world: World) -> None:
        """The moved item is gone: its id is told. So it is when the request is repeated with its key."""
        me, variant = await world.person(), await world.variant()
        here, there = await world.default_list(me), (await world.wishlist(me)).id
        moved, known = [ids.encode("WishlistItem", (await world.item(one, variant)).id) for one in (here, there)]
        values = {"itemId": moved, "wishlistId": ids.encode("Wishlist", there), "idempotencyKey": moved}
        for _ in range(2):
            payload = await me.graph.mutate("moveWishlistItem", self.fields, **values)
            assert payload == {
                "item": {"id": known, "wishlist": {"id": values["wishlistId"], "itemsCount": 1}},
                "previousWishlist": {"id": ids.encode("Wishlist", here), "itemsCount": 0, "items": {"nodes": []}},
                "removedItemId": moved, "userErrors": [],
            }  # fmt: skip

    async def test_failed(self, world: World) -> None:
        me = await world.person()
        item = ids.encode("WishlistItem", (await world.item(await world.default_list(me), await world.variant())).id)
        payload = await me.graph.mutate("moveWishlistItem", self.fields, itemId=item, wishlistId="x")
        assert only(payload) == "NotFoundError"
        assert (payload["item"], payload["previousWishlist"], payload["removedItemId"]) == (None, None, None)


class TestDelete:
    """W4."""

    async def test_hearts_of_what_was_on_it(self, world: World) -> None:
        """Also when the request is repeated with its key, and not of a variant that is gone by then."""
        me = await world.person()
        wishlist = await world.wishlist(me)
        variants = [await world.variant() for _ in range(3)]
        for variant in variants:
            await world.item(wishlist.id, variant)
        await world.item(await world.default_list(me), variants[0])
        key = ids.encode("Wishlist", wishlist.id)
        expected = [heart(one, on=one is variants[0]) for one in variants]
        for left in (expected, expected, expected[:2]):
            if left is not expected:
                await world.execute("DELETE FROM product_variant WHERE id = $1", variants[2].id)
            fields = f"deletedWishlistId {HEART.replace('variant', 'variants', 1)}"
            payload = await me.graph.mutate("deleteWishlist", fields, wishlistId=key, idempotencyKey=key)
            assert (payload["deletedWishlistId"], payload["userErrors"]) == (key, [])
            assert sorted(payload["variants"], key=str) == sorted(left, key=str)
        assert await world.value("SELECT count(*) FROM wishlist_item WHERE wishlist_id = $1", wishlist.id) == 0

    async def test_the_default_list_keeps_its_items(self, world: World) -> None:
        me = await world.person()
        wishlist = await world.default_list(me)
        await world.item(wishlist, await world.variant())
        payload = await me.graph.mutate(
            "deleteWishlist", "variants { id }", wishlistId=ids.encode("Wishlist", wishlist)
        )
        assert (payload["variants"], only(payload)) == (None, "InvalidInputError")
        assert await world.value("SELECT count(*) FROM wishlist_item WHERE wishlist_id = $1", wishlist) == 1
