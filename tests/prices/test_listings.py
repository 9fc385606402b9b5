"""Listings that have ended, where they lead to, and what they cost at a moment."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import ids
from models.products import ProductVariant
from tests.people import World
from tests.products.test_products import amount

MONEY = "{ amount currencyCode }"
NOW = datetime.now(UTC)


def ago(days: float) -> datetime:
    return NOW - timedelta(days)


async def of_variant(world: World, variant: ProductVariant, fields: str, **values: Any) -> Any:
    """Ask for a variant."""
    types = "".join(f", ${name}: {kind}" for name, (kind, _) in values.items())
    query = f"query ($id: ID!{types}) {{ node(id: $id) {{ ... on ProductVariant {{ {fields} }} }} }}"
    key = ids.encode("ProductVariant", variant.id)
    return (await world.nobody(query, id=key, **{name: value for name, (_, value) in values.items()}))["node"]


class TestEnded:
    """P10: a listing that is no longer there."""

    fields = f"listings {{ id }} bestListing {{ id }} availability product {{ bestListing {{ id }} priceRange {{ minimum {MONEY} }} }}"

    async def test_in_no_list_but_found_by_its_id(self, world: World) -> None:
        variant = await world.variant()
        given = {"availability": "IN_STOCK", "url": "https://source.example/a"}
        ended = await world.listing(variant, price_minor=100, state="ENDED", **given)
        active = await world.listing(variant, price_minor=200, **given)
        key = ids.encode("Listing", active.id)
        for _ in range(2):
            assert await of_variant(world, variant, self.fields) == {
                "listings": [{"id": key}], "bestListing": {"id": key}, "availability": "IN_STOCK",
                "product": {"bestListing": {"id": key}, "priceRange": {"minimum": amount("2.00")}},
            }  # fmt: skip
        query = f"query ($id: ID!) {{ node(id: $id) {{ ... on Listing {{ state price {MONEY} variant {{ sku }} }} }} }}"
        found = (await world.nobody(query, id=ids.encode("Listing", ended.id)))["node"]
        assert found == {"state": "ENDED", "price": amount("1.00"), "variant": {"sku": variant.sku}}

    async def test_all_ended(self, world: World) -> None:
        variant = await world.variant()
        listing = await world.listing(variant, price_minor=100, availability="IN_STOCK")
        await world.execute("UPDATE listing SET state = 'ENDED' WHERE id = $1", listing.id)
        assert await of_variant(world, variant, self.fields) == {
            "listings": [], "bestListing": None, "availability": "UNKNOWN", "product": {"bestListing": None, "priceRange": None},
        }  # fmt: skip


class TestWhereItLeads:
    """P10, P5."""

    fields = "listings { url clickUrl state sourceProductId affiliateNetwork }"

    async def test_to_the_affiliate_network_if_there_is_one(self, world: World) -> None:
        variant = await world.variant()
        network = {"affiliate_network": "awin", "affiliate_url": "https://awin.example/1", "affiliate_sku": "A1"}
        await world.listing(variant, price_minor=1, source_product_id="B01", **network)
        await world.listing(variant, price_minor=2)
        url, none = "https://source.example/1", {"sourceProductId": None, "affiliateNetwork": None}
        assert (await of_variant(world, variant, self.fields))["listings"] == [
            {"url": url, "clickUrl": "https://awin.example/1", "state": "ACTIVE", "sourceProductId": "B01", "affiliateNetwork": "awin"},
            {"url": url, "clickUrl": url, "state": "ACTIVE", **none},
        ]  # fmt: skip


class TestPriceAt:
    """P3: as of a date."""

    query = f"query ($id: ID!, $at: DateTime!) {{ node(id: $id) {{ ... on Listing {{ priceAt(at: $at) {MONEY} }} }} }}"

    async def test_the_last_price_before_it(self, world: World) -> None:
        listing = await world.listing(await world.variant(), price_minor=900, last_checked_at=ago(9))
        for days, change in ((7, "price_minor = 700, currency = 'USD'"), (5, "price_minor = NULL"), (3, "price_minor = 300"),
                             (1, "state = 'ENDED'")):  # fmt: skip
            await world.execute(
                f"UPDATE listing SET {change}, last_checked_at = $2 WHERE id = $1", listing.id, ago(days)
            )
        key = ids.encode("Listing", listing.id)
        moments = {
            10: None, 9: amount("9.00"), 8: amount("9.00"), 7: amount("7.00", "USD"), 5: None, 4: None, 2: amount("3.00", "USD"),
            1: None, 0: None, -400: None,
        }  # fmt: skip
        for days, price in moments.items():
            found = await world.nobody(self.query, id=key, at=ago(days).isoformat())
            assert found["node"]["priceAt"] == price, days

    async def test_of_many_at_several_moments(self, world: World, statements: list[str]) -> None:
        """One statement for each moment, whatever the number of listings."""
        variant = await world.variant()
        for minor in (100, 200, 300):
            await world.listing(variant, price_minor=minor, last_checked_at=ago(minor / 100))
        fields = "listings { now: priceAt(at: $now) { amount } then: priceAt(at: $then) { amount } }"
        moments = {"now": ("DateTime!", NOW.isoformat()), "then": ("DateTime!", ago(1.5).isoformat())}
        for _ in range(2):
            statements.clear()
            found = (await of_variant(world, variant, fields, **moments))["listings"]
            assert [one["now"]["amount"] for one in found] == ["1.00", "2.00", "3.00"]
            assert [one["then"] and one["then"]["amount"] for one in found] == [None, "2.00", "3.00"]
            assert len([sql for sql in statements if "price_change" in sql]) == 2

    @pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
    async def test_no_such_moment(self, world: World, at: str) -> None:
        listing = await world.listing(await world.variant(), price_minor=900)
        (error,) = await world.nobody.errors(self.query, id=ids.encode("Listing", listing.id), at=at)
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert error["message"] == "`at` is not a moment between the years 1 and 9999."

    @pytest.mark.parametrize("at", ["NaN", "", "today", "2026-13-01T00:00:00Z", "9" * 400, 1])
    async def test_no_moment_at_all(self, world: World, at: Any) -> None:
        listing = await world.listing(await world.variant(), price_minor=900)
        (error,) = await world.nobody.errors(self.query, id=ids.encode("Listing", listing.id), at=at)
        assert error["extensions"]["code"] == "BAD_USER_INPUT"

    async def test_without_a_time_zone_it_is_utc(self, world: World) -> None:
        at = datetime(2026, 1, 5, 12, tzinfo=UTC)
        listing = await world.listing(await world.variant(), price_minor=900, last_checked_at=at)
        for text, known in (("2026-01-05T11:59:59", False), ("2026-01-05T12:00:00", True), ("2026-01-05T16:00:00+04:00", True)):  # fmt: skip
            found = await world.nobody(self.query, id=ids.encode("Listing", listing.id), at=text)
            assert bool(found["node"]["priceAt"]) is known
