"""What `viewerCanEdit` and `viewerCanDelete` of wishlists and items promise is what the mutations then do."""

import pytest

from models import ids
from tests.people import World


class TestLists:
    """W4: `viewerCanEdit` and `viewerCanDelete`."""

    read = """query ($list: ID!, $item: ID!) { node(id: $list) { ... on Wishlist { viewerCanEdit viewerCanDelete
        items { nodes { viewerCanEdit wishlist { viewerCanEdit } } } } } item: node(id: $item) { ... on WishlistItem { viewerCanEdit } } }"""

    @pytest.mark.parametrize("viewer", ["anonymous", "stranger", "follower", "admin", "owner"])
    async def test_is_what_mutations_do(self, world: World, viewer: str) -> None:
        me, follower = await world.person(), await world.person()
        await world.follow(follower, me)
        graph = {
            "anonymous": world.nobody, "stranger": (await world.person()).graph, "follower": follower.graph,
            "admin": (await world.person(role="ADMIN")).graph, "owner": me.graph,
        }[viewer]  # fmt: skip
        for is_default in (True, False):
            for visibility in ("PUBLIC", "FOLLOWERS", "PRIVATE"):
                made = await world.default_list(me) if is_default else (await world.wishlist(me)).id
                await world.execute("UPDATE wishlist SET visibility = $2 WHERE id = $1", made, visibility)
                row = await world.item(made, await world.variant())
                key, item = ids.encode("Wishlist", made), ids.encode("WishlistItem", row.id)
                for _ in range(2):
                    found = await graph(self.read, list=key, item=item)
                edited = await graph.mutate("updateWishlist", "__typename", wishlistId=key, name="Shelf")
                changed = await graph.mutate("updateWishlistItem", "__typename", itemId=item, note="Blue")
                deleted = await graph.mutate("deleteWishlist", "__typename", wishlistId=key)
                did = [payload["userErrors"] == [] for payload in (edited, changed, deleted)]
                if found["node"] is None:
                    assert did == [False] * 3
                    continue
                on_list = {"viewerCanEdit": did[1], "wishlist": {"viewerCanEdit": did[0]}}
                assert found["item"] == {"viewerCanEdit": did[1]}
                assert on_list in found["node"].pop("items")["nodes"]
                assert found["node"] == {"viewerCanEdit": did[0], "viewerCanDelete": did[2]}
                assert did == ([True, True, not is_default] if viewer == "owner" else [False] * 3)
