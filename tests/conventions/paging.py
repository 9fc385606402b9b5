"""ConnectionPool to go through: how to ask for the pages of each, and what is in it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from loaders.pages import Filters
from models import ids
from tests.graph import Graph
from tests.people import World, word

FIELDS = """edges { cursor node { id } } nodes { id }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"""
BOTH = "$first: Int, $after: String, $last: Int, $before: String"
GIVEN = "first: $first, after: $after, last: $last, before: $before"
DAYS = (5, 3, 3, 3, 1, 4, 2)


@dataclass(frozen=True)
class Listed:
    """A connection as somebody sees it: how to ask for it, and what is in it, in order."""

    graph: Graph
    query: str
    ids: list[str]
    filters: Filters = ()
    """Those in the query, as the loader has them."""

    async def page(self, **arguments: Any) -> Any:
        """Give a page; the connection is what lies deepest in the answer."""
        found = await self.graph(self.query, **arguments)
        while "edges" not in found:
            (found,) = found.values()
        cursors = [edge["cursor"] for edge in found["edges"]]
        info = found["pageInfo"]
        assert (info["startCursor"], info["endCursor"]) == ((cursors[0], cursors[-1]) if cursors else (None, None))
        assert found["nodes"] == [edge["node"] for edge in found["edges"]]
        return found

    async def pages(self, size: int, *, backward: bool = False) -> list[Any]:
        """Give all pages, one after the other."""
        count, position = ("last", "before") if backward else ("first", "after")
        way, cursor = ("hasPreviousPage", "startCursor") if backward else ("hasNextPage", "endCursor")
        found = [await self.page(**{count: size})]
        while found[-1]["pageInfo"][way]:
            found.append(await self.page(**{count: size, position: found[-1]["pageInfo"][cursor]}))
        return found


def of(page: Any) -> list[str]:
    return [node["id"] for node in page["nodes"]]


def newest(graphql_type: str, rows: list[tuple[datetime, Any]]) -> list[str]:
    return [ids.encode(graphql_type, key) for _, key in sorted(rows, reverse=True)]


def moments() -> list[datetime]:
    now = datetime.now(UTC)
    return [now - timedelta(days) for days in DAYS]


async def followers(world: World) -> Listed:
    me, rows = await world.person(), []
    for at in moments():
        rows.append((at, (follower := await world.person()).key))
        await world.follow(follower, me, at)
    query = f"query ({BOTH}) {{ viewer {{ followers({GIVEN}) {{ {FIELDS} }} }} }}"
    return Listed(me.graph, query, newest("Customer", rows))


async def items(world: World) -> Listed:
    me, rows = await world.person(), []
    wishlist = await world.default_list(me)
    for at in moments():
        item = await world.item(wishlist, await world.variant(), created_at=at)
        rows.append((at, item.id))
    query = f"query ({BOTH}) {{ viewer {{ wishlist {{ items({GIVEN}) {{ {FIELDS} }} }} }} }}"
    return Listed(me.graph, query, newest("WishlistItem", rows))


async def products(world: World) -> Listed:
    brand = await world.brand()
    rows = [(at, (await world.product(brand_id=brand.id, created_at=at)).id) for at in moments()]
    chosen = f'filter: {{ brandIds: ["{ids.encode("Brand", brand.id)}"] }}'
    query = f"query ({BOTH}) {{ products({chosen}, {GIVEN}) {{ {FIELDS} }} }}"
    return Listed(world.nobody, query, newest("Product", rows), (("brands", (brand.id,)),))


async def ranked(world: World) -> Listed:
    rare, rows = f"q{word()}", []
    for title in (f"{rare} x", f"{rare} y", "z", f"{rare} {rare}", "w"):
        row = await world.product(title=title, description=rare)
        rank = "SELECT ts_rank(words, plainto_tsquery('english', $1)) FROM product_search WHERE product_id = $2"
        rows.append((await world.value(rank, rare, row.id), row.id))
    query = f'query ({BOTH}) {{ products(filter: {{ search: "{rare}" }}, {GIVEN}) {{ {FIELDS} }} }}'
    return Listed(world.nobody, query, newest("Product", rows), (("search", rare),))


async def brands(world: World) -> Listed:
    await world.execute("DELETE FROM brand")
    same = word()
    rows = [await world.brand(name=name) for name in (same, "b" + same, same, "a" + same, same)]
    order = sorted((row.name, row.id) for row in rows)
    query = f"query ({BOTH}) {{ brands({GIVEN}) {{ {FIELDS} }} }}"
    return Listed(world.nobody, query, [ids.encode("Brand", key) for _, key in order])


async def stores(world: World) -> Listed:
    same = word()
    rows = [await world.store(name=name) for name in (same, "b" + same, same, "a" + same)]
    order = sorted((row.name, row.id) for row in rows)
    query = f'query ({BOTH}) {{ stores(search: "{same}", {GIVEN}) {{ {FIELDS} }} }}'
    return Listed(world.nobody, query, [ids.encode("Store", key) for _, key in order])


async def tickets(world: World) -> Listed:
    me = await world.person()
    rows = [(at, (await world.ticket(me, created_at=at)).id) for at in moments()]
    query = f"query ({BOTH}) {{ viewer {{ tickets({GIVEN}) {{ {FIELDS} }} }} }}"
    return Listed(me.graph, query, newest("Ticket", rows))


async def many_products(world: World, count: int) -> Any:
    """Make products of one brand that came at the same moment, and give the brand."""
    brand = await world.brand()
    sql = """INSERT INTO product (id, slug, title, brand_id, created_at)
        SELECT gen_random_uuid(), $1 || '-' || n, $1, $2, '2026-01-01' FROM generate_series(1, $3) AS n"""
    await world.execute(sql, word(), brand.id, count)
    return brand.id


async def crowd(world: World, followee: Any, count: int, at: str) -> None:
    """Let many follow somebody; `at` is SQL over the number `n` of each."""
    sql = f"""WITH made AS (INSERT INTO customer (id, clerk_id, username, is_private)
            SELECT gen_random_uuid(), $1 || n, $1 || n, false FROM generate_series(1, $3::int) AS n RETURNING id),
        numbered AS (SELECT id, row_number() OVER () AS n FROM made)
        INSERT INTO follow (follower_id, followee_id, created_at) SELECT id, $2, {at} FROM numbered"""
    await world.execute(sql, word(), followee, count)
