"""Following customers and stores, and the requests that go before."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from models import ids
from models.stores import Store
from tests.conventions.wrong import names_of_nothing
from tests.counts import counters, edges, followers
from tests.graph import only
from tests.people import Person, World

CARD = "customer { id followersCount relationship { following requested followedBy requestedBy } }"


class Naming:
    """What all mutations that name somebody else have in common (G3, S1)."""

    verb: ClassVar[str]

    async def act(self, person: Person, other: Person) -> Any:
        """Run the mutation, which must succeed."""
        payload = await person.graph.mutate(self.verb, CARD, customerId=other.id)
        assert payload["userErrors"] == []
        return payload["customer"]["relationship"]

    async def test_anonymous(self, world: World) -> None:
        somebody = await world.person()
        payload = await world.nobody.mutate(self.verb, CARD, customerId=somebody.id)
        assert (payload["customer"], only(payload)) == (None, "SignedOutError")
        assert await counters(world, somebody) == (0, 0, 0)

    async def test_nobody_of_this_id(self, world: World) -> None:
        """G1: malformed, unknown and of another type look the same."""
        me = await world.person()
        for wrong in names_of_nothing("Customer"):
            payload = await me.graph.mutate(self.verb, CARD, customerId=wrong)
            problem = payload["userErrors"][0]
            assert (payload["customer"], only(payload), problem["code"]) == (None, "NotFoundError", "NOT_FOUND")
            assert (problem["field"], problem["id"]) == (["input", "customerId"], wrong[:100])

    async def test_hidden_looks_like_nobody(self, world: World) -> None:
        """C8, S2: those who hide from strangers, and those who have blocked the viewer."""
        me, hidden, blocker = await world.person(), await world.person(show_profile=False), await world.person()
        await world.block(blocker, me)
        nobody = await me.graph.mutate(self.verb, CARD, customerId=names_of_nothing("Customer")[-2])
        for other in (hidden, blocker):
            payload = await me.graph.mutate(self.verb, CARD, customerId=other.id)
            nobody["userErrors"][0]["id"] = other.id
            assert payload == nobody

    async def test_oneself(self, world: World) -> None:
        me = await world.person()
        payload = await me.graph.mutate(self.verb, CARD, customerId=me.id)
        assert only(payload) == "InvalidInputError"
        assert payload["userErrors"][0]["field"] == ["input", "customerId"]
        assert await counters(world, me) == (0, 0, 0)


class TestFollowCustomer(Naming):
    """S1."""

    verb = "followCustomer"

    async def test_public_at_once(self, world: World) -> None:
        me, them = await world.person(), await world.person()
        assert (await self.act(me, them))["following"]
        assert await edges(world, me, them) == (True, False)
        assert (await counters(world, me), await counters(world, them)) == ((0, 1, 0), (1, 0, 0))

    async def test_private_as_request(self, world: World) -> None:
        me, them = await world.person(), await world.person(is_private=True)
        relationship = await self.act(me, them)
        assert (relationship["following"], relationship["requested"]) == (False, True)
        assert await edges(world, me, them) == (False, True)
        assert (await counters(world, me), await counters(world, them)) == ((0, 0, 0), (0, 0, 0))

    @pytest.mark.parametrize("private", [False, True])
    async def test_again_has_no_further_effect(self, world: World, private: bool) -> None:
        me, them = await world.person(), await world.person(is_private=private)
        first = await self.act(me, them)
        assert await self.act(me, them) == first
        assert await edges(world, me, them) == (not private, private)
        assert await counters(world, them) == (int(not private), 0, 0)

    async def test_follower_of_who_became_private_does_not_ask(self, world: World) -> None:
        me, them = await world.person(), await world.person(is_private=True)
        await world.follow(me, them)
        await self.act(me, them)
        assert await edges(world, me, them) == (True, False)

    async def test_each_other(self, world: World) -> None:
        me, them = await world.person(), await world.person()
        await self.act(me, them)
        assert await self.act(them, me) == {
            "following": True, "requested": False, "followedBy": True, "requestedBy": False,
        }  # fmt: skip
        assert await counters(world, me) == await counters(world, them) == (1, 1, 0)

    async def test_staff_who_are_blocked(self, world: World) -> None:
        """S2: an admin sees everybody, but no follow crosses a block."""
        admin, them = await world.person(role="ADMIN"), await world.person()
        await world.block(them, admin)
        await admin.graph.mutate(self.verb, CARD, customerId=them.id)
        assert await edges(world, admin, them) == (False, False)

    async def test_latest_first_with_its_time(self, world: World) -> None:
        """S3."""
        me, *them = [await world.person() for _ in range(4)]
        before = datetime.now(UTC) - timedelta(seconds=5)
        for other in them:
            await self.act(me, other)
        query = "{ viewer { followingCustomers { totalCount edges { followedAt node { id } } } } }"
        found = (await me.graph(query))["viewer"]["followingCustomers"]
        assert [edge["node"]["id"] for edge in found["edges"]] == [other.id for other in reversed(them)]
        times = [datetime.fromisoformat(edge["followedAt"]) for edge in found["edges"]]
        assert times == sorted(times, reverse=True)
        assert found["totalCount"] == 3
        assert before < times[-1] <= times[0] < datetime.now(UTC) + timedelta(seconds=5)


class TestUnfollowCustomer(Naming):
    """S1."""

    verb = "unfollowCustomer"

    async def test_stranger_has_no_effect(self, world: World) -> None:
        me, them, follower = await world.person(), await world.person(), await world.person()
        await world.follow(follower, them)
        await self.act(me, them)
        assert (await counters(world, me), await counters(world, them)) == ((0, 0, 0), (1, 0, 0))

    async def test_ends_the_follow_and_not_that_of_the_other_side(self, world: World) -> None:
        me, them = await world.person(), await world.person()
        await world.follow(me, them)
        await world.follow(them, me)
        for _ in range(2):
            relationship = await self.act(me, them)
            assert (relationship["following"], relationship["followedBy"]) == (False, True)
            assert (await counters(world, me), await counters(world, them)) == ((1, 0, 0), (0, 1, 0))

    async def test_cancels_the_request(self, world: World) -> None:
        me, them, other = await world.person(), await world.person(is_private=True), await world.person()
        await world.ask(me, them)
        await world.ask(other, them)
        await self.act(me, them)
        assert await edges(world, me, them) == (False, False)
        assert await edges(world, other, them) == (False, True)
        assert await counters(world, them) == (0, 0, 0)

    async def test_cancels_the_request_to_who_hides_since(self, world: World) -> None:
        """Otherwise it could be accepted at any time and never be taken back."""
        me, them = await world.person(), await world.person(is_private=True, show_profile=False)
        await world.ask(me, them)
        payload = await me.graph.mutate(self.verb, CARD, customerId=them.id)
        assert (payload["customer"], payload["userErrors"]) == (None, [])
        assert await edges(world, me, them) == (False, False)


class TestAcceptFollowRequest(Naming):
    """S1."""

    verb = "acceptFollowRequest"

    async def test_stranger_has_not_asked(self, world: World) -> None:
        me, asking, stranger = await world.person(is_private=True), await world.person(), await world.person()
        await world.ask(asking, me)
        assert only(await me.graph.mutate(self.verb, CARD, customerId=stranger.id)) == "NotFoundError"
        assert only(await stranger.graph.mutate(self.verb, CARD, customerId=asking.id)) == "NotFoundError"
        assert only(await asking.graph.mutate(self.verb, CARD, customerId=me.id)) == "NotFoundError"
        assert await edges(world, asking, me) == (False, True)
        assert await counters(world, me) == (0, 0, 0)

    async def test_twice(self, world: World) -> None:
        me, asking = await world.person(is_private=True), await world.person()
        await world.ask(asking, me)
        for _ in range(2):
            relationship = await self.act(me, asking)
            assert (relationship["followedBy"], relationship["requestedBy"]) == (True, False)
            assert await edges(world, asking, me) == (True, False)
            assert (await counters(world, me), await counters(world, asking)) == ((1, 0, 0), (0, 1, 0))

    async def test_who_hides_from_strangers_and_asks(self, world: World) -> None:
        """C8: by asking they have shown themselves."""
        me, asking = await world.person(is_private=True), await world.person(show_profile=False)
        await world.ask(asking, me)
        assert (await self.act(me, asking))["followedBy"]


class TestDeclineFollowRequest(Naming):
    """S1."""

    verb = "declineFollowRequest"

    async def test_stranger_has_no_effect(self, world: World) -> None:
        me, asking, stranger = await world.person(is_private=True), await world.person(), await world.person()
        await world.ask(asking, me)
        await self.act(me, stranger)
        await self.act(stranger, asking)
        await self.act(asking, me)
        assert await edges(world, asking, me) == (False, True)

    async def test_twice(self, world: World) -> None:
        me, asking = await world.person(is_private=True), await world.person()
        await world.ask(asking, me)
        for _ in range(2):
            assert not (await self.act(me, asking))["requestedBy"]
            assert await edges(world, asking, me) == (False, False)
        assert (await counters(world, me), await counters(world, asking)) == ((0, 0, 0), (0, 0, 0))

    async def test_follower_stays(self, world: World) -> None:
        me, follower = await world.person(is_private=True), await world.person()
        await world.follow(follower, me)
        await self.act(me, follower)
        assert await counters(world, me) == (1, 0, 0)


class TestRemoveFollower(Naming):
    """S1."""

    verb = "removeFollower"

    async def test_stranger_has_no_effect(self, world: World) -> None:
        me, follower, stranger = await world.person(), await world.person(), await world.person()
        await world.follow(follower, me)
        await self.act(me, stranger)
        await self.act(stranger, follower)
        await self.act(follower, me)
        assert await edges(world, follower, me) == (True, False)

    async def test_twice(self, world: World) -> None:
        me, follower = await world.person(), await world.person()
        await world.follow(follower, me)
        await world.follow(me, follower)
        for _ in range(2):
            relationship = await self.act(me, follower)
            assert (relationship["following"], relationship["followedBy"]) == (True, False)
            assert (await counters(world, me), await counters(world, follower)) == ((0, 1, 0), (1, 0, 0))

    async def test_request_stays(self, world: World) -> None:
        me, asking = await world.person(is_private=True), await world.person()
        await world.ask(asking, me)
        await self.act(me, asking)
        assert await edges(world, asking, me) == (False, True)


@pytest.mark.parametrize("verb", ["followStore", "unfollowStore"])
class TestStores:
    """S4: what following and unfollowing a store have in common."""

    async def test_anonymous(self, world: World, verb: str) -> None:
        store = await world.store()
        payload = await world.nobody.mutate(verb, "store { id }", storeId=store_id(store))
        assert (payload["store"], only(payload)) == (None, "SignedOutError")

    async def test_stranger_is_not_counted(self, world: World, verb: str) -> None:
        me, other, store = await world.person(), await world.person(), await world.store()
        await other.graph.mutate("followStore", "store { id }", storeId=store_id(store))
        payload = await me.graph.mutate(verb, "store { followersCount viewerFollows }", storeId=store_id(store))
        following = verb == "followStore"
        assert payload["store"] == {"followersCount": 1 + following, "viewerFollows": following}
        assert await counters(world, other) == (0, 0, 1)
        assert await counters(world, me) == (0, 0, int(following))

    async def test_no_store_of_this_id(self, world: World, verb: str) -> None:
        me = await world.person()
        for wrong in names_of_nothing("Store"):
            payload = await me.graph.mutate(verb, "store { id }", storeId=wrong)
            assert (payload["store"], only(payload)) == (None, "NotFoundError")
            assert payload["userErrors"][0]["field"] == ["input", "storeId"]
            assert payload["userErrors"][0]["id"] == wrong[:100]

    async def test_repeats_have_no_further_effect(self, world: World, verb: str) -> None:
        me, store = await world.person(), await world.store()
        await me.graph.mutate("followStore", "store { id }", storeId=store_id(store))
        expected = int(verb == "followStore")
        for _ in range(2):
            payload = await me.graph.mutate(verb, "store { followersCount viewerFollows }", storeId=store_id(store))
            assert payload["store"] == {"followersCount": expected, "viewerFollows": bool(expected)}
            assert await followers(world, store) == (await counters(world, me))[2] == expected


def store_id(store: Store) -> str:
    return ids.encode("Store", store.id)
