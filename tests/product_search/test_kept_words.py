"""The words of products follow every change of what they are made of, also of several at once (P12)."""

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from actions.product_search import delete_unused_words
from database.urls import plain_url
from jobs.kinds import WorkContext
from tests.customers.test_search import letters, titles
from tests.people import World
from tests.products.test_search_words import together

RENAME = "UPDATE category SET name = $1 WHERE id = $2"


async def category(world: World, name: str, parent: Any = None) -> Any:
    return (await world.category(name=name, parent_id=parent)).id


class TestWhatIsSearched:
    """And nothing that is no more there."""

    async def test_category_and_those_above(self, world: World) -> None:
        top, sub, other, moved = letters(), letters(), letters(), letters()
        above = await category(world, top)
        below = await category(world, sub, above)
        elsewhere = await category(world, other)
        row = await world.product(category_id=below)
        assert await titles(world, search=f"{top} {sub}") == [row.title]
        await world.execute(RENAME, moved, above)
        assert (await titles(world, search=top), await titles(world, search=moved)) == ([], [row.title])
        await world.execute("UPDATE category SET parent_id = $1 WHERE id = $2", elsewhere, below)
        assert (await titles(world, search=moved), await titles(world, search=other)) == ([], [row.title])
        await world.execute(
            "UPDATE category SET translations = $1 WHERE id = $2", f'{{"ar": {{"name": "{top}"}}}}', elsewhere
        )
        assert await titles(world, search=top) == [row.title]
        await world.execute("UPDATE product SET category_id = NULL WHERE id = $1", row.id)
        assert await titles(world, search=other) == []

    async def test_variants(self, world: World) -> None:
        sku, renamed, color = (letters() for _ in range(3))
        row = await world.product(title=letters())
        variant = await world.variant(product_id=row.id, sku=f"{sku}-42", color_primary=color)
        for search in (sku, f"{sku}-42", f"{sku}42", sku[:6], f"{sku}4", color):
            assert await titles(world, search=search) == [row.title], search
        await world.execute("UPDATE product_variant SET sku = $1 WHERE id = $2", renamed, variant.id)
        assert (await titles(world, search=sku), await titles(world, search=renamed)) == ([], [row.title])
        other = await world.product(title=letters())
        await world.execute("UPDATE product_variant SET product_id = $1 WHERE id = $2", other.id, variant.id)
        assert await titles(world, search=renamed) == [other.title]
        await world.execute("DELETE FROM product_variant WHERE id = $1", variant.id)
        assert await titles(world, search=renamed) == []

    async def test_translations_and_base_code(self, world: World) -> None:
        title, text, code = letters(), letters(), letters()
        row = await world.product(title=letters())
        translations = f'{{"ar": {{"title": "{title}", "description": "{text}"}}}}'
        await world.execute(
            "UPDATE product SET translations = $1, base_code = $2 WHERE id = $3", translations, f"{code}-7", row.id
        )
        for search in (title, text, f"{code}-7", f"{code}7"):
            assert await titles(world, search=search) == [row.title]

    async def test_what_is_no_words_changes_nothing(self, world: World) -> None:
        row = await world.product(title=letters())
        place = "SELECT ctid::text || xmin FROM product_search WHERE product_id = $1"
        before = await world.value(place, row.id)
        await world.execute(
            "UPDATE product SET popularity = 5, availability = 'IN_STOCK', title = title WHERE id = $1", row.id
        )
        assert await world.value(place, row.id) == before

    @pytest.mark.parametrize("renamed_first", [True, False])
    async def test_category_is_renamed_while_a_product_comes(
        self, world: World, database_url: str, renamed_first: bool
    ) -> None:
        """Whichever commits first: a new product, one from elsewhere, and one from another category below."""
        before, after, title = letters(), letters(), letters()
        above = await category(world, before)
        left, right = await category(world, letters(), above), await category(world, letters(), above)
        rows = [await world.product(), await world.product(category_id=left)]
        rename = RENAME, after, above
        new = "INSERT INTO product (id, slug, title, category_id) VALUES (gen_random_uuid(), $1, $1, $2)", title, left
        moves = [("UPDATE product SET category_id = $1 WHERE id = $2", right, row.id) for row in rows]
        for change in (new, *moves):
            await world.execute(RENAME, before, above)
            await together(database_url, *((rename, change) if renamed_first else (change, rename)))
            assert await titles(world, search=before) == []
        assert set(await titles(world, search=after)) == {title, *(row.title for row in rows)}

    @pytest.mark.parametrize("renamed_first", [True, False])
    async def test_category_is_renamed_while_another_comes_below_it(
        self, world: World, database_url: str, renamed_first: bool
    ) -> None:
        before, after = letters(), letters()
        above, below = await category(world, before), await category(world, letters())
        row = await world.product(category_id=below)
        rename, move = (RENAME, after, above), ("UPDATE category SET parent_id = $1 WHERE id = $2", above, below)
        await together(database_url, *((rename, move) if renamed_first else (move, rename)))
        assert (await titles(world, search=before), await titles(world, search=after)) == ([], [row.title])

    async def test_products_are_locked_in_the_order_of_their_ids(self, world: World, database_url: str) -> None:
        """Whatever else they are stored in, so that two renames do not wait for each other."""
        brand, (first, second) = await world.brand(), sorted([uuid4(), uuid4()])
        for key in (second, first):
            await world.product(id=key, brand_id=brand.id)
        lock = "SELECT FROM product WHERE id = $1 FOR NO KEY UPDATE"
        one, other = [await asyncpg.connect(plain_url(database_url)) for _ in range(2)]
        try:
            async with one.transaction():
                await one.execute(lock, first)
                rename = other.execute("UPDATE brand SET name = $1 WHERE id = $2", letters(), brand.id)
                waiting, pid = asyncio.create_task(rename), other.get_server_pid()
                while not await one.fetchval("SELECT cardinality(pg_blocking_pids($1)) > 0", pid):
                    assert not waiting.done()
                await one.execute(f"{lock} NOWAIT", second)
            await waiting
        finally:
            await one.close()
            await other.close()


class TestVocabulary:
    """Words that no product has are not what a typing error stands for."""

    async def test_unused_words_are_deleted(self, world: World, settings: Any) -> None:
        kept, gone = letters(), letters()
        row = await world.product(title=kept)
        await world.execute("DELETE FROM product WHERE id = $1", (await world.product(title=gone)).id)
        twice = (
            "INSERT INTO search_word SELECT word, gen_random_uuid(), stem, trigrams FROM search_word WHERE word = $1"
        )
        await world.execute(twice, kept)
        await delete_unused_words(WorkContext(settings, world.database, asyncio.Event()))
        counts = [await world.value("SELECT count(*) FROM search_word WHERE word = $1", word) for word in (kept, gone)]
        assert counts == [1, 0]
        assert await titles(world, search=f"{kept[:5]}z{kept[6:]}") == [row.title]
