"""Everything at once over real connections: counts stay exact, promises hold, nobody deadlocks (S5)."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from models import ids
from tests.counts import counters, edges, followers
from tests.crowd import patiently
from tests.people import Person, World, word

FIFTY = 50
SHOWN = {
    "createWishlist": "wishlist { id }",
    "addToWishlist": "item { id } existed",
    "removeFromWishlist": "removedItemId",
    "moveWishlistItem": "item { id }",
    "followStore": "store { followersCount }",
    "unfollowStore": "store { followersCount }",
}


async def do(person: Person, verb: str, **values: Any) -> Any:
    """Run a mutation and give its payload; a GraphQL error such as INTERNAL fails the test."""
    shown = SHOWN.get(verb, "customer { id }")
    return await patiently(lambda: person.graph.mutate(verb, shown, **values))


async def at_once(*calls: Awaitable[Any]) -> list[str]:
    """Run mutations all at once; give the type of the user error of each, or nothing."""
    payloads = await asyncio.gather(*calls)
    return ["".join(problem["__typename"] for problem in payload["userErrors"]) for payload in payloads]


async def people(world: World, number: int, **values: Any) -> list[Person]:
    return [await world.person(**values) for _ in range(number)]


async def exact(world: World, *persons: Person) -> None:
    """Hold the counters of all against their rows."""
    for person in persons:
        await counters(world, person)


class TestFollowAgainstUnfollow:
    """S1, S5."""

    async def test_anonymous_and_strangers_have_no_part(self, world: World) -> None:
        target, stranger, *fans = await people(world, 12)
        answers = await asyncio.gather(
            *(do(fan, "followCustomer", customerId=target.id) for fan in fans),
            *(world.nobody.mutate("followCustomer", "customer { id }", customerId=target.id) for _ in range(10)),
        )
        assert Counter(bool(answer["userErrors"]) for answer in answers) == {False: 10, True: 10}
        assert (await counters(world, target), await counters(world, stranger)) == ((10, 0, 0), (0, 0, 0))

    async def test_fifty_people_on_one(self, world: World) -> None:
        target, *fans = await people(world, 26)
        for fan in fans[:10]:
            await world.follow(fan, target)
        verbs = ("followCustomer", "unfollowCustomer")
        assert set(await at_once(*(do(fan, verb, customerId=target.id) for fan in fans for verb in verbs))) == {""}
        await exact(world, target, *fans)
        assert set(await at_once(*(do(fan, "followCustomer", customerId=target.id) for fan in fans))) == {""}
        assert await counters(world, target) == (25, 0, 0)

    async def test_one_pair_toggled(self, world: World) -> None:
        me, them = await people(world, 2)
        verbs = ["followCustomer", "unfollowCustomer"] * (FIFTY // 2)
        assert set(await at_once(*(do(me, verb, customerId=them.id) for verb in verbs))) == {""}
        mine, theirs = await counters(world, me), await counters(world, them)
        assert (mine[1], theirs[0]) in {(0, 0), (1, 1)}

    async def test_each_other(self, world: World) -> None:
        """A follows B while B follows A: the locks have one order, so nobody waits in a circle."""
        me, them = await people(world, 2)
        pairs = [(me, them), (them, me)] * 13
        verbs = ["followCustomer"] * 26 + ["unfollowCustomer", "removeFollower"] * 12
        calls = [do(one, verb, customerId=other.id) for verb, (one, other) in zip(verbs, pairs * 2, strict=False)]
        assert set(await at_once(*calls)) == {""}
        mine, theirs = await counters(world, me), await counters(world, them)
        assert mine[:2] == theirs[1::-1]

    async def test_ring(self, world: World) -> None:
        """Each follows the next two, in both directions of the ids."""
        ring = await people(world, 13)
        pairs = [(ring[n], ring[(n + step) % 13]) for n in range(13) for step in (1, -1, 2, -2)]
        assert set(await at_once(*(do(one, "followCustomer", customerId=other.id) for one, other in pairs))) == {""}
        assert {await counters(world, person) for person in ring} == {(4, 4, 0)}


class TestFollowAgainstBlock:
    """S2: no follow and no request lies across a block."""

    @pytest.mark.parametrize("private", [False, True])
    async def test_block(self, world: World, private: bool) -> None:
        me, *fans = await people(world, 26, is_private=private)
        calls: list[Callable[[Person], Awaitable[Any]]] = [
            lambda fan: do(fan, "followCustomer", customerId=me.id),
            lambda fan: do(me, "blockCustomer", customerId=fan.id),
        ]
        found = await at_once(*(call(fan) for fan in fans for call in calls))
        assert set(found) <= {"", "NotFoundError"}
        assert {await edges(world, fan, me) for fan in fans} == {(False, False)}
        assert await counters(world, me) == (0, 0, 0)
        await exact(world, *fans)

    async def test_accept_against_block_by_either_side(self, world: World) -> None:
        me, *fans = await people(world, 17, is_private=True)
        for fan in fans:
            await world.ask(fan, me)
        found = await at_once(
            *(do(me, "acceptFollowRequest", customerId=fan.id) for fan in fans),
            *(do(me, "blockCustomer", customerId=fan.id) for fan in fans[::2]),
            *(do(fan, "blockCustomer", customerId=me.id) for fan in fans[1::2]),
            *(do(fan, "unfollowCustomer", customerId=me.id) for fan in fans[::3]),
        )
        assert set(found) <= {"", "NotFoundError"}
        assert {await edges(world, fan, me) for fan in fans} == {(False, False)}
        assert await counters(world, me) == (0, 0, 0)

    async def test_block_against_unblock_and_follow(self, world: World) -> None:
        me, them = await people(world, 2)
        verbs = ["blockCustomer", "unblockCustomer", "followCustomer"] * 16
        found = await at_once(*(do(me, verb, customerId=them.id) for verb in verbs))
        assert set(found) <= {"", "NotFoundError"}
        blocked = await world.value("SELECT count(*) FROM block WHERE blocker_id = $1", me.key)
        follows, asks = await edges(world, me, them)
        assert not asks
        assert not (blocked and follows)
        assert (await counters(world, me))[1] == (await counters(world, them))[0] == follows


class TestFollowAgainstGoingPublic:
    """C7: who asks while the account becomes public follows, one way or the other."""

    async def test_requests(self, world: World) -> None:
        target, *fans = await people(world, 46, is_private=True)
        for fan in fans[:10]:
            await world.ask(fan, target)
        follows = [do(fan, "followCustomer", customerId=target.id) for fan in fans]
        follows[20:20] = [do(target, "updatePrivacy", isPrivate=False) for _ in range(5)]
        assert set(await at_once(*follows)) == {""}
        assert {await edges(world, fan, target) for fan in fans} == {(True, False)}
        assert await counters(world, target) == (45, 0, 0)
        await exact(world, *fans)

    async def test_back_and_forth(self, world: World) -> None:
        """While it is public nobody waits; whoever waits, waits for a private account."""
        target, *fans = await people(world, 31, is_private=True)
        calls = [do(fan, "followCustomer", customerId=target.id) for fan in fans]
        calls += [do(target, "updatePrivacy", isPrivate=bool(n % 2)) for n in range(20)]
        assert set(await at_once(*calls[::2], *calls[1::2])) == {""}
        assert {sum(await edges(world, fan, target)) for fan in fans} == {1}
        waiting = await world.value("SELECT count(*) FROM follow_request WHERE target_id = $1", target.key)
        private = await world.value("SELECT is_private FROM customer WHERE id = $1", target.key)
        assert private or not waiting
        await exact(world, target, *fans)

    async def test_both_become_public(self, world: World) -> None:
        """Each waits for the other, and both accept at once."""
        crowd = await people(world, 8, is_private=True)
        for one in crowd:
            for other in crowd:
                if one is not other:
                    await world.ask(one, other)
        assert set(await at_once(*(do(one, "updatePrivacy", isPrivate=False) for one in crowd * 6))) == {""}
        assert {await counters(world, one) for one in crowd} == {(7, 7, 0)}


class TestOneOfMany:
    """What only one may have."""

    async def test_username(self, world: World) -> None:
        """C5."""
        wanted, crowd = f"Z{word()}", await people(world, FIFTY)
        names = [wanted, wanted.lower(), wanted.upper()] * FIFTY
        found = await at_once(
            *(do(one, "updateUsername", username=name) for one, name in zip(crowd, names, strict=False))
        )
        assert Counter(found) == {"": 1, "UsernameTakenError": FIFTY - 1}
        assert await world.value("SELECT count(*) FROM customer WHERE lower(username) = $1", wanted.lower()) == 1

    async def test_last_owner(self, world: World) -> None:
        """A6: two owners demote each other; one owner is left."""
        for _ in range(10):
            owners = await people(world, 2, role="OWNER")
            await world.execute(
                "UPDATE customer SET role = 'CUSTOMER' WHERE role = 'OWNER' AND id <> ALL($1)",
                [one.key for one in owners],
            )
            pairs = [(owners[0], owners[1]), (owners[1], owners[0]), (owners[0], owners[0]), (owners[1], owners[1])]
            found = await at_once(*(do(one, "setRole", customerId=other.id, role="CUSTOMER") for one, other in pairs))
            assert set(found) == {"", "NotAllowedError"}
            assert await world.value("SELECT count(*) FROM customer WHERE role = 'OWNER'") == 1


class TestWishlists:
    """W1, W2, W4."""

    async def test_one_item_added_fifty_times(self, world: World) -> None:
        me, variant = await world.person(), ids.encode("ProductVariant", (await world.variant()).id)
        payloads = await asyncio.gather(*(do(me, "addToWishlist", variantId=variant) for _ in range(FIFTY)))
        assert Counter(payload["existed"] for payload in payloads) == {False: 1, True: FIFTY - 1}
        assert len({payload["item"]["id"] for payload in payloads}) == 1

    async def test_add_against_remove(self, world: World) -> None:
        me, variant = await world.person(), ids.encode("ProductVariant", (await world.variant()).id)
        verbs = ["addToWishlist", "removeFromWishlist"] * 25
        payloads = await asyncio.gather(*(do(me, verb, variantId=variant) for verb in verbs))
        made = sum(payload.get("existed") is False for payload in payloads)
        gone = sum(payload.get("removedItemId") is not None for payload in payloads)
        left = await world.value(
            "SELECT count(*) FROM wishlist_item WHERE wishlist_id = $1", await world.default_list(me)
        )
        assert made - gone == left

    async def test_move_against_add(self, world: World) -> None:
        """Things that arrive on a list from two sides become one each."""
        me, variants = await world.person(), [await world.variant() for _ in range(25)]
        source, target = await world.default_list(me), await world.wishlist(me)
        there, calls = {"wishlistId": ids.encode("Wishlist", target.id)}, []
        for variant in variants:
            item = await world.item(source, variant)
            moving = {"itemId": ids.encode("WishlistItem", item.id)}
            adding = {"variantId": ids.encode("ProductVariant", variant.id)}
            calls += [do(me, "moveWishlistItem", **moving, **there), do(me, "addToWishlist", **adding, **there)]
        assert set(await at_once(*calls)) == {""}
        counts = "SELECT count(*) FROM wishlist_item WHERE wishlist_id = $1"
        assert [await world.value(counts, key) for key in (source, target.id)] == [0, 25]

    async def test_move_against_move(self, world: World) -> None:
        """An item on its way to several lists is always found, and arrives at one."""
        me, variant = await world.person(), await world.variant()
        targets = [await world.wishlist(me) for _ in range(5)]
        item = ids.encode("WishlistItem", (await world.item(await world.default_list(me), variant)).id)
        moves = [{"itemId": item, "wishlistId": ids.encode("Wishlist", one.id)} for one in targets] * 10
        assert set(await at_once(*(do(me, "moveWishlistItem", **move) for move in moves))) == {""}
        assert await world.value("SELECT count(*) FROM wishlist_item WHERE variant_id = $1", variant.id) == 1

    async def test_add_against_deletion(self, world: World) -> None:
        me = await world.person()
        wishlist = ids.encode("Wishlist", (await world.wishlist(me)).id)
        variant = ids.encode("ProductVariant", (await world.variant()).id)
        adds = [do(me, "addToWishlist", variantId=variant, wishlistId=wishlist) for _ in range(FIFTY - 1)]
        gone = me.graph.mutate("deleteWishlist", "deletedWishlistId", wishlistId=wishlist)
        assert set(await at_once(*adds[:20], gone, *adds[20:])) <= {"", "NotFoundError"}
        assert await world.value("SELECT count(*) FROM wishlist WHERE owner_id = $1", me.key) == 1


class TestStores:
    """S4, S5."""

    async def test_fifty_people_on_one(self, world: World) -> None:
        store, fans = await world.store(), await people(world, 25)
        named = {"storeId": ids.encode("Store", store.id)}
        verbs = ("followStore", "unfollowStore")
        assert set(await at_once(*(do(fan, verb, **named) for fan in fans for verb in verbs))) == {""}
        assert await followers(world, store) == sum([(await counters(world, fan))[2] for fan in fans])
        assert set(await at_once(*(do(fan, "followStore", **named) for fan in fans * 2))) == {""}
        assert await followers(world, store) == 25
        assert {(await counters(world, fan))[2] for fan in fans} == {1}
