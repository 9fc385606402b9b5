"""What is on wishlists: adding, removing, moving, reading."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import ids
from models.products import ProductVariant
from models.wishlists import Wishlist
from tests.conventions.wrong import LONG, names_of_nothing
from tests.graph import only
from tests.people import Person, World

ITEM = "item { id note priority addedAt wishlist { id isDefault } variant { id } }"


def variant_id(variant: ProductVariant) -> str:
    return ids.encode("ProductVariant", variant.id)


def list_id(wishlist: Wishlist) -> str:
    return ids.encode("Wishlist", wishlist.id)


async def add(person: Person, variant: ProductVariant, **values: Any) -> Any:
    """Add to a list and give the payload."""
    return await person.graph.mutate("addToWishlist", f"{ITEM} existed", variantId=variant_id(variant), **values)


async def count(world: World, wishlist: Any) -> int:
    return int(await world.value("SELECT count(*) FROM wishlist_item WHERE wishlist_id = $1", wishlist))


class TestAddToWishlist:
    """W1."""

    async def test_anonymous(self, world: World) -> None:
        variant = variant_id(await world.variant())
        payload = await world.nobody.mutate("addToWishlist", f"{ITEM} existed", variantId=variant)
        assert (payload["item"], payload["existed"], only(payload)) == (None, None, "SignedOutError")

    async def test_stranger_has_no_part_in_it(self, world: World) -> None:
        """Neither a list that one sees nor one that is shared by link is one's own."""
        me, stranger = await world.person(), await world.person(role="OWNER")
        for visibility in ({"visibility": "PUBLIC"}, {"visibility": "LINK", "share_token": me.username}):
            wishlist = await world.wishlist(me, **visibility)
            payload = await add(stranger, await world.variant(), wishlistId=list_id(wishlist))
            assert (payload["item"], only(payload)) == (None, "NotFoundError")
            assert payload["userErrors"][0]["field"] == ["input", "wishlistId"]
            assert await count(world, wishlist.id) == 0

    async def test_default_list(self, world: World) -> None:
        me, variant = await world.person(), await world.variant()
        payload = await add(me, variant, note=" for \n Eid ", priority=5)
        default = ids.encode("Wishlist", await world.default_list(me))
        assert payload["existed"] is False
        assert payload["item"].pop("addedAt")
        assert payload["item"].pop("id")
        assert payload["item"] == {
            "note": "for Eid", "priority": 5, "wishlist": {"id": default, "isDefault": True},
            "variant": {"id": variant_id(variant)},
        }  # fmt: skip

    async def test_answers_with_the_list(self, world: World) -> None:
        me = await world.person()
        wishlist = await world.wishlist(me)
        for number in (1, 2):
            values = {"variantId": variant_id(await world.variant()), "wishlistId": list_id(wishlist)}
            payload = await me.graph.mutate("addToWishlist", "wishlist { id itemsCount }", **values)
            assert payload["wishlist"] == {"id": list_id(wishlist), "itemsCount": number}
        refused = await world.nobody.mutate("addToWishlist", "wishlist { id }", **values)
        assert refused["wishlist"] is None

    async def test_existing_gets_the_note_and_the_priority(self, world: World) -> None:
        """W1: it says that it was there; what is not given stays."""
        me, variant = await world.person(), await world.variant()
        kept = (await add(me, variant, note="red", priority=1))["item"]
        for given in ({}, {"note": "blue"}, {"priority": 2}, {"note": None}, {"note": "green", "priority": 3}):
            again = await add(me, variant, **given)
            kept |= {name: value for name, value in given.items() if value is not None}
            assert (again["existed"], again["item"]) == (True, kept)
        assert await count(world, await world.default_list(me)) == 1

    async def test_named_list_beside_the_default_one(self, world: World) -> None:
        me, variant = await world.person(), await world.variant()
        wishlist = await world.wishlist(me)
        first, second = await add(me, variant), await add(me, variant, wishlistId=list_id(wishlist))
        assert second["existed"] is False
        assert first["item"]["id"] != second["item"]["id"]
        assert second["item"]["wishlist"]["id"] == list_id(wishlist)

    @pytest.mark.parametrize(("name", "graphql_type"), [("variantId", "ProductVariant"), ("wishlistId", "Wishlist")])
    async def test_nothing_of_this_id(self, world: World, name: str, graphql_type: str) -> None:
        me, variant = await world.person(), variant_id(await world.variant())
        for wrong in names_of_nothing(graphql_type):
            values = {"variantId": variant} | {name: wrong}
            payload = await me.graph.mutate("addToWishlist", f"{ITEM} existed", **values)
            problem = payload["userErrors"][0]
            assert (payload["item"], payload["existed"], only(payload)) == (None, None, "NotFoundError")
            assert (problem["field"], problem["id"]) == (["input", name], wrong[:100])
        assert await count(world, await world.default_list(me)) == 0

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            *[({"note": note}, "note") for note in ("", " \n", "\u200b", "x" * 501, LONG)],
            *[({"priority": priority}, "priority") for priority in (0, -1, 6, 2**31 - 1)],
        ],
    )
    async def test_what_breaks_a_rule(self, world: World, values: Any, field: str) -> None:
        me = await world.person()
        payload = await add(me, await world.variant(), **values)
        assert (payload["item"], only(payload)) == (None, "InvalidInputError")
        assert payload["userErrors"][0]["field"] == ["input", field]
        assert await count(world, await world.default_list(me)) == 0

    @pytest.mark.parametrize("priority", [2**31, 10**19, 1.5, "1", True])
    async def test_no_such_number(self, world: World, priority: Any) -> None:
        query = "mutation ($input: AddToWishlistInput!) { addToWishlist(input: $input) { existed } }"
        values = {"variantId": variant_id(await world.variant()), "priority": priority}
        problems = await (await world.person()).graph.errors(query, input=values)
        assert problems[0]["extensions"]["code"] == "BAD_USER_INPUT"

    async def test_longest_note_and_each_priority(self, world: World) -> None:
        me = await world.person()
        for priority in (1, 2, 3, 4, 5, None):
            payload = await add(me, await world.variant(), note="x" * 500, priority=priority)
            assert (payload["item"]["note"], payload["item"]["priority"]) == ("x" * 500, priority)


REMOVED = "removedItemId wishlist { id itemsCount } variant { id }"


class TestRemoveFromWishlist:
    """W2."""

    verb = "removeFromWishlist"
    nothing = dict.fromkeys(("removedItemId", "wishlist", "variant"))

    async def test_anonymous(self, world: World) -> None:
        payload = await world.nobody.mutate(self.verb, REMOVED, variantId=variant_id(await world.variant()))
        assert only(payload) == "SignedOutError"
        assert payload.items() >= self.nothing.items()

    async def test_stranger(self, world: World) -> None:
        me, stranger, variant = await world.person(), await world.person(role="OWNER"), await world.variant()
        wishlist = await world.wishlist(me, visibility="PUBLIC")
        await world.item(wishlist.id, variant)
        values = {"variantId": variant_id(variant), "wishlistId": list_id(wishlist)}
        payload = await stranger.graph.mutate(self.verb, REMOVED, **values)
        assert only(payload) == "NotFoundError"
        assert payload.items() >= self.nothing.items()
        own = await stranger.graph.mutate(self.verb, REMOVED, variantId=values["variantId"])
        assert (own["removedItemId"], own["userErrors"]) == (None, [])
        assert await count(world, wishlist.id) == 1

    async def test_names_what_was_there(self, world: World) -> None:
        me, variant, other = await world.person(), await world.variant(), await world.variant()
        default, wishlist = await world.default_list(me), await world.wishlist(me)
        items = {}
        for key in (default, wishlist.id):
            items[key] = (await world.item(key, variant)).id
            await world.item(key, other)
        for key, values in ((default, {}), (wishlist.id, {"wishlistId": list_id(wishlist)})):
            for removed in (ids.encode("WishlistItem", items[key]), None):
                payload = await me.graph.mutate(self.verb, REMOVED, variantId=variant_id(variant), **values)
                assert payload == {
                    "removedItemId": removed, "wishlist": {"id": ids.encode("Wishlist", key), "itemsCount": 1},
                    "variant": {"id": variant_id(variant)}, "userErrors": [],
                }  # fmt: skip
            assert await count(world, key) == 1

    @pytest.mark.parametrize(("name", "graphql_type"), [("variantId", "ProductVariant"), ("wishlistId", "Wishlist")])
    async def test_nothing_of_this_id(self, world: World, name: str, graphql_type: str) -> None:
        """A well-formed id of a variant that is gone is one that is not on the list."""
        me, variant = await world.person(), variant_id(await world.variant())
        default = {"id": ids.encode("Wishlist", await world.default_list(me)), "itemsCount": 0}
        for wrong in names_of_nothing(graphql_type):
            payload = await me.graph.mutate(self.verb, REMOVED, **{"variantId": variant} | {name: wrong})
            if ids.key_of("ProductVariant", wrong):
                assert payload == {"removedItemId": None, "wishlist": default, "variant": None, "userErrors": []}
                continue
            assert only(payload) == "NotFoundError"
            assert payload.items() >= self.nothing.items()
            assert payload["userErrors"][0]["field"] == ["input", name]
            assert payload["userErrors"][0]["id"] == wrong[:100]


class TestMoveWishlistItem:
    """W4."""

    verb = "moveWishlistItem"

    async def test_anonymous(self, world: World) -> None:
        me = await world.person()
        item = await world.item(await world.default_list(me), await world.variant())
        values = {"itemId": ids.encode("WishlistItem", item.id), "wishlistId": list_id(await world.wishlist(me))}
        payload = await world.nobody.mutate(self.verb, ITEM, **values)
        assert (payload["item"], only(payload)) == (None, "SignedOutError")

    async def test_stranger(self, world: World) -> None:
        """Neither is somebody's item taken, nor one's own put on somebody's list."""
        me, stranger = await world.person(), await world.person(role="OWNER")
        mine, theirs = await world.wishlist(me, visibility="PUBLIC"), await world.wishlist(stranger)
        items = [await world.item(one.id, await world.variant()) for one in (mine, theirs)]
        for item, target, field in (
            (items[0], theirs, "itemId"),
            (items[1], mine, "wishlistId"),
            (items[0], mine, "wishlistId"),
        ):
            values = {"itemId": ids.encode("WishlistItem", item.id), "wishlistId": list_id(target)}
            payload = await stranger.graph.mutate(self.verb, ITEM, **values)
            assert (payload["item"], only(payload)) == (None, "NotFoundError")
            assert payload["userErrors"][0]["field"] == ["input", field]
        assert (await count(world, mine.id), await count(world, theirs.id)) == (1, 1)

    async def test_to_another_list_and_where_it_is(self, world: World) -> None:
        me = await world.person()
        wishlist = await world.wishlist(me)
        first = (await add(me, await world.variant(), note="red", priority=3))["item"]
        for _ in range(2):
            payload = await me.graph.mutate(self.verb, ITEM, itemId=first["id"], wishlistId=list_id(wishlist))
            assert payload["item"] == first | {"wishlist": {"id": list_id(wishlist), "isDefault": False}}
        assert (await count(world, wishlist.id), await count(world, await world.default_list(me))) == (1, 0)

    async def test_two_become_one(self, world: World) -> None:
        me, variant = await world.person(), await world.variant()
        wishlist = await world.wishlist(me)
        there = (await add(me, variant, wishlistId=list_id(wishlist), note="there"))["item"]
        moved = (await add(me, variant, note="moved"))["item"]
        payload = await me.graph.mutate(self.verb, ITEM, itemId=moved["id"], wishlistId=list_id(wishlist))
        assert payload["item"] == there
        assert (await count(world, wishlist.id), await count(world, await world.default_list(me))) == (1, 0)
        again = await me.graph.mutate(self.verb, ITEM, itemId=moved["id"], wishlistId=list_id(wishlist))
        assert only(again) == "NotFoundError"

    @pytest.mark.parametrize(("name", "graphql_type"), [("itemId", "WishlistItem"), ("wishlistId", "Wishlist")])
    async def test_nothing_of_this_id(self, world: World, name: str, graphql_type: str) -> None:
        me = await world.person()
        item = (await add(me, await world.variant()))["item"]
        for wrong in names_of_nothing(graphql_type):
            values = {"itemId": item["id"], "wishlistId": list_id(await world.wishlist(me))} | {name: wrong}
            payload = await me.graph.mutate(self.verb, ITEM, **values)
            assert (payload["item"], only(payload)) == (None, "NotFoundError")
            assert payload["userErrors"][0]["field"] == ["input", name]
            assert payload["userErrors"][0]["id"] == wrong[:100]


class TestItems:
    """W3."""

    query = """query ($first: Int) { viewer { wishlist { items(first: $first) { totalCount nodes {
        id addedAt variant { sku product { title brand { name } } listings { price { amount } store { name } source { name } } }
        } } } } }"""

    async def test_anonymous(self, world: World) -> None:
        wishlist = await world.wishlist(await world.person(), visibility="PUBLIC")
        await world.item(wishlist.id, variant := await world.variant())
        query = "query ($id: ID!) { wishlist(id: $id) { items { nodes { variant { id } } } } }"
        found = (await world.nobody(query, id=list_id(wishlist)))["wishlist"]["items"]
        assert found == {"nodes": [{"variant": {"id": variant_id(variant)}}]}

    async def test_stranger(self, world: World) -> None:
        wishlist = await world.wishlist(await world.person())
        item = await world.item(wishlist.id, await world.variant())
        query = "query ($id: ID!, $item: ID!) { wishlist(id: $id) { items { totalCount } } node(id: $item) { id } }"
        found = await (await world.person()).graph(
            query, id=list_id(wishlist), item=ids.encode("WishlistItem", item.id)
        )
        assert found == {"wishlist": None, "node": None}

    async def test_newest_first(self, world: World) -> None:
        me, now = await world.person(), datetime.now(UTC)
        wishlist = await world.default_list(me)
        days = [3, 1, 2]
        items = {
            day: await world.item(wishlist, await world.variant(), created_at=now - timedelta(day)) for day in days
        }
        nodes = (await me.graph(self.query))["viewer"]["wishlist"]["items"]["nodes"]
        assert [node["id"] for node in nodes] == [ids.encode("WishlistItem", items[day].id) for day in (1, 2, 3)]

    async def test_as_many_statements_for_one_as_for_many(self, world: World, statements: list[str]) -> None:
        me = await world.person()
        wishlist = await world.default_list(me)
        counts = []
        for size in (1, 1, 9, 20):
            while await count(world, wishlist) < size:
                product = await world.product(brand_id=(await world.brand()).id)
                variant = await world.variant(product_id=product.id)
                for _ in range(2):
                    await world.listing(variant, store_id=(await world.store()).id, price_minor=100)
                await world.item(wishlist, variant)
            statements.clear()
            items = (await me.graph(self.query, first=20))["viewer"]["wishlist"]["items"]
            assert (items["totalCount"], len(items["nodes"])) == (size, size)
            assert all(len(node["variant"]["listings"]) == 2 for node in items["nodes"])
            counts.append(len(statements))
        assert counts[1] == counts[2] == counts[3] <= counts[0] <= 11
