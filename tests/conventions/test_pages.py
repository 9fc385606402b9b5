"""What every connection has in common: pages forward and backward, cursors, counts, and what they cost (G2)."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from auth.viewer import ViewerKind
from database.engine import Database
from loaders.cursors import Cursors
from loaders.follows import Followers
from loaders.page_statements import page_statement
from loaders.pages import NO_PARENT
from loaders.product_pages import Products
from models import ids
from tests.conventions.paging import (
    BOTH,
    FIELDS,
    GIVEN,
    Listed,
    brands,
    crowd,
    followers,
    items,
    many_products,
    of,
    products,
    ranked,
    stores,
    tickets,
)
from tests.people import World

MADE = [followers, items, products, ranked, brands, stores, tickets]
Maker = Callable[[World], Awaitable[Listed]]
each = pytest.mark.parametrize("make", MADE, ids=lambda make: make.__name__)


@each
class TestPages:
    """G2: the same of every connection."""

    async def test_forward_and_backward(self, world: World, make: Maker) -> None:
        """Every row once, in order; forward pages are backward pages reversed, and each knows where it lies."""
        listed = await make(world)
        for size in (1, 2, 3, len(listed.ids), 100):
            forward, backward = await listed.pages(size), await listed.pages(size, backward=True)
            assert [key for page in forward for key in of(page)] == listed.ids
            assert [key for page in reversed(backward) for key in of(page)] == listed.ids
            count = -(-len(listed.ids) // size)
            for pages in (forward, backward[::-1]):
                around = [(page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"]) for page in pages]
                assert around == [(place > 0, place < count - 1) for place in range(count)]

    async def test_empty(self, world: World, make: Maker) -> None:
        """Beyond the ends there is nothing; a page of none still knows whether there is more."""
        listed = await make(world)
        whole = (await listed.page(first=100))["edges"]
        beyond = await listed.page(first=5, after=whole[-1]["cursor"])
        assert (of(beyond), beyond["pageInfo"]["hasNextPage"], beyond["pageInfo"]["hasPreviousPage"]) == ([], 0, 1)
        beyond = await listed.page(last=5, before=whole[0]["cursor"])
        assert (of(beyond), beyond["pageInfo"]["hasNextPage"], beyond["pageInfo"]["hasPreviousPage"]) == ([], 1, 0)
        none = await listed.page(first=0)
        assert (of(none), none["pageInfo"]["hasNextPage"], none["pageInfo"]["hasPreviousPage"]) == ([], 1, 0)
        none = await listed.page(last=0)
        assert (of(none), none["pageInfo"]["hasNextPage"], none["pageInfo"]["hasPreviousPage"]) == ([], 0, 1)

    async def test_between(self, world: World, make: Maker) -> None:
        """`after` and `before` together, with `first`, with `last`, and with neither."""
        listed = await make(world)
        cursors = [edge["cursor"] for edge in (await listed.page(first=100))["edges"]]
        between = {"after": cursors[0], "before": cursors[-1]}
        assert of(await listed.page(**between)) == listed.ids[1:-1]
        first, last = await listed.page(**between, first=1), await listed.page(**between, last=1)
        assert (of(first), of(last)) == (listed.ids[1:2], listed.ids[-2:-1])
        assert (first["pageInfo"]["hasNextPage"], last["pageInfo"]["hasPreviousPage"]) == (True, True)
        assert of(await listed.page(after=cursors[-1], before=cursors[0])) == []

    async def test_size(self, world: World, make: Maker) -> None:
        """Neither fewer than none, nor more than a hundred, nor from both ends."""
        listed = await make(world)
        for wrong in ({"first": -1}, {"first": 101}, {"last": 101}, {"last": -(2**31)}, {"first": 1, "last": 1}):
            (error,) = await listed.graph.errors(listed.query, **wrong)
            assert (error["extensions"]["code"], error["extensions"]["reason"]) == ("BAD_USER_INPUT", "bad_page")

    @pytest.mark.parametrize("wrong", [2**31, 1.5, "1", True])
    async def test_no_such_number(self, world: World, make: Maker, wrong: Any) -> None:
        listed = await make(world)
        (error,) = await listed.graph.errors(listed.query, first=wrong)
        assert error["extensions"]["code"] == "BAD_USER_INPUT"

    async def test_wrong_cursor(self, world: World, make: Maker) -> None:
        """`limits.md`, "Cursors": garbage, cut, tampered, enormous, and another connection's."""
        listed = await make(world)
        mine = (await listed.page(first=1))["pageInfo"]["endCursor"]
        other = await (items if make is followers else followers)(world)
        theirs = (await other.page(first=1))["pageInfo"]["endCursor"]
        flipped = [mine[:n] + ("A" if mine[n] != "A" else "B") + mine[n + 1 :] for n in range(0, len(mine), 5)]
        forged = Cursors("not the secret of this server").write(Followers.__name__, [datetime.now(UTC), NO_PARENT])
        flipped += [mine[:-1] + letter for letter in "AQgw048BRhx159CSiy26DTjz37" if letter != mine[-1]]
        wrong = [
            *("", "x", "====", "null", "\u0645\u0624\u0634\u0631", "A" * 10_240, "9" * 999, "/" * 40, listed.ids[0]),
            *(
                mine[:-1],
                mine[:-4],
                mine[1:],
                mine + mine,
                mine + "AAAA",
                f"{mine}=",
                f"{mine[:9]}!{mine[9:]}",
                f"{mine}\n",
                theirs,
                forged,
                *flipped,
            ),
        ]
        for cursor in wrong:
            for size, position in (("first", "after"), ("last", "before")):
                (error,) = await listed.graph.errors(listed.query, **{size: 1, position: cursor})
                extensions = error["extensions"]
                assert (extensions["code"], extensions.get("reason")) == ("BAD_USER_INPUT", "bad_cursor"), cursor
                assert "order" in error["message"]
                assert cursor[:101] not in error["message"] or len(cursor) < 5


class TestDefaultSize:
    """G2."""

    async def test_twenty_of_more(self, world: World) -> None:
        brand = ids.encode("Brand", await many_products(world, 101))
        query = f"query ($id: ID!, {BOTH}) {{ brand(id: $id) {{ products({GIVEN}) {{ {FIELDS} totalCount }} }} }}"
        listed = Listed(world.nobody, query, [])
        for given, size in (({}, 20), ({"first": None}, 20), ({"first": 100}, 100), ({"last": 100}, 100)):
            page = await listed.page(id=brand, **given)
            assert (len(page["nodes"]), page["totalCount"]) == (size, 101)


class TestStability:
    """`limits.md`, "Cursors"."""

    query = f"query ({BOTH}) {{ viewer {{ followers({GIVEN}) {{ {FIELDS} }} }} }}"

    async def test_a_thousand_of_one_moment(self, world: World) -> None:
        """Neither skipped nor repeated, from either end, in pages of a size that does not divide them."""
        me = await world.person()
        await crowd(world, me.key, 1_000, "timestamptz '2026-01-01'")
        listed = Listed(me.graph, self.query, [])
        forward = [key for page in await listed.pages(83) for key in of(page)]
        backward = [of(page) for page in await listed.pages(83, backward=True)]
        assert len(set(forward)) == len(forward) == 1_000
        assert [key for page in reversed(backward) for key in page] == forward

    async def test_rows_come_and_go(self, world: World) -> None:
        """What stays is seen once, whatever comes before it or goes, the row under the cursor included."""
        listed = await followers(world)
        first = await listed.page(first=3)
        me = ids.key_of("Customer", (await listed.graph("{ viewer { id } }"))["viewer"]["id"])
        await crowd(world, me, 3, "now() + interval '1 day'")
        for gone in (listed.ids[0], listed.ids[2], listed.ids[4]):
            await world.execute("DELETE FROM follow WHERE follower_id = $1", ids.key_of("Customer", gone))
        assert of(await listed.page(first=9, after=first["pageInfo"]["endCursor"])) == [listed.ids[3], *listed.ids[5:]]
        assert of(await listed.page(last=1, before=first["pageInfo"]["endCursor"])) == [listed.ids[1]]
        before = await listed.page(last=9, before=first["pageInfo"]["endCursor"])
        assert len(of(before)) == 4


class TestTotalCount:
    """G2: counted only when asked, and only what the viewer sees."""

    query = "query ($id: ID!) { customer(id: $id) { followers(first: 1) { nodes { id } %s } } }"

    async def test_only_when_asked(self, world: World, statements: list[str]) -> None:
        me = await world.person()
        for _ in range(2):
            statements.clear()
            await me.graph(self.query % "", id=me.id)
            without = [sql for sql in statements if "count(" in sql]
            await me.graph(self.query % "totalCount", id=me.id)
            assert (len(without), len([sql for sql in statements if "count(" in sql])) == (0, 1)

    async def test_whatever_the_page(self, world: World) -> None:
        listed = await followers(world)
        cursor = (await listed.page(first=2))["pageInfo"]["endCursor"]
        query = listed.query.replace(FIELDS, f"{FIELDS} totalCount")
        for given in ({}, {"first": 0}, {"first": 1, "after": cursor}, {"last": 1, "before": cursor}):
            assert (await listed.graph(query, **given))["viewer"]["followers"]["totalCount"] == len(listed.ids)

    async def test_of_those_who_exist_for_the_viewer(self, world: World) -> None:
        """C8, S2: the hidden and the blocked are in neither the list nor its count."""
        me, them = await world.person(), await world.person()
        hidden, blocked, blocker = await world.person(show_profile=False), await world.person(), await world.person()
        for one in (await world.person(), hidden, blocked, blocker):
            await world.follow(one, them)
        await world.block(me, blocked)
        await world.block(blocker, me)
        query = self.query.replace("first: 1", "first: 9") % "totalCount"
        for person, count in ((me, 1), (await world.person(), 3), (await world.person(role="ADMIN"), 4), (blocker, 3)):
            found = (await person.graph(query, id=them.id))["customer"]["followers"]
            assert (len(found["nodes"]), found["totalCount"]) == (count, count)


@pytest.fixture
async def apart(empty_database_url: str, world: World) -> AsyncIterator[World]:
    """A database of one's own, so that the planner sees no other test's rows."""
    database: Any = await Database.connect(empty_database_url, size=2, statement=60, lock=2, wait=2)
    async with asyncpg.create_pool(empty_database_url, min_size=0, max_size=2) as database.pool:
        yield World(database, world.issuer, world.http)
    await database.close()


class TestCost:
    """G2: page 10,000 is as fast as page 1, and many parents cost one statement."""

    async def test_many_parents(self, world: World, statements: list[str]) -> None:
        """Each gets a page of its own, in one statement for all."""
        people = [await world.person() for _ in range(6)]
        for place, person in enumerate(people):
            await crowd(world, person.key, place, "now() - n * interval '1 day'")
        query = """query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer {
            followers(first: 2) { nodes { id } totalCount pageInfo { hasNextPage } } } } }"""
        for given in (people[:1], people, people):
            statements.clear()
            found = (await world.nobody(query, ids=[person.id for person in given]))["nodes"]
            sizes = [(len(one["followers"]["nodes"]), one["followers"]["totalCount"]) for one in found]
            assert sizes == [(min(place, 2), place) for place in range(len(given))]
            assert [one["followers"]["pageInfo"]["hasNextPage"] for one in found] == [n > 2 for n in range(len(given))]
            assert len(statements) == 3

    async def test_deep_page(self, apart: World) -> None:
        world = apart
        me = await world.person()
        await crowd(world, me.key, 5_000, "now() - n * interval '1 minute'")
        brand = await many_products(world, 5_000)
        await world.execute("ANALYZE")
        sql = "SELECT created_at, follower_id FROM follow WHERE followee_id = $1 ORDER BY 1 DESC, 2 DESC OFFSET 4000"
        deep = await world.database.pool.fetchrow(sql, me.key)
        costs = [await self.blocks(world, Followers, me.key, *at) for at in ((), deep)]
        assert costs[1] <= 1.5 * costs[0] + 20
        sql = "SELECT created_at, id FROM product WHERE brand_id = $1 ORDER BY 1 DESC, 2 DESC OFFSET 4000"
        deep = await world.database.pool.fetchrow(sql, brand)
        costs = [await self.blocks(world, Products, NO_PARENT, *at) for at in ((), deep)]
        assert costs[1] <= 1.5 * costs[0] + 20

    async def blocks(self, world: World, connection: Any, parent: Any, *position: Any) -> int:
        """Count the blocks of the database that a page looks at, hit or read."""
        statement = page_statement(connection, ViewerKind.CUSTOMER, frozenset(), bool(position), False, False)
        given = {"keys": [parent], "size": 21, "viewer": parent, "currency": "AED"}
        given |= {f"after_{n}": value for n, value in enumerate(position)}
        explained = await world.value(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement.sql}", *statement.arguments(given)
        )
        plan = json.loads(explained)[0]["Plan"]
        return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
