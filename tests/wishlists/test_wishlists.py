"""Wishlists: making, showing, sharing and removing them."""

from typing import Any

import pytest

from models import ids
from models.wishlists import Wishlist
from tests.conventions.wrong import LONG, names_of_nothing
from tests.graph import Graph, only
from tests.people import Person, World

FIELDS = "wishlist { id name isDefault visibility shareUrl owner { id } }"
SEEN = "query ($id: ID!) { wishlist(id: $id) { id } node(id: $id) { id } }"
SHARED = """query ($token: String!) { sharedWishlist(token: $token) {
    id name shareUrl owner { username } items { nodes { id wishlist { id } variant { id } } } } }"""


def list_id(wishlist: Wishlist) -> str:
    return ids.encode("Wishlist", wishlist.id)


async def create(person: Person, **values: Any) -> Any:
    """Make a list and give it."""
    payload = await person.graph.mutate("createWishlist", FIELDS, **{"name": "Eid"} | values)
    assert payload["userErrors"] == []
    return payload["wishlist"]


async def seen(graph: Graph, wishlist_id: str) -> bool:
    """Say whether a list is there for a viewer, over both ways."""
    found = await graph(SEEN, id=wishlist_id)
    assert bool(found["wishlist"]) == bool(found["node"])
    return bool(found["wishlist"])


def token(url: str) -> str:
    """Take the secret out of a link."""
    return url.rsplit("/", 1)[1]


class TestCreateWishlist:
    """W4, W5."""

    async def test_anonymous(self, world: World) -> None:
        payload = await world.nobody.mutate("createWishlist", FIELDS, name="Eid")
        assert (payload["wishlist"], only(payload)) == (None, "SignedOutError")

    async def test_stranger_does_not_see_it(self, world: World) -> None:
        me, stranger = await world.person(), await world.person()
        made = await create(me)
        assert made == {
            "id": made["id"], "name": "Eid", "isDefault": False, "visibility": "PRIVATE", "shareUrl": None,
            "owner": {"id": me.id},
        }  # fmt: skip
        assert [await seen(one, made["id"]) for one in (me.graph, stranger.graph, world.nobody)] == [True, False, False]

    async def test_several_of_one_name(self, world: World) -> None:
        me = await world.person()
        assert (await create(me))["id"] != (await create(me))["id"]
        query = "{ viewer { wishlist { name isDefault } wishlists { totalCount nodes { name } } } }"
        viewer = (await me.graph(query))["viewer"]
        assert viewer["wishlist"] == {"name": "Wishlist", "isDefault": True}
        assert viewer["wishlists"] == {"totalCount": 3, "nodes": [{"name": n} for n in ("Eid", "Eid", "Wishlist")]}

    @pytest.mark.parametrize(
        ("name", "kept"), [(" My \n list ", "My list"), ("x" * 100, "x" * 100), ("قائمة", "قائمة")]
    )
    async def test_name(self, world: World, name: str, kept: str) -> None:
        assert (await create(await world.person(), name=name))["name"] == kept

    @pytest.mark.parametrize("name", ["", " \n", "\u200b", "x" * 101, LONG])
    async def test_wrong_name(self, world: World, name: str) -> None:
        me = await world.person()
        payload = await me.graph.mutate("createWishlist", FIELDS, name=name)
        assert (payload["wishlist"], only(payload)) == (None, "InvalidInputError")
        assert payload["userErrors"][0]["field"] == ["input", "name"]
        assert await world.value("SELECT count(*) FROM wishlist WHERE owner_id = $1", me.key) == 1


class TestUpdateWishlist:
    """W4, W5."""

    async def test_anonymous(self, world: World) -> None:
        wishlist = await world.wishlist(await world.person(), visibility="PUBLIC")
        payload = await world.nobody.mutate("updateWishlist", FIELDS, wishlistId=list_id(wishlist), name="Mine")
        assert (payload["wishlist"], only(payload)) == (None, "SignedOutError")

    async def test_stranger(self, world: World) -> None:
        """A list that one sees is not one's own; nor is it an admin's."""
        wishlist = await world.wishlist(await world.person(), visibility="PUBLIC")
        for stranger in (await world.person(), await world.person(role="OWNER")):
            assert await seen(stranger.graph, list_id(wishlist))
            payload = await stranger.graph.mutate("updateWishlist", FIELDS, wishlistId=list_id(wishlist), name="Mine")
            assert (payload["wishlist"], only(payload)) == (None, "NotFoundError")
        assert await world.value("SELECT name FROM wishlist WHERE id = $1", wishlist.id) == wishlist.name

    async def test_no_list_of_this_id(self, world: World) -> None:
        me = await world.person()
        for wrong in names_of_nothing("Wishlist"):
            payload = await me.graph.mutate("updateWishlist", FIELDS, wishlistId=wrong, name="Mine")
            assert (payload["wishlist"], only(payload)) == (None, "NotFoundError")
            assert payload["userErrors"][0]["field"] == ["input", "wishlistId"]
            assert payload["userErrors"][0]["id"] == wrong[:100]

    async def test_omitted_stays(self, world: World) -> None:
        me = await world.person()
        wishlist = await world.wishlist(me, name="Eid", visibility="FOLLOWERS")
        for values, name, visibility in (
            ({}, "Eid", "FOLLOWERS"), ({"name": " Home "}, "Home", "FOLLOWERS"), ({"visibility": "PUBLIC"}, "Home", "PUBLIC"),
        ):  # fmt: skip
            payload = await me.graph.mutate("updateWishlist", FIELDS, wishlistId=list_id(wishlist), **values)
            assert (payload["wishlist"]["name"], payload["wishlist"]["visibility"]) == (name, visibility)

    async def test_wrong_name_changes_nothing(self, world: World) -> None:
        me = await world.person()
        wishlist = await world.wishlist(me)
        for name in ("", " ", "x" * 101, LONG):
            values = {"wishlistId": list_id(wishlist), "name": name, "visibility": "PUBLIC"}
            payload = await me.graph.mutate("updateWishlist", FIELDS, **values)
            assert (payload["wishlist"], only(payload)) == (None, "InvalidInputError")
            assert payload["userErrors"][0]["field"] == ["input", "name"]
        assert await world.value("SELECT visibility FROM wishlist WHERE id = $1", wishlist.id) == "PRIVATE"

    @pytest.mark.parametrize("values", [{"name": None}, {"visibility": None}, {"visibility": "ALL"}])
    async def test_null_is_refused(self, world: World, values: Any) -> None:
        me = await world.person()
        query = "mutation ($input: UpdateWishlistInput!) { updateWishlist(input: $input) { wishlist { id } } }"
        wishlist = list_id(await world.wishlist(me))
        problems = await me.graph.errors(query, input={"wishlistId": wishlist, **values})
        assert problems[0]["extensions"]["code"] == "BAD_USER_INPUT"


class TestVisibility:
    """W5: who sees which list."""

    @pytest.mark.parametrize(
        ("visibility", "private", "viewers"),
        [
            ("PRIVATE", False, ""), ("FOLLOWERS", False, "follower"), ("PUBLIC", False, "nobody stranger asking follower"),
            ("PRIVATE", True, ""), ("FOLLOWERS", True, "follower"), ("PUBLIC", True, "follower"),
            ("LINK", False, ""),
        ],
    )  # fmt: skip
    async def test_all_viewers(self, world: World, visibility: str, private: bool, viewers: str) -> None:
        me, stranger, asking, follower, blocked = [await world.person(is_private=private) for _ in range(5)]
        await world.ask(asking, me)
        await world.follow(follower, me)
        await world.block(me, blocked)
        made = await create(me, visibility=visibility)
        people = {"stranger": stranger, "asking": asking, "follower": follower, "blocked": blocked}
        graphs = {"nobody": world.nobody} | {name: person.graph for name, person in people.items()}
        assert " ".join([name for name, graph in graphs.items() if await seen(graph, made["id"])]) == viewers
        assert await seen(me.graph, made["id"])
        query = "query ($id: ID!) { customer(id: $id) { wishlists { totalCount nodes { id } } } }"
        for name, graph in graphs.items():
            lists = ((await graph(query, id=me.id))["customer"] or {}).get("wishlists") or {
                "totalCount": 0,
                "nodes": [],
            }
            assert lists["totalCount"] == len(lists["nodes"]) == (name in viewers.split())


class TestSharedWishlist:
    """W5: the secret link."""

    async def test_anonymous(self, world: World) -> None:
        me = await world.person(is_private=True)
        made = await create(me, visibility="LINK")
        item = await world.item(ids.key_of("Wishlist", made["id"]), variant := await world.variant())
        shared = (await world.nobody(SHARED, token=token(made["shareUrl"])))["sharedWishlist"]
        nodes = [{
            "id": ids.encode("WishlistItem", item.id), "wishlist": {"id": made["id"]},
            "variant": {"id": ids.encode("ProductVariant", variant.id)},
        }]  # fmt: skip
        assert shared == {
            "id": made["id"], "name": "Eid", "shareUrl": None, "owner": {"username": me.username}, "items": {"nodes": nodes},
        }  # fmt: skip

    async def test_stranger_and_blocked(self, world: World) -> None:
        me, stranger, blocked = await world.person(), await world.person(), await world.person()
        await world.block(me, blocked)
        secret = token((await create(me, visibility="LINK"))["shareUrl"])
        assert (await stranger.graph(SHARED, token=secret))["sharedWishlist"]["shareUrl"] is None
        assert (await me.graph(SHARED, token=secret))["sharedWishlist"]["shareUrl"].endswith(secret)
        assert (await blocked.graph(SHARED, token=secret))["sharedWishlist"] is None

    async def test_of_an_owner_who_hides(self, world: World) -> None:
        """C8: the link works for whoever has it; whose list it is stays hidden as everywhere."""
        me, stranger, follower = await world.person(show_profile=False), await world.person(), await world.person()
        blocked, blocker = await world.person(), await world.person()
        await world.follow(follower, me)
        await world.block(me, blocked)
        await world.block(blocker, me)
        made = await create(me, visibility="LINK")
        await world.item(ids.key_of("Wishlist", made["id"]), await world.variant())
        secret = token(made["shareUrl"])
        for graph, owner in ((world.nobody, None), (stranger.graph, None), (follower.graph, {"username": me.username})):
            shared = (await graph(SHARED, token=secret))["sharedWishlist"]
            assert (shared["name"], shared["owner"]) == ("Eid", owner)
            assert [node["wishlist"]["id"] for node in shared["items"]["nodes"]] == [made["id"]]
            assert (await graph("query ($id: ID!) { wishlist(id: $id) { id } }", id=made["id"]))["wishlist"] is None
        for person in (blocked, blocker):
            assert (await person.graph(SHARED, token=secret))["sharedWishlist"] is None

    async def test_it_leads_to_nothing_else(self, world: World) -> None:
        """That a list was opened by its link does not open it to its id, in the same operation either."""
        made = await create(await world.person(), visibility="LINK")
        await world.item(ids.key_of("Wishlist", made["id"]), await world.variant())
        query = """query ($token: String!, $id: ID!) {
            sharedWishlist(token: $token) { items { nodes { wishlist { id } } } }
            wishlist(id: $id) { id } node(id: $id) { id } nodes(ids: [$id]) { id } }"""
        for _ in range(3):
            found = await world.nobody(query, token=token(made["shareUrl"]), id=made["id"])
            assert found == {
                "sharedWishlist": {"items": {"nodes": [{"wishlist": {"id": made["id"]}}]}},
                "wishlist": None, "node": None, "nodes": [None],
            }  # fmt: skip

    async def test_wrong_token(self, world: World) -> None:
        secret = token((await create(await world.person(), visibility="LINK"))["shareUrl"])
        assert len(secret) >= 32
        for wrong in ("", secret[:-1], secret.swapcase(), f"{secret} ", "%", "null", "9" * 20, LONG):
            assert (await world.nobody(SHARED, token=wrong))["sharedWishlist"] is None

    async def test_revoked_and_renewed(self, world: World) -> None:
        """The old token is dead, whatever comes after."""
        me = await world.person()
        made = await create(me, visibility="LINK")
        tokens = [token(made["shareUrl"])]
        for visibility in ("PRIVATE", "LINK", "LINK", "PUBLIC", "LINK"):
            values = {"wishlistId": made["id"], "visibility": visibility}
            changed = (await me.graph.mutate("updateWishlist", FIELDS, **values))["wishlist"]
            assert (changed["shareUrl"] is not None) == (visibility == "LINK")
            for old in tokens:
                assert (await world.nobody(SHARED, token=old))["sharedWishlist"] is None
            if visibility == "LINK":
                tokens.append(token(changed["shareUrl"]))
                assert (await world.nobody(SHARED, token=tokens[-1]))["sharedWishlist"]["id"] == made["id"]
        assert len(set(tokens)) == 4
        await me.graph.mutate("updateWishlist", FIELDS, wishlistId=made["id"], name="Renamed")
        assert (await world.nobody(SHARED, token=tokens[-1]))["sharedWishlist"]["name"] == "Renamed"


class TestDeleteWishlist:
    """W4."""

    verb = "deleteWishlist"

    async def test_anonymous(self, world: World) -> None:
        wishlist = await world.wishlist(await world.person(), visibility="PUBLIC")
        payload = await world.nobody.mutate(self.verb, "deletedWishlistId", wishlistId=list_id(wishlist))
        assert (payload["deletedWishlistId"], only(payload)) == (None, "SignedOutError")

    async def test_stranger(self, world: World) -> None:
        me, stranger = await world.person(), await world.person(role="OWNER")
        wishlist = await world.wishlist(me, visibility="PUBLIC")
        payload = await stranger.graph.mutate(self.verb, "deletedWishlistId", wishlistId=list_id(wishlist))
        assert (payload["deletedWishlistId"], only(payload)) == (None, "NotFoundError")
        assert await seen(me.graph, list_id(wishlist))

    async def test_with_its_items(self, world: World) -> None:
        me = await world.person()
        wishlist, other = await world.wishlist(me), await world.wishlist(me)
        variant = await world.variant()
        for one in (wishlist, other):
            await world.item(one.id, variant)
        payload = await me.graph.mutate(self.verb, "deletedWishlistId", wishlistId=list_id(wishlist))
        assert payload == {"deletedWishlistId": list_id(wishlist), "userErrors": []}
        assert [await seen(me.graph, list_id(one)) for one in (wishlist, other)] == [False, True]
        counted = "SELECT wishlist_id FROM wishlist_item WHERE variant_id = $1"
        assert await world.value(counted, variant.id) == other.id
        again = await me.graph.mutate(self.verb, "deletedWishlistId", wishlistId=list_id(wishlist))
        assert only(again) == "NotFoundError"

    async def test_default_stays(self, world: World) -> None:
        me = await world.person()
        default = ids.encode("Wishlist", await world.default_list(me))
        payload = await me.graph.mutate(self.verb, "deletedWishlistId", wishlistId=default)
        assert (payload["deletedWishlistId"], only(payload)) == (None, "InvalidInputError")
        assert payload["userErrors"][0]["field"] == ["input", "wishlistId"]
        assert await seen(me.graph, default)

    async def test_no_list_of_this_id(self, world: World) -> None:
        me = await world.person()
        for wrong in names_of_nothing("Wishlist"):
            payload = await me.graph.mutate(self.verb, "deletedWishlistId", wishlistId=wrong)
            assert (only(payload), payload["userErrors"][0]["id"]) == ("NotFoundError", wrong[:100])
