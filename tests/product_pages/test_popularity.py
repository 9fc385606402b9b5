"""How many have a product on a wishlist, counted in steps of five."""

import asyncio

from actions import popularity
from jobs.kinds import WorkContext
from models import ids
from settings import Settings
from tests.people import World, word


async def test_counted_in_steps(world: World, settings: Settings) -> None:
    """Each customer counts once, whatever they have of a product on however many lists, private ones included."""
    context = WorkContext(settings, world.database, asyncio.Event())
    tag, people = word(), [await world.person() for _ in range(11)]
    rows = {}
    for count in (0, 4, 5, 9, 10):
        product = await world.product(tags=[tag], popularity=100 if count == 4 else 0)
        variants = [await world.variant(product_id=product.id) for _ in range(2)]
        for person in people[:count]:
            other = await world.wishlist(person)
            for wishlist in (await world.default_list(person), other.id):
                for variant in variants:
                    await world.item(wishlist, variant)
        rows[count] = product
    await popularity.count(context)
    sql = "SELECT popularity FROM product WHERE id = $1"
    assert [await world.value(sql, row.id) for row in rows.values()] == [0, 0, 5, 5, 10]
    query = "query ($tag: String!) { products(filter: { tags: [$tag] }, sort: POPULARITY) { nodes { id } } }"
    found = [one["id"] for one in (await world.nobody(query, tag=tag))["products"]["nodes"]]
    assert found == [ids.encode("Product", rows[count].id) for count in (10, 9, 5, 4, 0)]


async def test_only_what_has_changed_is_written(world: World, settings: Settings) -> None:
    context = WorkContext(settings, world.database, asyncio.Event())
    product = await world.product(popularity=5)
    version = "SELECT xmin::text FROM product WHERE id = $1"
    still = await world.product()
    before = await world.value(version, still.id)
    await popularity.count(context)
    assert await world.value("SELECT popularity FROM product WHERE id = $1", product.id) == 0
    assert await world.value(version, still.id) == before


async def test_nothing_after_the_process_stops(world: World, settings: Settings) -> None:
    stopping = asyncio.Event()
    stopping.set()
    product = await world.product(popularity=5)
    await popularity.count(WorkContext(settings, world.database, stopping))
    assert await world.value("SELECT popularity FROM product WHERE id = $1", product.id) == 5
