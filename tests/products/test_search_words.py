"""Searching products by the name of their brand and by their tags (P4), which change on their own."""

import asyncio
from typing import Any

import asyncpg
import pytest
from alembic import command

import migrations
from auth.viewer import ViewerKind
from database.urls import plain_url
from loaders.page_statements import page_statement
from loaders.pages import NO_PARENT
from loaders.product_pages import Products, RankedProducts
from models import ids
from tests.customers.test_search import letters, titles
from tests.people import World, word


class TestWords:
    """P4."""

    async def test_tag(self, world: World) -> None:
        """In any form, each of several, and the parts of one with a hyphen."""
        rare, other = letters(), letters()
        row = await world.product(tags=[f"{rare}-in", "summer dresses", other])
        for search in (rare, f"{rare}-in", f"{rare} dress", f"{other.upper()} {rare} summer", f"{row.title} {rare}"):
            assert await titles(world, search=search) == [row.title]
        assert await titles(world, search=f"{rare} winter") == []

    async def test_brand(self, world: World) -> None:
        """By its name, with words of the title, the description and the tags in one search."""
        rare = letters()
        brand = await world.brand(name=f"{rare} Ateliers")
        rows = [
            await world.product(brand_id=brand.id, title=f"Linen shirt {word()}", description="Washed.", tags=["eid"]),
            await world.product(brand_id=brand.id, title=f"Wool shirt {word()}"),
            await world.product(title=f"Linen shirt {word()}"),
        ]
        both = {row.title for row in rows[:2]}
        for search in (rare, f"{rare} atelier", f"shirts {rare}", f"Atelier SHIRT {rare}"):
            assert set(await titles(world, search=search)) == both
        for search in (f"{rare} linen", f"linen {rare} eid washed", f"shirt wash {rare} ateliers"):
            assert await titles(world, search=search) == [rows[0].title]
        assert await titles(world, search=f"{rare} silk") == []
        found = await titles(world, search=rare, brandIds=[ids.encode("Brand", (await world.brand()).id)])
        assert found == []

    async def test_order(self, world: World) -> None:
        """The title counts most, then brand and tags alike, then the description."""
        rare = letters()
        brand = await world.brand(name=rare)
        described = await world.product(description=rare)
        tagged = await world.product(tags=[rare])
        branded = await world.product(brand_id=brand.id)
        titled = await world.product(title=f"{rare} {word()}")
        whole = await world.product(title=f"{rare} {word()}", description=rare, tags=[rare], brand_id=brand.id)
        found = await titles(world, search=rare)
        assert found[:2] == [whole.title, titled.title]
        assert set(found[2:4]) == {branded.title, tagged.title}
        assert found[4:] == [described.title]
        assert await titles(world, "NEWEST", search=rare) == [
            row.title for row in (whole, titled, branded, tagged, described)
        ]


class TestChanges:
    """What is found follows what is there."""

    async def test_brand_is_renamed(self, world: World) -> None:
        before, after = letters(), letters()
        brand = await world.brand(name=before)
        row = await world.product(brand_id=brand.id)
        await world.execute("UPDATE brand SET name = $1 WHERE id = $2", after, brand.id)
        assert (await titles(world, search=before), await titles(world, search=after)) == ([], [row.title])

    async def test_brand_is_another_or_gone(self, world: World) -> None:
        one, other = [await world.brand(name=letters()) for _ in range(2)]
        row = await world.product(brand_id=one.id)
        await world.execute("UPDATE product SET brand_id = $1 WHERE id = $2", other.id, row.id)
        assert (await titles(world, search=one.name), await titles(world, search=other.name)) == ([], [row.title])
        await world.execute("DELETE FROM brand WHERE id = $1", other.id)
        assert (await titles(world, search=other.name), await titles(world, search=row.title)) == ([], [row.title])

    async def test_words_are_others(self, world: World) -> None:
        words = {column: letters() for column in ("title", "description", "tags")}
        row = await world.product()
        await world.execute(
            "UPDATE product SET title = $1, description = $2, tags = ARRAY[$3] WHERE id = $4", *words.values(), row.id
        )
        for searched in words.values():
            assert await titles(world, search=searched) == [words["title"]]
        assert await titles(world, search=row.title) == []

    @pytest.mark.parametrize("renamed_first", [True, False])
    async def test_renamed_while_a_product_comes(self, world: World, database_url: str, renamed_first: bool) -> None:
        """Whichever commits first, and whether the product is new, moves to the brand, or changes its title."""
        before, after, title = letters(), letters(), word()
        brand, rows = await world.brand(name=before), [await world.product() for _ in range(2)]
        await world.execute("UPDATE product SET brand_id = $1 WHERE id = $2", brand.id, rows[1].id)
        rename = "UPDATE brand SET name = $1 WHERE id = $2", after, brand.id
        for change in (
            ("INSERT INTO product (id, slug, title, brand_id) VALUES (gen_random_uuid(), $1, $1, $2)", title, brand.id),
            ("UPDATE product SET brand_id = $1 WHERE id = $2", brand.id, rows[0].id),
            ("UPDATE product SET title = $1 WHERE id = $2", rows[1].title + "x", rows[1].id),
        ):
            await world.execute("UPDATE brand SET name = $1 WHERE id = $2", before, brand.id)
            await together(database_url, *((rename, change) if renamed_first else (change, rename)))
            assert await titles(world, search=before) == []
        assert set(await titles(world, search=after)) == {title, rows[0].title, rows[1].title + "x"}

    async def test_what_was_there_before(self, empty_database_url: str) -> None:
        """The migration makes the words of products that are there, and going back leaves those of before."""
        config = migrations.config(empty_database_url)
        connection = await asyncpg.connect(plain_url(empty_database_url))
        try:
            await asyncio.to_thread(command.downgrade, config, "0003")
            await connection.execute("""INSERT INTO brand (id, name, slug) VALUES (gen_random_uuid(), 'Noor', 'noor');
                INSERT INTO product (id, slug, title, tags, brand_id) SELECT gen_random_uuid(), 'a', 'Shirt', '{eid}', id
                FROM brand""")
            before = "SELECT search @@ plainto_tsquery('english', $1) FROM product"
            after = "SELECT words @@ search_query($1, 'match') FROM product_search"
            for forward in (False, True, False, True):
                sql = after if forward else before
                if forward:
                    await asyncio.to_thread(command.upgrade, config, "head")
                found = [await connection.fetchval(sql, text) for text in ("shirts", "noor", "eid", "noor shirt")]
                assert found == [True, *[forward] * 3]
                if forward:
                    await asyncio.to_thread(command.downgrade, config, "0003")
        finally:
            await asyncio.to_thread(command.upgrade, config, "head")
            await connection.close()


async def together(url: str, first: tuple[Any, ...], second: tuple[Any, ...]) -> None:
    """Run two changes in transactions of their own, the second begun before the first has committed."""
    one, other = [await asyncpg.connect(plain_url(url)) for _ in range(2)]
    try:
        async with one.transaction():
            await one.execute(*first)
            pid = other.get_server_pid()
            waiting = asyncio.create_task(other.execute(*second))
            while not waiting.done() and not await one.fetchval("SELECT cardinality(pg_blocking_pids($1)) > 0", pid):
                pass
        await waiting
    finally:
        await one.close()
        await other.close()


@pytest.mark.parametrize("connection", [Products, RankedProducts])
async def test_the_index_is_used(world: World, connection: Any) -> None:
    """The planner can find what is searched without reading all products."""
    statement = page_statement(connection, ViewerKind.ANONYMOUS, frozenset({"search"}), False, False, False)
    given = {"keys": [NO_PARENT], "size": 21, "viewer": None, "currency": "AED", "search": letters()}
    async with world.database.pool.acquire() as connected, connected.transaction():
        await connected.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        rows = await connected.fetch(f"EXPLAIN {statement.sql}", *statement.arguments(given))
    assert any("product_search_words_idx" in row["QUERY PLAN"] for row in rows), rows
