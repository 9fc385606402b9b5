"""Stores and sources, listings and what they cost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import ids
from models.listings import Offer
from models.products import ProductVariant
from models.stores import Source
from tests.conventions.wrong import names_of_nothing
from tests.people import World, word
from tests.products.test_products import amount, product_of

MONEY = "{ amount currencyCode }"
BEST = f"bestListing {{ price {MONEY} }}"
RANGE = f"priceRange {{ minimum {MONEY} maximum {MONEY} }}"


async def listed(world: World, *prices: Any) -> ProductVariant:
    """Make a variant with listings of (minor units, currency, availability)."""
    variant = await world.variant()
    for minor, currency, availability in prices:
        await world.listing(variant, price_minor=minor, currency=currency, availability=availability)
    return variant


class TestStore:
    """P2, S4."""

    query = "{ id name slug rating reviewCount followersCount viewerFollows source { name baseUrl } }"

    async def test_by_id_and_by_slug(self, world: World) -> None:
        """On a marketplace, or of its own."""
        source = Source(name=word(), slug=word(), base_url="https://source.example")
        await world.save(source)
        query = (
            f"query ($id: ID!, $slug: String!) {{ store(id: $id) {self.query} storeBySlug(slug: $slug) {self.query} }}"
        )
        for values in ({}, {"source_id": source.id, "rating": 4.5, "review_count": 7, "followers_count": 2}):
            row = await world.store(**values)
            found = await world.nobody(query, id=(key := ids.encode("Store", row.id)), slug=row.slug)
            assert found["store"] == found["storeBySlug"] == {
                "id": key, "name": row.name, "slug": row.slug, "rating": values.get("rating"),
                "reviewCount": values.get("review_count"), "followersCount": row.followers_count, "viewerFollows": False,
                "source": {"name": source.name, "baseUrl": source.base_url} if values else None,
            }  # fmt: skip

    async def test_nothing_of_this_name(self, world: World) -> None:
        row = await world.store()
        for wrong in names_of_nothing("Store"):
            query = "query ($id: ID!, $slug: String!) { store(id: $id) { id } storeBySlug(slug: $slug) { id } }"
            assert await world.nobody(query, id=wrong, slug=row.slug + "x") == {"store": None, "storeBySlug": None}

    async def test_followed_by_the_viewer(self, world: World, statements: list[str]) -> None:
        """S4: told for each store, in one statement for all."""
        me, them, same = await world.person(), await world.person(), word()
        rows = [await world.store(name=f"{same}{n}") for n in range(4)]
        for row in rows[::2]:
            await world.follow_store(me, row)
        await world.follow_store(them, rows[1])
        query = f'{{ stores(search: "{same}") {{ nodes {{ viewerFollows }} }} }}'
        for graph, expected in ((me.graph, [True, False] * 2), (world.nobody, [False] * 4)):
            statements.clear()
            found = (await graph(query))["stores"]["nodes"]
            assert [one["viewerFollows"] for one in found] == expected
            assert len([sql for sql in statements if "store_follow" in sql]) == (graph is me.graph)

    async def test_what_it_sells(self, world: World) -> None:
        """Each product once, however many of its variants, the newest first."""
        store, now = await world.store(), datetime.now(UTC)
        rows = [await world.product(created_at=now - timedelta(days)) for days in (2, 1, 3, 0)]
        for row in rows[:3]:
            for _ in range(2):
                variant = await world.variant(product_id=row.id)
                await world.listing(variant, store_id=store.id)
                await world.listing(variant, store_id=store.id)
        await world.listing(await world.variant(product_id=rows[3].id))
        query = "query ($id: ID!) { store(id: $id) { products { totalCount nodes { slug } } } }"
        found = (await world.nobody(query, id=ids.encode("Store", store.id)))["store"]["products"]
        assert found == {"totalCount": 3, "nodes": [{"slug": rows[place].slug} for place in (1, 0, 2)]}

    async def test_what_each_of_many_sells(self, world: World) -> None:
        """Its own products and no other store's, on a page with others as well as alone."""
        same, sold = word(), {}
        for number in range(5):
            store = await world.store(name=f"{same}{number}")
            variants = [await world.variant() for _ in range(number)]
            for variant in variants:
                await world.listing(variant, store_id=store.id)
            newest = [ids.encode("Product", variant.product_id) for variant in reversed(variants)]
            sold[ids.encode("Store", store.id)] = {"totalCount": number, "nodes": [{"id": key} for key in newest[:2]]}
        sells = "id products(first: 2) { totalCount nodes { id } }"
        for _ in range(2):
            listed = await world.nobody(f'{{ stores(search: "{same}", first: 5) {{ nodes {{ {sells} }} }} }}')
            assert {one["id"]: one["products"] for one in listed["stores"]["nodes"]} == sold
            for key, products in sold.items():
                alone = (await world.nobody(f"query ($id: ID!) {{ store(id: $id) {{ {sells} }} }}", id=key))["store"]
                assert alone["products"] == products


class TestStores:
    """P2."""

    query = "query ($search: String) { stores(search: $search, first: 100) { totalCount nodes { name } } }"

    async def test_every_character_is_literal(self, world: World) -> None:
        same = word()
        names = [f"{same}{odd}x" for odd in ("", "%", "_", "\\", "'", '"', ":*", " & ", "\u0645\u062a\u062c\u0631")]
        for name in names:
            await world.store(name=name)
        for name in names[1:]:
            for search in (name, name[:-1], name.upper(), f" {name}\n"):
                found = (await world.nobody(self.query, search=search))["stores"]
                assert (found["nodes"], found["totalCount"]) == ([{"name": name}], 1), search
        assert (await world.nobody(self.query, search=same))["stores"]["totalCount"] == len(names)
        assert (await world.nobody(self.query, search=f"{same[:5]}%{same[9:]}"))["stores"]["nodes"] == []

    async def test_case_beyond_ascii(self, world: World) -> None:
        name = f"\u00c9COLE {word()}"
        await world.store(name=name)
        found = await world.nobody(self.query, search=name.lower())
        assert found["stores"]["nodes"] == [{"name": name}]

    @pytest.mark.parametrize("blank", ["", "  \n", None])
    async def test_blank_is_all(self, world: World, blank: str | None) -> None:
        await world.store()
        count = await world.value("SELECT count(*) FROM store")
        assert (await world.nobody(self.query, search=blank))["stores"]["totalCount"] == count


class TestMoney:
    """G4."""

    @pytest.mark.parametrize(
        ("minor", "currency", "expected"),
        [
            (5, "AED", "0.05"), (100_000, "AED", "1000.00"), (123_456, "AED", "1234.56"), (1500, "JPY", "1500"),
            (1, "KWD", "0.001"), (12_340, "KWD", "12.340"), (25_000_000, "IQD", "25000.000"), (150, "LBP", "1.50"),
            (10**12, "INR", "10000000000.00"), (2**63 - 1, "KWD", "9223372036854775.807"),
        ],
    )  # fmt: skip
    async def test_all_digits_of_the_currency(self, world: World, minor: int, currency: str, expected: str) -> None:
        """As text, for a number of JSON would lose some."""
        variant = await listed(world, (minor, currency, "IN_STOCK"))
        price = amount(expected, currency)
        fields = f"{BEST} {RANGE} variants {{ {BEST} listings {{ price {MONEY} listPrice {MONEY} }} }}"
        for _ in range(2):
            assert await product_of(world, variant, fields) == {
                "bestListing": {"price": price}, "priceRange": {"minimum": price, "maximum": price},
                "variants": [{"bestListing": {"price": price}, "listings": [{"price": price, "listPrice": None}]}],
            }  # fmt: skip

    @pytest.mark.parametrize(
        ("now", "before", "expected"),
        [(75, 100, 25), (100, 100, 0), (120, 100, 0), (1, 3, 66), (199, 200, 0), (1, 10**12, 99), (None, 9, None),
         (9, None, None), (None, None, None)],
    )  # fmt: skip
    async def test_discount(self, world: World, now: int | None, before: int | None, expected: int | None) -> None:
        """Never more than is true, never less than nothing."""
        variant = await world.variant()
        await world.listing(variant, price_minor=now, list_price_minor=before)
        found = await product_of(world, variant, "variants { listings { discountPercentage } }")
        assert found == {"variants": [{"listings": [{"discountPercentage": expected}]}]}


class TestBest:
    """P5: what can be bought before what cannot, the shop's currency before others, which are never compared."""

    @pytest.mark.parametrize(
        ("prices", "best", "lowest", "highest"),
        [
            ([], None, None, None),
            ([(None, "AED", "IN_STOCK")], None, None, None),
            ([(300, "AED", "IN_STOCK"), (200, "AED", "LOW_STOCK"), (100, "AED", "OUT_OF_STOCK")], 200, 200, 300),
            ([(300, "AED", "PREORDER"), (100, "AED", "UNKNOWN"), (None, "AED", "IN_STOCK")], 300, 300, 300),
            ([(50_000, "AED", "IN_STOCK"), (1, "USD", "IN_STOCK"), (1, "AAA", "IN_STOCK")], 50_000, 50_000, 50_000),
            ([(100, "AED", "OUT_OF_STOCK"), (900, "USD", "IN_STOCK")], (900, "USD"), (900, "USD"), (900, "USD")),
            ([(900, "EUR", "IN_STOCK"), (1, "USD", "IN_STOCK")], (900, "EUR"), (900, "EUR"), (900, "EUR")),
            ([(200, "AED", "OUT_OF_STOCK"), (100, "AED", "UNKNOWN"), (1, "USD", "UNKNOWN")], 100, None, None),
        ],
    )
    async def test_best_and_range(self, world: World, prices: Any, best: Any, lowest: Any, highest: Any) -> None:
        """The same for the one variant and for its product."""
        money = [
            None if one is None else amount(f"{one[0] / 100:.2f}", one[1])
            for one in ((one, "AED") if isinstance(one, int) else one for one in (best, lowest, highest))
        ]
        found = await product_of(world, await listed(world, *prices), f"{BEST} {RANGE} variants {{ {BEST} }}")
        chosen = money[0] and {"price": money[0]}
        assert (found["bestListing"], found["variants"][0]["bestListing"]) == (chosen, chosen)
        assert found["priceRange"] == (money[1] and {"minimum": money[1], "maximum": money[2]})

    async def test_over_all_variants(self, world: World) -> None:
        first = await listed(world, (300, "AED", "IN_STOCK"), (50, "AED", "OUT_OF_STOCK"))
        second = await world.variant(product_id=first.product_id)
        await world.listing(second, price_minor=200, availability="IN_STOCK")
        await world.listing(second, price_minor=1, currency="USD", availability="IN_STOCK")
        found = await product_of(world, first, f"{BEST} {RANGE}")
        assert found["bestListing"] == {"price": amount("2.00")}
        assert found["priceRange"] == {"minimum": amount("2.00"), "maximum": amount("3.00")}


class TestListings:
    """P2."""

    async def test_cheapest_first_within_each_currency(self, world: World) -> None:
        prices = [(200, "USD"), (None, "AED"), (300, "AED"), (100, "AED"), (None, "USD")]
        variant = await listed(world, *[(*price, "IN_STOCK") for price in prices])
        found = await product_of(world, variant, f"variants {{ listings {{ price {MONEY} variant {{ sku }} }} }}")
        listings = found["variants"][0]["listings"]
        assert [one["price"] for one in listings] == [
            amount("1.00"), amount("3.00"), None, amount("2.00", "USD"), None,
        ]  # fmt: skip
        assert {one["variant"]["sku"] for one in listings} == {variant.sku}

    async def test_store_source_and_offers(self, world: World) -> None:
        """A listing may be the source's own; offers come by when they begin."""
        variant, now = await world.variant(), datetime.now(UTC).replace(microsecond=0)
        listing = await world.listing(variant, last_checked_at=now, url="https://source.example/\u062b\u0648\u0628")
        days = (2, 1)
        for day in days:
            begin = now + timedelta(day)
            offer = {"kind": "COUPON", "valid_from": begin, "valid_to": begin + timedelta(1)}
            await world.save(Offer(listing_id=listing.id, description=f"Day {day}", **offer))
        fields = (
            "id url availability lastCheckedAt store { id } source { baseUrl } offers { description kind validFrom }"
        )
        found = (await product_of(world, variant, f"variants {{ listings {{ {fields} }} }}"))["variants"][0]["listings"]
        begins = [datetime.fromisoformat(offer.pop("validFrom")) for offer in found[0]["offers"]]
        assert begins == [now + timedelta(day) for day in sorted(days)]
        assert datetime.fromisoformat(found[0].pop("lastCheckedAt")) == now
        assert found == [{
            "id": ids.encode("Listing", listing.id), "url": listing.url, "availability": "UNKNOWN", "store": None,
            "source": {"baseUrl": "https://source.example"},
            "offers": [{"description": f"Day {day}", "kind": "COUPON"} for day in sorted(days)],
        }]  # fmt: skip
