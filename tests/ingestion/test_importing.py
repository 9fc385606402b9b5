"""Importing into a real database."""

from typing import Any

from tests.ingestion.lines import at, counts, fetch, line, listing, load, stored

PRICES = "SELECT price_minor, availability, state, last_checked_at FROM listing ORDER BY id"
TITLES = "SELECT title FROM product ORDER BY slug"


class TestFirst:
    async def test_everything_is_stored(self, fresh_url: str) -> None:
        report, _ = await load(fresh_url, line(listings=[listing(listPrice="159.00", sourceProductId="B1")]))
        assert counts(report) == {"new": 1}
        rows = await stored(fresh_url)
        (product,), (variant,), (found,) = rows["product"], rows["product_variant"], rows["listing"]
        women, shirts = sorted(rows["category"], key=lambda one: one["slug"])
        (brand,), (store,), (source,) = rows["brand"], rows["store"], rows["source"]
        assert (brand["slug"], brand["name"]) == ("marina-linen", "Marina Linen")
        assert (women["parent_id"], shirts["parent_id"]) == (None, women["id"])
        assert (product["category_id"], product["brand_id"]) == (shirts["id"], brand["id"])
        assert product["translations"] == {"ar": {"title": "قميص كتان"}}
        assert (variant["sku"], variant["inventory"], variant["availability"]) == ("SHIRT-38", 12, "IN_STOCK")
        assert (found["price_minor"], found["list_price_minor"], found["source_product_id"]) == (12900, 15900, "B1")
        assert (store["source_id"], source["base_url"]) == (source["id"], "https://souk.example")
        assert rows["attribute_value"][0]["value"] == "linen"
        assert rows["image"][0]["variant_id"] == variant["id"]
        assert rows["product_price"][0]["price_minor"] == 12900
        assert rows["price_change"][0]["changed_at"] == at(0)

    async def test_bad_lines_are_named_and_the_rest_goes_in(self, fresh_url: str) -> None:
        bad = line(listings=[listing("-1")])
        report, rejections = await load(fresh_url, line("A"), b"{", b"", bad, b"\xff", line("B"))
        assert counts(report) == {"new": 2, "rejected": 3}
        assert [number for number, _ in rejections] == [2, 4, 5]
        assert "listings[0].price" in rejections[1].reason
        assert "line 4: listings[0].price" in str(report)

    async def test_line_without_listings_adds(self, fresh_url: str) -> None:
        report, _ = await load(fresh_url, line(listings=[]), line("B", listings=[]))
        assert counts(report) == {"new": 2}
        report, _ = await load(fresh_url, line(listings=[], colorPrimary="sand"))
        assert counts(report) == {"changed": 1}
        report, _ = await load(fresh_url, line(listings=[], colorPrimary="sand"))
        assert counts(report) == {"unchanged": 1}

    async def test_left_out_is_emptied(self, fresh_url: str) -> None:
        await load(fresh_url, line())
        least = {"sku": "SHIRT-38", "product": {"slug": "linen-shirt", "title": "Shirt"}}
        report, _ = await load(fresh_url, {**least, "listings": [listing(None, 1)]})
        assert counts(report) == {"changed": 1}
        rows = await stored(fresh_url)
        assert rows["product"][0]["brand_id"] is rows["product"][0]["translations"] is None
        assert rows["image"] == rows["attribute_value"] == rows["product_price"] == []


class TestAgain:
    LINES = (
        line("A"), line("B", "99.00", colorPrimary="sand"), line("C", product={"slug": "other"}, listings=[]),
        line("D", listings=[listing(), listing("130.00", store=None)]),
    )  # fmt: skip

    async def test_changes_nothing(self, fresh_url: str) -> None:
        await load(fresh_url, *self.LINES)
        before = await stored(fresh_url)
        report, _ = await load(fresh_url, *self.LINES)
        assert counts(report) == {"unchanged": 4}
        assert await stored(fresh_url) == before

    async def test_later_changes_only_the_time_of_the_check(self, fresh_url: str) -> None:
        await load(fresh_url, line("A"), line("B", "99.00"))
        before = await stored(fresh_url, without=("last_checked_at",))
        report, _ = await load(fresh_url, line("A", minutes=5), line("B", "99.00", 5))
        assert counts(report) == {"unchanged": 2}
        assert await stored(fresh_url, without=("last_checked_at",)) == before
        assert {row[0].isoformat() for row in await fetch(fresh_url, "SELECT last_checked_at FROM listing")} == {at(5)}

    async def test_batches_do_not_matter(self, fresh_url: str, empty_database_url: str, monkeypatch: Any) -> None:
        """The rows are the same, but for their ids, however a file is cut."""
        lines = [
            line("A", "1.00", 3, product={"title": "Three"}), line("B", "2.00", 1, product={"title": "One"}),
            line("A", "9.00", 2, product={"title": "Two"}), line("B", "3.00", 4, product={"title": "Four"}),
            line("A", "7.00", 3, product={"title": "Three again"}),
            line("C", "5.00", 4, product={"title": "Four again"}), line("A", None, 5, product={"title": "Five"}),
        ]  # fmt: skip
        queries = (
            "SELECT sku, price_minor, last_checked_at FROM listing JOIN product_variant v ON v.id = variant_id ORDER BY 1",
            TITLES,
        )
        await load(fresh_url, *lines)
        monkeypatch.setattr("ingestion.importing.BATCH_LINES", 1)
        await load(empty_database_url, *lines)
        for sql in queries:
            assert await fetch(fresh_url, sql) == await fetch(empty_database_url, sql)
        assert (await fetch(fresh_url, TITLES)) == [("Five",)]
        report, _ = await load(fresh_url, *lines)
        assert report.changed == report.new == 0


class TestObservations:
    async def test_older_one_rolls_nothing_back(self, fresh_url: str) -> None:
        await load(fresh_url, line(minutes=5))
        before = await stored(fresh_url)
        older = listing("1.00", 4, availability="OUT_OF_STOCK", state="ENDED")
        report, _ = await load(fresh_url, line(listings=[older], product={"title": "Older"}, inventory=0))
        assert counts(report) == {"outdated": 1}
        assert await stored(fresh_url) == before

    async def test_equal_one_has_no_effect(self, fresh_url: str) -> None:
        await load(fresh_url, line())
        before = await stored(fresh_url)
        report, _ = await load(fresh_url, line(price="1.00", product={"title": "Equal"}))
        assert counts(report) == {"unchanged": 1}
        assert await stored(fresh_url) == before

    async def test_later_one_counts(self, fresh_url: str) -> None:
        await load(fresh_url, line())
        report, _ = await load(fresh_url, line(price="99.00", minutes=1, product={"title": "Later"}))
        assert counts(report) == {"changed": 1}
        assert await fetch(fresh_url, TITLES) == [("Later",)]
        assert [row[0] for row in await fetch(fresh_url, PRICES)] == [9900]
        changes = await fetch(fresh_url, "SELECT price_minor FROM price_change ORDER BY changed_at")
        assert changes == [(12900,), (9900,)]

    async def test_new_listing_of_an_older_line_is_added(self, fresh_url: str) -> None:
        await load(fresh_url, line(minutes=5))
        report, _ = await load(fresh_url, line(listings=[listing("99.00", 1, store=None)], product={"title": "Older"}))
        assert counts(report) == {"changed": 1}
        assert await fetch(fresh_url, TITLES) == [("Linen shirt",)]
        assert (await fetch(fresh_url, "SELECT count(*) FROM listing")) == [(2,)]

    async def test_same_sku_twice_with_different_prices(self, fresh_url: str) -> None:
        report, _ = await load(fresh_url, line(price="2.00", minutes=2), line(price="1.00", minutes=1))
        assert counts(report) == {"new": 1, "outdated": 1, "repeated": 1}
        assert [row[0] for row in await fetch(fresh_url, PRICES)] == [200]
        assert "the latest observation counts: line 2" in str(report)
        report, _ = await load(fresh_url, line(price="3.00", minutes=3), line(price="4.00", minutes=4))
        assert [row[0] for row in await fetch(fresh_url, PRICES)] == [400]

    async def test_listing_ends_and_comes_back(self, fresh_url: str) -> None:
        await load(fresh_url, line())
        await load(fresh_url, line(listings=[listing(minutes=1, state="ENDED")]))
        assert (await stored(fresh_url))["product_price"] == []
        await load(fresh_url, line(minutes=2))
        assert len((await stored(fresh_url))["product_price"]) == 1


class TestMoves:
    """What a source calls a product, or a SKU, comes to another product."""

    STATES = "SELECT sku, state FROM listing JOIN product_variant v ON v.id = variant_id ORDER BY sku"

    async def test_source_id_at_another_product_ends_the_listing(self, fresh_url: str) -> None:
        one = line("A", listings=[listing(minutes=1, sourceProductId="B1")])
        other = line("B", product={"slug": "other"}, listings=[listing(minutes=2, sourceProductId="B1")])
        await load(fresh_url, one)
        await load(fresh_url, other)
        assert await fetch(fresh_url, self.STATES) == [("A", "ENDED"), ("B", "ACTIVE")]
        before = await stored(fresh_url)
        await load(fresh_url, one, other)
        assert await stored(fresh_url) == before

    async def test_older_one_ends_at_once(self, fresh_url: str) -> None:
        await load(fresh_url, line("B", product={"slug": "other"}, listings=[listing(minutes=2, sourceProductId="B1")]))
        await load(fresh_url, line("A", listings=[listing(minutes=1, sourceProductId="B1")]))
        assert await fetch(fresh_url, self.STATES) == [("A", "ENDED"), ("B", "ACTIVE")]

    async def test_variants_of_a_product_may_share_it(self, fresh_url: str) -> None:
        lines = [line(sku, listings=[listing(minutes=n, sourceProductId="B1")]) for n, sku in enumerate("AB")]
        await load(fresh_url, *lines)
        assert await fetch(fresh_url, self.STATES) == [("A", "ACTIVE"), ("B", "ACTIVE")]

    async def test_sku_moves_with_its_prices_and_images(self, fresh_url: str) -> None:
        await load(fresh_url, line("A"), line("B"))
        report, _ = await load(fresh_url, line("A", minutes=1, product={"slug": "other"}))
        assert counts(report) == {"changed": 1}
        prices = "SELECT slug FROM product_price JOIN product ON product.id = product_id ORDER BY slug"
        assert await fetch(fresh_url, prices) == [("linen-shirt",), ("other",)]
        images = "SELECT FROM image i JOIN product_variant v ON v.id = variant_id WHERE i.product_id <> v.product_id"
        assert await fetch(fresh_url, images) == []

    async def test_older_line_makes_no_product_without_variants(self, fresh_url: str) -> None:
        await load(fresh_url, line("A", minutes=5))
        await load(fresh_url, line("A", minutes=1, product={"slug": "older"}))
        assert await fetch(fresh_url, "SELECT slug FROM product") == [("linen-shirt",)]


class TestReferences:
    """Of several lines that name the same brand or category, the first counts, wherever batches begin."""

    async def test_category_whose_path_another_line_shortens(self, fresh_url: str) -> None:
        path = [{"slug": "women", "name": "Women"}, {"slug": "shirts", "name": "Shirts"}]
        lines = [line(sku, product={"slug": sku.lower(), "category": given}) for sku, given in (
            ("A", path), ("B", [path[1] | {"name": "Other"}]), ("C", path[::-1]),
        )]  # fmt: skip
        report, _ = await load(fresh_url, *lines)
        assert counts(report) == {"new": 3}
        sql = """SELECT one.slug, one.name, parent.slug FROM category one LEFT JOIN category parent ON parent.id = one.parent_id
                 ORDER BY 1"""
        assert await fetch(fresh_url, sql) == [("shirts", "Shirts", "women"), ("women", "Women", None)]

    async def test_brand_in_two_spellings(self, fresh_url: str) -> None:
        await load(
            fresh_url,
            *(
                line(brand, product={"slug": f"p-{number}", "brand": brand})
                for number, brand in enumerate(("H&M", "H M", "h-m"))
            ),
        )
        assert await fetch(fresh_url, "SELECT slug, name FROM brand") == [("h-m", "H&M")]
