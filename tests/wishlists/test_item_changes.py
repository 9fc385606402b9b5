"""Changing the note and the priority of an item."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from models import ids
from models.wishlists import WishlistItem
from tests.conventions.wrong import LONG, names_of_nothing
from tests.graph import only
from tests.people import Person, World

FIELDS = "item { id note priority }"


def item_id(item: WishlistItem) -> str:
    return ids.encode("WishlistItem", item.id)


async def noted(world: World, me: Person, **values: Any) -> str:
    """Put something on the default list, and give the id of the item."""
    values = {"note": "red", "priority": 3} | values
    return item_id(await world.item(await world.default_list(me), await world.variant(), **values))


class TestUpdateWishlistItem:
    verb = "updateWishlistItem"

    async def test_anonymous(self, world: World) -> None:
        item = await noted(world, await world.person())
        payload = await world.nobody.mutate(self.verb, FIELDS, itemId=item, note="blue")
        assert (payload["item"], only(payload)) == (None, "SignedOutError")

    async def test_stranger(self, world: World) -> None:
        """An item that one sees is not one's own; nor is it an admin's."""
        wishlist = await world.wishlist(await world.person(), visibility="PUBLIC")
        item = item_id(await world.item(wishlist.id, await world.variant(), note="red"))
        for stranger in (await world.person(), await world.person(role="OWNER")):
            for values in ({"note": "blue"}, {"priority": 1}, {"note": None}, {}):
                payload = await stranger.graph.mutate(self.verb, FIELDS, itemId=item, **values)
                assert (payload["item"], only(payload)) == (None, "NotFoundError")
                assert payload["userErrors"][0]["field"] == ["input", "itemId"]
        assert await world.value("SELECT note FROM wishlist_item WHERE wishlist_id = $1", wishlist.id) == "red"

    async def test_omitted_stays_and_null_clears(self, world: World) -> None:
        me = await world.person()
        item = await noted(world, me)
        for values, note, priority in (
            ({}, "red", 3), ({"note": " light \n blue "}, "light blue", 3), ({"priority": 5}, "light blue", 5),
            ({"note": None}, None, 5), ({"note": "green", "priority": None}, "green", None), ({}, "green", None),
        ):  # fmt: skip
            payload = await me.graph.mutate(self.verb, FIELDS, itemId=item, **values)
            assert payload == {"item": {"id": item, "note": note, "priority": priority}, "userErrors": []}
            found = await me.graph("query ($id: ID!) { node(id: $id) { ... on WishlistItem { note } } }", id=item)
            assert found["node"] == {"note": note}

    async def test_other_items_stay(self, world: World) -> None:
        me = await world.person()
        item, other = await noted(world, me), await noted(world, me)
        await me.graph.mutate(self.verb, FIELDS, itemId=item, note="blue", priority=1)
        found = await me.graph("query ($id: ID!) { node(id: $id) { ... on WishlistItem { note priority } } }", id=other)
        assert found["node"] == {"note": "red", "priority": 3}

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            *[({"note": note}, "note") for note in ("", " \n", "\u200b", "x" * 501, LONG)],
            *[({"priority": priority}, "priority") for priority in (0, -1, 6, 2**31 - 1)],
        ],
    )
    async def test_what_breaks_a_rule(self, world: World, values: Any, field: str) -> None:
        me = await world.person()
        payload = await me.graph.mutate(self.verb, FIELDS, itemId=await noted(world, me), **values)
        assert (payload["item"], only(payload)) == (None, "InvalidInputError")
        assert payload["userErrors"][0]["field"] == ["input", field]

    async def test_nothing_of_this_id(self, world: World) -> None:
        me = await world.person()
        for wrong in names_of_nothing("WishlistItem"):
            payload = await me.graph.mutate(self.verb, FIELDS, itemId=wrong, note="blue")
            assert (payload["item"], only(payload)) == (None, "NotFoundError")
            assert payload["userErrors"][0]["id"] == wrong[:100]

    async def test_against_moves_and_removal(self, world: World) -> None:
        """Wherever the item is at the moment, it is changed; once it is gone, it is not found."""
        me, variant, target = await world.person(), await world.variant(), None
        item = item_id(await world.item(await world.default_list(me), variant))
        target = ids.encode("Wishlist", (await world.wishlist(me)).id)
        payloads = await asyncio.gather(
            *(me.graph.mutate(self.verb, FIELDS, itemId=item, priority=one % 5 + 1) for one in range(10)),
            *(me.graph.mutate("moveWishlistItem", FIELDS, itemId=item, wishlistId=target) for _ in range(3)),
        )
        assert [payload["userErrors"] for payload in payloads] == [[]] * 13
        values = {"variantId": ids.encode("ProductVariant", variant.id), "wishlistId": target}
        payloads = await asyncio.gather(
            *(me.graph.mutate(self.verb, FIELDS, itemId=item, note="late") for _ in range(8)),
            me.graph.mutate("removeFromWishlist", "removedItemId", **values),
        )
        assert set(Counter("".join(e["__typename"] for e in p["userErrors"]) for p in payloads)) <= {
            "",
            "NotFoundError",
        }
        assert payloads[-1]["removedItemId"] == item


class TestItemsCount:
    query = "query ($id: ID!) { wishlist(id: $id) { itemsCount items(first: 0) { totalCount } } }"

    async def test_anonymous_and_stranger_where_the_list_is_shown(self, world: World) -> None:
        me, stranger = await world.person(), await world.person()
        for visibility, shown in (("PUBLIC", {"itemsCount": 1, "items": {"totalCount": 1}}), ("PRIVATE", None)):
            wishlist = await world.wishlist(me, visibility=visibility)
            await world.item(wishlist.id, await world.variant())
            for graph in (world.nobody, stranger.graph):
                assert (await graph(self.query, id=ids.encode("Wishlist", wishlist.id)))["wishlist"] == shown

    async def test_with_the_link(self, world: World) -> None:
        me = await world.person()
        wishlist = await world.wishlist(me, visibility="LINK", share_token=f"token{me.username}")
        await world.item(wishlist.id, await world.variant())
        query = "query ($token: String!) { sharedWishlist(token: $token) { itemsCount } }"
        assert (await world.nobody(query, token=wishlist.share_token))["sharedWishlist"] == {"itemsCount": 1}

    async def test_one_statement_for_many_lists(self, world: World, statements: list[str]) -> None:
        me, counts = await world.person(), {}
        query = "{ viewer { wishlists(first: 50) { nodes { id itemsCount } } } }"
        used = []
        for lists in (1, 9):
            while len(counts) < lists:
                wishlist = await world.wishlist(me)
                counts[ids.encode("Wishlist", wishlist.id)] = len(counts)
                for _ in range(len(counts) - 1):
                    await world.item(wishlist.id, await world.variant())
            statements.clear()
            nodes = (await me.graph(query))["viewer"]["wishlists"]["nodes"]
            used.append(len(statements))
            assert {node["id"]: node["itemsCount"] for node in nodes if node["id"] in counts} == counts
        assert used[0] == used[1]

    async def test_after_changes_at_once(self, world: World) -> None:
        """Each answer counts what is there once its own change is made."""
        me = await world.person()
        wishlist = ids.encode("Wishlist", (await world.wishlist(me)).id)
        adds = [{"variantId": ids.encode("ProductVariant", (await world.variant()).id)} for _ in range(20)]
        payloads = await asyncio.gather(
            *(me.graph.mutate("addToWishlist", "wishlist { itemsCount }", wishlistId=wishlist, **one) for one in adds)
        )
        counts = sorted(payload["wishlist"]["itemsCount"] for payload in payloads)
        assert counts[-1] == 20
        assert all(count >= place for place, count in enumerate(counts, start=1))
        assert (await me.graph(self.query, id=wishlist))["wishlist"]["itemsCount"] == 20
