"""Blocking: both sides vanish for each other (S2)."""

from typing import Any

import pytest

from models import ids
from tests.conventions.wrong import names_of_nothing
from tests.counts import counters, edges
from tests.graph import only
from tests.people import Person, World

CARD = "customer { id username relationship { following requested followedBy requestedBy blocking } }"
APART = {"following": False, "requested": False, "followedBy": False, "requestedBy": False}


async def act(verb: str, person: Person, other: Person) -> Any:
    """Run a mutation that must succeed, and give the customer."""
    payload = await person.graph.mutate(verb, CARD, customerId=other.id)
    assert payload["userErrors"] == []
    return payload["customer"]


async def sees(person: Person, other: Person) -> list[bool]:
    """Say over which ways a customer finds another."""
    query = """query ($id: ID!, $name: String!) { customer(id: $id) { id } node(id: $id) { id } nodes(ids: [$id]) { id }
        customerByUsername(username: $name) { id } searchCustomers(term: $name) { nodes { id } } }"""
    found = await person.graph(query, id=other.id, name=other.username)
    found["searchCustomers"] = found["searchCustomers"]["nodes"] or None
    found["nodes"] = found["nodes"][0]
    return [bool(value) for value in found.values()]


async def blocks(world: World, blocker: Person, blocked: Person) -> bool:
    sql = "SELECT EXISTS (SELECT FROM block WHERE (blocker_id, blocked_id) = ($1, $2))"
    return bool(await world.value(sql, blocker.key, blocked.key))


@pytest.mark.parametrize("verb", ["blockCustomer", "unblockCustomer"])
class TestBoth:
    """What blocking and unblocking have in common."""

    async def test_anonymous(self, world: World, verb: str) -> None:
        somebody = await world.person()
        payload = await world.nobody.mutate(verb, CARD, customerId=somebody.id)
        assert (payload["customer"], only(payload)) == (None, "SignedOutError")

    async def test_stranger_who_hides_looks_like_nobody(self, world: World, verb: str) -> None:
        me, hidden, blocker = await world.person(), await world.person(show_profile=False), await world.person()
        await world.block(blocker, me)
        nobody = await me.graph.mutate(verb, CARD, customerId=names_of_nothing("Customer")[-2])
        for other in (hidden, blocker):
            payload = await me.graph.mutate(verb, CARD, customerId=other.id)
            nobody["userErrors"][0]["id"] = other.id
            assert payload == nobody
        assert await blocks(world, blocker, me)

    async def test_nobody_of_this_id(self, world: World, verb: str) -> None:
        me = await world.person()
        for wrong in names_of_nothing("Customer"):
            payload = await me.graph.mutate(verb, CARD, customerId=wrong)
            assert (payload["customer"], only(payload)) == (None, "NotFoundError")
            assert payload["userErrors"][0]["id"] == wrong[:100]

    async def test_oneself(self, world: World, verb: str) -> None:
        me = await world.person()
        payload = await me.graph.mutate(verb, CARD, customerId=me.id)
        assert only(payload) == "InvalidInputError"
        assert payload["userErrors"][0]["field"] == ["input", "customerId"]


class TestBlockCustomer:
    """S2."""

    async def test_both_vanish(self, world: World) -> None:
        me, them, stranger = await world.person(), await world.person(), await world.person()
        assert all([*await sees(me, them), *await sees(them, me)])
        assert await act("blockCustomer", me, them) == {
            "id": them.id, "username": them.username, "relationship": {**APART, "blocking": True},
        }  # fmt: skip
        assert not any([*await sees(me, them), *await sees(them, me)])
        assert all([*await sees(me, me), *await sees(stranger, me), *await sees(stranger, them)])

    async def test_follows_and_requests_end_both_ways(self, world: World) -> None:
        me, follower, asking, other = [await world.person(is_private=True) for _ in range(4)]
        for one, two in ((follower, me), (me, follower), (other, me), (me, other), (other, follower)):
            await world.follow(one, two)
        await world.ask(asking, me)
        await world.ask(me, asking)
        await world.ask(asking, other)
        for blocked in (follower, asking):
            await act("blockCustomer", me, blocked)
            assert [await edges(world, me, blocked), await edges(world, blocked, me)] == [(False, False)] * 2
        assert await counters(world, me) == (1, 1, 0)
        assert await counters(world, follower) == (1, 0, 0)
        assert await counters(world, other) == (1, 2, 0)
        assert await edges(world, asking, other) == (False, True)

    async def test_twice(self, world: World) -> None:
        me, them = await world.person(), await world.person()
        await world.follow(them, me)
        assert await act("blockCustomer", me, them) == await act("blockCustomer", me, them)
        assert await blocks(world, me, them)
        assert (await counters(world, me), await counters(world, them)) == ((0, 0, 0), (0, 0, 0))

    async def test_blocked_can_do_nothing_to_the_blocker(self, world: World) -> None:
        me, them = await world.person(), await world.person()
        await act("blockCustomer", me, them)
        for verb in ("followCustomer", "unfollowCustomer", "blockCustomer", "unblockCustomer"):
            assert only(await them.graph.mutate(verb, CARD, customerId=me.id)) == "NotFoundError"
            if "block" not in verb:
                assert only(await me.graph.mutate(verb, CARD, customerId=them.id)) == "NotFoundError"
        assert await blocks(world, me, them)
        assert not await blocks(world, them, me)

    async def test_lists_and_their_items_vanish(self, world: World) -> None:
        me, them = await world.person(), await world.person()
        wishlist = await world.wishlist(me, visibility="PUBLIC")
        query = "query ($id: ID!) { wishlist(id: $id) { id } }"
        wishlist_id = ids.encode("Wishlist", wishlist.id)
        assert (await them.graph(query, id=wishlist_id))["wishlist"]
        await act("blockCustomer", me, them)
        assert (await them.graph(query, id=wishlist_id))["wishlist"] is None

    async def test_card_holds_no_content(self, world: World) -> None:
        """C8: of whom one has blocked one sees the card, not what they show to others."""
        me, them = await world.person(), await world.person(location="Dubai", show_location=True)
        payload = await me.graph.mutate(
            "blockCustomer", "customer { location followers { totalCount } }", customerId=them.id
        )
        assert payload["customer"] == {"location": None, "followers": None}


class TestUnblockCustomer:
    """S2."""

    async def test_what_ended_does_not_come_back(self, world: World) -> None:
        me, them = await world.person(), await world.person()
        await world.follow(them, me)
        await act("blockCustomer", me, them)
        for _ in range(2):
            assert (await act("unblockCustomer", me, them))["relationship"] == {**APART, "blocking": False}
            assert all([*await sees(me, them), *await sees(them, me)])
            assert (await counters(world, me), await counters(world, them)) == ((0, 0, 0), (0, 0, 0))
        assert (await act("followCustomer", them, me))["relationship"]["following"]

    async def test_block_of_the_other_side_stays(self, world: World) -> None:
        me, them = await world.person(), await world.person()
        await world.block(me, them)
        await world.block(them, me)
        assert await act("unblockCustomer", me, them) is None
        assert (await blocks(world, me, them), await blocks(world, them, me)) == (False, True)
        assert not any([*await sees(me, them), *await sees(them, me)])


class TestBlockedCustomers:
    """S2, C8: the list of blocks is its owner's alone."""

    query = "{ viewer { blockedCustomers { totalCount nodes { id username location relationship { blocking } } } } }"

    async def test_anonymous(self, world: World) -> None:
        somebody = await world.person()
        query = "query ($id: ID!) { customer(id: $id) { blockedCustomers { totalCount } } }"
        assert (await world.nobody(query, id=somebody.id))["customer"]["blockedCustomers"] is None

    async def test_stranger(self, world: World) -> None:
        stranger, somebody = await world.person(), await world.person()
        query = "query ($id: ID!) { customer(id: $id) { blockedCustomers { totalCount } } }"
        assert (await stranger.graph(query, id=somebody.id))["customer"]["blockedCustomers"] is None

    async def test_latest_first(self, world: World) -> None:
        me, *them = [await world.person(location="Dubai", show_location=True) for _ in range(4)]
        await world.block(them[0], me)
        for one in them:
            await world.block(me, one)
        await act("unblockCustomer", me, them[1])
        found = (await me.graph(self.query))["viewer"]["blockedCustomers"]
        assert [one["id"] for one in found["nodes"]] == [them[2].id, them[0].id]
        assert found["totalCount"] == 2
        assert found["nodes"][0] == {
            "id": them[2].id, "username": them[2].username, "location": None, "relationship": {"blocking": True},
        }  # fmt: skip
