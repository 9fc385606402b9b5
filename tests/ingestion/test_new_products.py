"""What triggers compute for new products is computed once, and never left out."""

import asyncpg

from tests.ingestion.lines import fetch, line, listing, load

WORDS = "SELECT slug, words IS NOT NULL FROM product LEFT JOIN product_search ON product_id = id ORDER BY slug"


async def insert_product(url: str, *, deferred: bool) -> tuple[object, ...]:
    """Insert a product without variants; gives the words that it has before the end of the transaction."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            if deferred:
                await connection.execute("SET LOCAL catalogue.words_with_variants = 'on'")
            await connection.execute("INSERT INTO product (id, slug, title) VALUES (gen_random_uuid(), 'lamp', 'Lamp')")
            return tuple(await connection.fetch("SELECT product_id FROM product_search"))
    finally:
        await connection.close()


class TestWords:
    async def test_are_computed_once(self, fresh_url: str) -> None:
        """The row is still where it was inserted."""
        await load(fresh_url, line("A"), line("B"))
        words = "SELECT ctid::text FROM product_search WHERE words @@ 'linen & sku-a' OR words @@ 'linen & white & b'"
        assert await fetch(fresh_url, words) == [("(0,1)",)]

    async def test_of_a_product_whose_only_variant_moves_on_in_the_same_batch(self, fresh_url: str) -> None:
        await load(fresh_url, line("A", product={"slug": "first"}), line("A", minutes=1, product={"slug": "second"}))
        assert await fetch(fresh_url, WORDS) == [("first", True), ("second", True)]

    async def test_at_the_end_of_a_transaction_that_inserts_no_variants(self, fresh_url: str) -> None:
        assert await insert_product(fresh_url, deferred=True) == ()
        assert await fetch(fresh_url, WORDS) == [("lamp", True)]

    async def test_at_once_for_all_others(self, fresh_url: str) -> None:
        assert len(await insert_product(fresh_url, deferred=False)) == 1


class TestAvailability:
    ROWS = "SELECT sku, v.availability, p.availability, v.ctid::text FROM product_variant v JOIN product p ON p.id = product_id ORDER BY 1"

    async def test_new_rows_are_inserted_with_it(self, fresh_url: str) -> None:
        out = listing(availability="OUT_OF_STOCK")
        ended = listing(store=None, state="ENDED")
        await load(
            fresh_url, line("A", listings=[out, ended]), line("B", listings=[out, listing(store=None)]),
            line("C", listings=[]), line("D", product={"slug": "other"}, listings=[ended]),
        )  # fmt: skip
        assert await fetch(fresh_url, self.ROWS) == [
            ("A", "OUT_OF_STOCK", "IN_STOCK", "(0,1)"), ("B", "IN_STOCK", "IN_STOCK", "(0,2)"),
            ("C", "UNKNOWN", "IN_STOCK", "(0,3)"), ("D", "UNKNOWN", "UNKNOWN", "(0,4)"),
        ]  # fmt: skip

    async def test_new_variant_of_a_product_that_is_there(self, fresh_url: str) -> None:
        await load(fresh_url, line("A", listings=[listing(availability="OUT_OF_STOCK")]))
        await load(fresh_url, line("B", listings=[listing(availability="PREORDER")]))
        found = [row[:3] for row in await fetch(fresh_url, self.ROWS)]
        assert found == [("A", "OUT_OF_STOCK", "PREORDER"), ("B", "PREORDER", "PREORDER")]
