"""The price history of variants, by day and by week."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import ids
from models.listings import Listing
from models.products import ProductVariant
from tests.people import World
from tests.prices.test_listings import MONEY, of_variant
from tests.products.test_products import amount

POINT = "at minimum { amount } maximum { amount } last { amount currencyCode } listPrice { amount }"
HISTORY = f"priceHistory(from: $from, to: $to, bucket: $bucket) {{ {POINT} }}"


def on(day: int, hour: int = 0) -> datetime:
    """Give a moment of January 2026, whose fifth is a Monday."""
    return datetime(2026, 1, day, hour, tzinfo=UTC)


async def change(world: World, listing: Listing, at: datetime, **values: Any) -> None:
    """Change columns of a listing at a moment."""
    values |= {"last_checked_at": at}
    names = ", ".join(f"{name} = ${n}" for n, name in enumerate(values, 2))
    await world.execute(f"UPDATE listing SET {names} WHERE id = $1", listing.id, *values.values())


def arguments(start: Any, end: Any, bucket: str | None) -> dict[str, Any]:
    """Give the arguments as variables with their types."""
    moments = {
        name: one.isoformat() if isinstance(one, datetime) else one for name, one in (("from", start), ("to", end))
    }
    return {name: ("DateTime", moment) for name, moment in moments.items()} | {"bucket": ("PriceBucket", bucket)}


async def history(world: World, variant: ProductVariant, start: Any, end: Any, bucket: str | None = "DAY") -> list[Any]:
    """Give (day, minimum, maximum, last, currency, list price) of each bucket in January."""
    found = (await of_variant(world, variant, HISTORY, **arguments(start, end, bucket)))["priceHistory"]
    return [
        (
            (datetime.fromisoformat(one["at"]) - on(1)).days + 1,
            *(one[name]["amount"] for name in ("minimum", "maximum", "last")),
            one["last"]["currencyCode"],
            one["listPrice"] and one["listPrice"]["amount"],
        )
        for one in found
    ]  # fmt: skip


async def test_carried_forward_until_it_changes_or_ends(world: World) -> None:
    """P3: of two listings."""
    variant = await world.variant()
    one = await world.listing(variant, price_minor=900, list_price_minor=1_000, last_checked_at=on(3, 10))
    other = await world.listing(variant, price_minor=700, last_checked_at=on(5, 12))
    await change(world, one, on(6, 9), price_minor=600, list_price_minor=900)
    await change(world, one, on(6, 20), price_minor=800, list_price_minor=900)
    await change(world, other, on(8, 6), price_minor=None)
    await change(world, one, on(9, 0), state="ENDED")
    await change(world, other, on(11, 1), price_minor=500)
    await change(world, other, on(11, 2), state="ENDED")
    assert await history(world, variant, on(1), on(15)) == [
        (3, "9.00", "9.00", "9.00", "AED", "10.00"), (4, "9.00", "9.00", "9.00", "AED", "10.00"),
        (5, "7.00", "9.00", "7.00", "AED", None), (6, "6.00", "9.00", "7.00", "AED", None),
        (7, "7.00", "8.00", "7.00", "AED", None), (8, "7.00", "8.00", "8.00", "AED", "9.00"),
        (11, "5.00", "5.00", "5.00", "AED", None),
    ]  # fmt: skip
    assert await history(world, variant, on(1), on(15), "WEEK") == [
        (-2, "9.00", "9.00", "9.00", "AED", "10.00"), (5, "5.00", "9.00", "5.00", "AED", None),
    ]  # fmt: skip


async def test_first_and_last_bucket(world: World) -> None:
    """The one with `from` is the first, the one that ends at or after `to` the last, whole as they are."""
    variant = await world.variant()
    await world.listing(variant, price_minor=900, last_checked_at=on(1))
    for start, end, days in (
        (on(3), on(5), [3, 4]), (on(3, 23), on(5), [3, 4]), (on(3), on(5, 1), [3, 4, 5]), (on(3, 1), on(3, 2), [3]),
        ("2026-01-03T02:00:00+04:00", "2026-01-03T04:00:00+04:00", [2]),
    ):  # fmt: skip
        assert [row[0] for row in await history(world, variant, start, end)] == days
    weeks = await history(world, variant, on(11), on(13), "WEEK")
    assert [row[0] for row in weeks] == [5, 12]


async def test_the_last_90_days_by_default(world: World) -> None:
    variant = await world.variant()
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    await world.listing(variant, price_minor=900, last_checked_at=today - timedelta(200))
    for fields in ("priceHistory { at }", "priceHistory(bucket: null, from: null, to: null) { at }"):
        found = (await of_variant(world, variant, fields))["priceHistory"]
        assert [datetime.fromisoformat(one["at"]) for one in found] == [today - timedelta(n) for n in range(89, -1, -1)]
    weeks = (await of_variant(world, variant, "priceHistory(bucket: WEEK) { at }"))["priceHistory"]
    assert len(weeks) in (13, 14)
    assert {datetime.fromisoformat(one["at"]).weekday() for one in weeks} == {0}


async def test_nothing_that_has_not_begun(world: World) -> None:
    variant = await world.variant()
    await world.listing(variant, price_minor=900)
    now = datetime.now(UTC)
    assert len(await history(world, variant, now - timedelta(10), now + timedelta(10))) == 1
    assert await history(world, variant, now + timedelta(5), now + timedelta(10)) == []


async def test_in_the_shops_own_currency_if_there_ever_was_a_price_in_it(world: World) -> None:
    both, foreign, never = [await world.variant() for _ in range(3)]
    await world.listing(both, price_minor=100, currency="AAA", last_checked_at=on(1))
    changed = await world.listing(both, price_minor=900, last_checked_at=on(2))
    await change(world, changed, on(4), currency="USD")
    for currency in ("USD", "EUR"):
        await world.listing(foreign, price_minor=100, currency=currency, last_checked_at=on(2))
    await world.listing(foreign, list_price_minor=100, currency="AED", last_checked_at=on(2))
    await world.listing(never, list_price_minor=100)
    assert [(row[0], row[4]) for row in await history(world, both, on(1), on(6))] == [(2, "AED"), (3, "AED")]
    assert [(row[0], row[4]) for row in await history(world, foreign, on(1), on(4))] == [(2, "EUR"), (3, "EUR")]
    assert await history(world, never, on(1), on(6)) == []


async def test_lowest_ever(world: World) -> None:
    """Also of a listing that has ended; a price in another currency is not compared."""
    variant, foreign, never = [await world.variant() for _ in range(3)]
    listing = await world.listing(variant, price_minor=900, last_checked_at=on(2))
    await change(world, listing, on(3), price_minor=300)
    await change(world, listing, on(4), price_minor=800, state="ENDED")
    await world.listing(variant, price_minor=500)
    await world.listing(variant, price_minor=1, currency="USD")
    await world.listing(foreign, price_minor=70, currency="USD")
    await world.listing(never)
    fields = f"lowestPriceEver {MONEY}"
    found = [(await of_variant(world, one, fields))["lowestPriceEver"] for one in (variant, foreign, never)]
    assert found == [amount("3.00"), amount("0.70", "USD"), None]


async def test_as_many_statements_for_one_as_for_many(world: World, statements: list[str]) -> None:
    product = await world.product()
    variants = [await world.variant(product_id=product.id, position=n) for n in range(12)]
    for number, variant in enumerate(variants, 1):
        await world.listing(variant, price_minor=number, last_checked_at=on(number))
    query = f"""query ($id: ID!, $first: Int, $from: DateTime, $to: DateTime, $bucket: PriceBucket) {{
        product(id: $id) {{ variants(first: $first) {{ lowestPriceEver {MONEY} {HISTORY} }} }} }}"""
    values = {name: value for name, (_, value) in arguments(on(1), on(20), "DAY").items()}
    for first in (1, 12, 12):
        statements.clear()
        found = await world.nobody(query, id=ids.encode("Product", product.id), first=first, **values)
        assert [len(one["priceHistory"]) for one in found["product"]["variants"]] == list(range(19, 19 - first, -1))
        assert len(statements) == 4


@pytest.mark.parametrize(
    ("start", "end", "bucket", "message"),
    [
        (on(5), on(5), "DAY", "`from` must be before `to`"),
        (on(5), on(4), "WEEK", "`from` must be before `to`"),
        ("2999-01-01T00:00:00Z", None, "DAY", "`from` must be before `to`, which is now by default."),
        ("2024-11-27T00:00:00Z", "2026-01-02T00:00:00Z", "DAY", "at most 400 buckets, but this period has 401."),
        ("0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z", "DAY", "this period has 3,652,058."),
        ("0001-01-03T00:00:00Z", "9999-12-31T00:00:00Z", "WEEK", "at most 400 buckets"),
        (None, "0001-01-01T00:00:00Z", "DAY", "The period begins before the year 1."),
        (None, "0001-02-01T00:00:00Z", "WEEK", "The period begins before the year 1."),
        ("0001-01-01T00:00:00+14:00", None, "DAY", "`from` is not a moment between the years 1 and 9999."),
        ("NaN", None, "DAY", ""), (None, "-Infinity", "DAY", ""), (None, None, "MONTH", ""),
    ],
)  # fmt: skip
async def test_no_such_period(world: World, start: Any, end: Any, bucket: str, message: str) -> None:
    variant = ids.encode("ProductVariant", (await world.variant()).id)
    query = f"""query ($id: ID!, $from: DateTime, $to: DateTime, $bucket: PriceBucket) {{
        node(id: $id) {{ ... on ProductVariant {{ {HISTORY} }} }} }}"""
    values = {name: value for name, (_, value) in arguments(start, end, bucket).items()}
    for _ in range(2):
        (error,) = await world.nobody.errors(query, id=variant, **values)
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert message in error["message"]


async def test_the_longest_period(world: World) -> None:
    variant = await world.variant()
    await world.listing(variant, price_minor=900, last_checked_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert len(await history(world, variant, "2024-11-28T00:00:00Z", "2026-01-02T00:00:00Z")) == 400
