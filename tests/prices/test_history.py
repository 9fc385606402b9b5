"""The history of a listing's prices, as triggers write it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from database.urls import plain_url
from models.listings import Listing
from tests.people import World

NOW = datetime.now(UTC)


def ago(days: float) -> datetime:
    return NOW - timedelta(days)


async def change(world: World, listing: Listing, **values: Any) -> None:
    """Change columns of a listing."""
    names = ", ".join(f"{name} = ${n}" for n, name in enumerate(values, 2))
    await world.execute(f"UPDATE listing SET {names} WHERE id = $1", listing.id, *values.values())


async def history(world: World, listing: Listing) -> list[Any]:
    """Give the history of a listing, the earliest first."""
    sql = """SELECT changed_at, currency, price_minor, list_price_minor FROM price_change WHERE listing_id = $1
        ORDER BY changed_at"""
    return [tuple(row) for row in await world.database.pool.fetch(sql, listing.id)]


async def test_once_for_each_change(world: World) -> None:
    """P3. It has the time at which the new price was seen."""
    first = {"price_minor": 900, "list_price_minor": 1_000, "last_checked_at": ago(9)}
    listing = await world.listing(await world.variant(), **first)
    for values in (
        {"last_checked_at": ago(8)}, {"price_minor": 900, "availability": "IN_STOCK", "last_checked_at": ago(7)},
        {"price_minor": 800, "last_checked_at": ago(6)}, {"url": "https://source.example/2", "last_checked_at": ago(5)},
        {"list_price_minor": None, "last_checked_at": ago(4)}, {"currency": "USD", "last_checked_at": ago(3)},
    ):  # fmt: skip
        await change(world, listing, **values)
    assert await history(world, listing) == [
        (ago(9), "AED", 900, 1_000), (ago(6), "AED", 800, 1_000), (ago(4), "AED", 800, None), (ago(3), "USD", 800, None),
    ]  # fmt: skip


async def test_a_change_that_was_not_seen_by_a_check_happened_now(world: World) -> None:
    listing = await world.listing(await world.variant(), price_minor=900, last_checked_at=ago(9))
    for checked in ({}, {"last_checked_at": ago(10)}, {"last_checked_at": NOW + timedelta(900)}):
        earlier = await history(world, listing)
        before = await world.value("SELECT clock_timestamp()")
        await change(world, listing, price_minor=earlier[-1][2] + 1, **checked)
        *others, last = await history(world, listing)
        assert others == earlier
        assert before < last[0] < await world.value("SELECT clock_timestamp()")


async def test_never_out_of_order(world: World) -> None:
    """A check that is older than the last change comes right after it."""
    listing = await world.listing(await world.variant(), price_minor=900)
    (first,) = await history(world, listing)
    await change(world, listing, price_minor=800, last_checked_at=ago(5))
    await change(world, listing, price_minor=700, last_checked_at=ago(4))
    assert [(at - first[0], price) for at, _, price, _ in await history(world, listing)] == [
        (timedelta(0), 900), (timedelta(microseconds=1), 800), (timedelta(microseconds=2), 700),
    ]  # fmt: skip


async def test_an_ended_listing_has_no_price(world: World) -> None:
    variant = await world.variant()
    listing = await world.listing(variant, price_minor=900, state="ENDED", last_checked_at=ago(9))
    assert await history(world, listing) == []
    for days, state in ((8, "ACTIVE"), (7, "ENDED"), (6, "ACTIVE")):
        await change(world, listing, state=state, last_checked_at=ago(days))
    await change(world, listing, state="ENDED", price_minor=100, last_checked_at=ago(5))
    await change(world, listing, price_minor=200, last_checked_at=ago(4))
    assert await history(world, listing) == [
        (ago(8), "AED", 900, None), (ago(7), "AED", None, None), (ago(6), "AED", 900, None), (ago(5), "AED", None, None),
    ]  # fmt: skip


async def test_nobody_rewrites_it(world: World) -> None:
    """It goes with its listing, be it with the variant or with the source."""
    listings = [await world.listing(await world.variant(), price_minor=900) for _ in range(3)]
    for sql in (
        "UPDATE price_change SET price_minor = 1 WHERE false",
        "DELETE FROM price_change WHERE listing_id = $1",
    ):
        with pytest.raises(asyncpg.RaiseError, match="rows of price_change are"):
            await world.execute(sql, *([listings[0].id] if "$1" in sql else []))
    assert len(await history(world, listings[0])) == 1
    for table, column, listing in zip(("listing", "product_variant", "source"), ("id", "variant_id", "source_id"), listings, strict=True):  # fmt: skip
        await world.execute(f"DELETE FROM {table} WHERE id = $1", getattr(listing, column))
        assert await history(world, listing) == []


async def test_many_changes_in_one_statement(world: World) -> None:
    variants = [await world.variant() for _ in range(3)]
    listings = [await world.listing(one, price_minor=900) for one in variants for _ in range(2)]
    keys = [listing.id for listing in listings]
    await world.execute("UPDATE listing SET price_minor = 800 WHERE id = ANY($1)", keys)
    await world.execute("UPDATE listing SET price_minor = CASE WHEN id = $2 THEN 700 ELSE 800 END WHERE id = ANY($1)", keys, keys[0])  # fmt: skip
    assert [[row[2] for row in await history(world, one)] for one in listings] == [[900, 800, 700], *[[900, 800]] * 5]
    sql = "SELECT price_minor FROM variant_price WHERE variant_id = $1"
    assert [await world.value(sql, one.id) for one in variants] == [700, 800, 800]


async def test_a_transaction_that_does_not_see_others_is_refused(world: World, database_url: str) -> None:
    """It would compute the best price from listings as they were at its beginning."""
    listing = await world.listing(await world.variant(), price_minor=900)
    connection = await asyncpg.connect(plain_url(database_url))
    try:
        for level in ("repeatable_read", "serializable"):
            with pytest.raises(asyncpg.RaiseError, match="READ COMMITTED"):
                async with connection.transaction(isolation=level):
                    await connection.execute("UPDATE listing SET price_minor = 1 WHERE id = $1", listing.id)
    finally:
        await connection.close()
    assert [row[2] for row in await history(world, listing)] == [900]
