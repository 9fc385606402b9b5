"""How much one customer can have: 10,000 follows, 100 wishlists, 1,000 items on each."""

import asyncio
from typing import Any

from models import ids
from tests.crowd import patiently
from tests.graph import only
from tests.people import Person, World

FOLLOWING = "customer { relationship { following requested } }"


def limit(payload: Any, number: int) -> str:
    (error,) = payload["userErrors"]
    assert (error["__typename"], error["code"]) == ("LimitReachedError", "CONFLICT")
    assert f"{number:,}" in error["message"]
    return ".".join(error["field"] or ())


class TestFollows:
    async def test_anonymous(self, world: World) -> None:
        them = await world.person()
        assert only(await world.nobody.mutate("followCustomer", FOLLOWING, customerId=them.id)) == "SignedOutError"

    async def test_customers(self, world: World) -> None:
        me, first, second = await world.person(), await world.person(), await world.person()
        await world.execute("UPDATE customer SET following_customers_count = 9999 WHERE id = $1", me.key)
        assert (await me.graph.mutate("followCustomer", FOLLOWING, customerId=first.id))["userErrors"] == []
        refused = await me.graph.mutate("followCustomer", FOLLOWING, customerId=second.id)
        assert limit(refused, 10_000) == "input.customerId"
        assert await world.value("SELECT count(*) FROM follow WHERE follower_id = $1", me.key) == 1
        assert await world.value("SELECT following_customers_count FROM customer WHERE id = $1", me.key) == 10_000
        await world.execute("UPDATE customer SET following_customers_count = 1 WHERE id = $1", me.key)

    async def test_stores(self, world: World) -> None:
        me, store = await world.person(), await world.store()
        await world.execute("UPDATE customer SET following_stores_count = 10000 WHERE id = $1", me.key)
        refused = await me.graph.mutate("followStore", "store { id }", storeId=ids.encode("Store", store.id))
        assert limit(refused, 10_000) == "input.storeId"
        assert await world.value("SELECT followers_count FROM store WHERE id = $1", store.id) == 0
        await world.execute("UPDATE customer SET following_stores_count = 0 WHERE id = $1", me.key)

    async def test_requests(self, world: World) -> None:
        me, them = await world.person(), await world.person(is_private=True)
        await world.execute(
            """WITH made AS (INSERT INTO customer (id, clerk_id, username) SELECT gen_random_uuid(), 'user_many' || n, 'many' || n
               FROM generate_series(1, 10000) AS n RETURNING id)
               INSERT INTO follow_request (id, requester_id, target_id) SELECT gen_random_uuid(), $1, id FROM made""",
            me.key,
        )
        assert (
            limit(await me.graph.mutate("followCustomer", FOLLOWING, customerId=them.id), 10_000) == "input.customerId"
        )
        await world.execute("DELETE FROM customer WHERE clerk_id LIKE 'user_many%'")
        payload = await me.graph.mutate("followCustomer", FOLLOWING, customerId=them.id)
        assert payload["customer"]["relationship"] == {"following": False, "requested": True}


async def lists(world: World, me: Person, number: int) -> None:
    sql = """INSERT INTO wishlist (id, owner_id, name, visibility, is_default)
             SELECT gen_random_uuid(), $1, 'List ' || n, 'PRIVATE', false FROM generate_series(1, $2::int) AS n"""
    await world.execute(sql, me.key, number)


class TestWishlists:
    async def test_anonymous(self, world: World) -> None:
        assert only(await world.nobody.mutate("createWishlist", "wishlist { id }", name="Desk")) == "SignedOutError"

    async def test_lists(self, world: World) -> None:
        """The default list is one of the hundred; of twenty at once, as many are made as there is room for."""
        me = await world.person()
        await lists(world, me, 94)
        create = lambda: patiently(lambda: me.graph.mutate("createWishlist", "wishlist { id }", name="Desk"))
        payloads = await asyncio.gather(*(create() for _ in range(20)))
        assert sum(payload["userErrors"] == [] for payload in payloads) == 5
        assert {limit(payload, 100) for payload in payloads if payload["userErrors"]} == {""}
        assert await world.value("SELECT count(*) FROM wishlist WHERE owner_id = $1", me.key) == 100

    async def test_items(self, world: World) -> None:
        me, other = await world.person(), await world.variant()
        full, empty = await world.wishlist(me), await world.wishlist(me)
        first = await world.variant()
        await world.execute(
            """WITH made AS (INSERT INTO product_variant SELECT (jsonb_populate_record(one, jsonb_build_object(
                   'id', gen_random_uuid(), 'sku', 'MANY' || n))).* FROM product_variant AS one, generate_series(1, 1000) AS n
                   WHERE one.id = $2 RETURNING id)
               INSERT INTO wishlist_item (id, wishlist_id, variant_id) SELECT gen_random_uuid(), $1, id FROM made""",
            full.id, first.id,
        )  # fmt: skip
        given = {"variantId": ids.encode("ProductVariant", other.id)}
        target = ids.encode("Wishlist", full.id)
        refused = await me.graph.mutate("addToWishlist", "existed", **given, wishlistId=target)
        assert limit(refused, 1_000) == "input.wishlistId"
        item = await world.item(empty.id, other)
        moved = await me.graph.mutate(
            "moveWishlistItem", "item { id }", itemId=ids.encode("WishlistItem", item.id), wishlistId=target
        )
        assert limit(moved, 1_000) == "input.wishlistId"
        assert await world.value("SELECT count(*) FROM wishlist_item WHERE wishlist_id = $1", full.id) == 1_000
        assert await world.value("SELECT count(*) FROM wishlist_item WHERE wishlist_id = $1", empty.id) == 1
        known = await world.value("SELECT variant_id FROM wishlist_item WHERE wishlist_id = $1 LIMIT 1", full.id)
        again = await me.graph.mutate(
            "addToWishlist", "existed", variantId=ids.encode("ProductVariant", known), wishlistId=target
        )
        assert (again["existed"], again["userErrors"]) == (True, [])
        await world.execute("DELETE FROM wishlist WHERE id = $1", full.id)
        await world.execute("DELETE FROM product_variant WHERE sku LIKE 'MANY%'")
