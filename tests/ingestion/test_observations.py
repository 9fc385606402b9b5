"""What listings were observed with, in which order, and what others write meanwhile."""

from typing import Any

import asyncpg
import pytest

from ingestion import merging
from tests.ingestion.lines import at, counts, fetch, line, listing, load

HISTORY = """
    SELECT sku, to_char(changed_at AT TIME ZONE 'UTC', 'HH24:MI'), price_change.price_minor FROM price_change
    JOIN listing ON listing.id = listing_id JOIN product_variant variant ON variant.id = variant_id ORDER BY sku, changed_at
"""


class TestSeveralInOneBatch:
    """The price history has each of them that changes the price, as it has of several batches."""

    @pytest.mark.parametrize("known", [True, False])
    @pytest.mark.parametrize("batch", [1, 100])
    async def test_history(self, fresh_url: str, monkeypatch: pytest.MonkeyPatch, batch: int, known: bool) -> None:
        if known:
            await load(fresh_url, line("A", "7.00", -5), line("C", "7.00", -5))
        prices = ("3.00", "3.00", "5.00", "5.00", "5.00", "3.00", "3.00")
        lines = [line("A", price, minutes) for minutes, price in enumerate(prices)]
        ended = [line("C", minutes=0), line("C", listings=[listing(minutes=1, state="ENDED")]), line("C", minutes=3)]
        monkeypatch.setattr("ingestion.importing.BATCH_LINES", batch)
        await load(fresh_url, *lines, line("B"), *ended)
        expected = [("A", "10:00", 300), ("A", "10:02", 500), ("A", "10:05", 300), ("B", "10:00", 12900)]
        expected += [("C", "10:00", 12900), ("C", "10:01", None), ("C", "10:03", 12900)]
        if known:
            expected = [("A", "09:55", 700), *expected[:4], ("C", "09:55", 700), *expected[4:]]
        assert await fetch(fresh_url, HISTORY) == expected
        last = (
            "SELECT DISTINCT last_checked_at FROM listing JOIN product_variant v ON v.id = variant_id WHERE sku = 'A'"
        )
        assert [row[0].isoformat() for row in await fetch(fresh_url, last)] == [at(6)]

    async def test_lines_that_change_something_are_counted(self, fresh_url: str) -> None:
        report, _ = await load(
            fresh_url, line(price="1.00"), line(price="2.00", minutes=1), line(price="1.00", minutes=2)
        )
        assert counts(report) == {"new": 1, "changed": 2, "repeated": 2}


class TestOthers:
    async def test_later_observation_that_another_transaction_has_just_stored(
        self, fresh_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nothing is rolled back, although it was decided before. Writers of `listing` alone do not lock the product."""
        await load(fresh_url, line())
        stage = merging.staging.stage

        async def overtaken(*arguments: Any) -> None:
            await stage(*arguments)
            other = await asyncpg.connect(fresh_url)
            await other.execute(f"UPDATE listing SET last_checked_at = '{at(9)}', url = 'https://souk.example/later'")
            await other.close()

        monkeypatch.setattr(merging.staging, "stage", overtaken)
        report, _ = await load(fresh_url, line(price="1.00", minutes=5))
        assert counts(report) == {"unchanged": 1}
        found = "SELECT url, price_minor, last_checked_at FROM listing"
        ((url, price, checked_at),) = await fetch(fresh_url, found)
        assert (url, price, checked_at.isoformat()) == ("https://souk.example/later", 12900, at(9))

    async def test_listing_that_has_never_been_checked(self, fresh_url: str) -> None:
        """Others than imports may leave the time out."""
        await load(fresh_url, line())
        await fetch(fresh_url, "UPDATE listing SET last_checked_at = NULL")
        report, _ = await load(fresh_url, line(price="1.00", minutes=5))
        assert counts(report) == {"changed": 1}
        ((price, checked_at),) = await fetch(fresh_url, "SELECT price_minor, last_checked_at FROM listing")
        assert (price, checked_at.isoformat()) == (100, at(5))


class TestMoved:
    """A listing whose source id is seen at another product has ended when that was observed, not when it was imported."""

    ONE = line("A", listings=[listing("1.00", 1, sourceProductId="B1")])
    OTHERS = tuple(
        line(f"B{minutes}", product={"slug": "other"}, listings=[listing("2.00", minutes, sourceProductId="B1")])
        for minutes in (4, 2, 3)
    )

    @pytest.mark.parametrize("reverse", [False, True])
    async def test_end(self, fresh_url: str, reverse: bool) -> None:
        await load(fresh_url, *((*self.OTHERS, self.ONE) if reverse else (self.ONE, *self.OTHERS)))
        assert await fetch(fresh_url, HISTORY + " LIMIT 2") == [("A", "10:01", 100), ("A", "10:02", None)]
        states = "SELECT sku, state FROM listing JOIN product_variant v ON v.id = variant_id ORDER BY sku"
        assert await fetch(fresh_url, states) == [("A", "ENDED"), ("B2", "ACTIVE"), ("B3", "ACTIVE"), ("B4", "ACTIVE")]

    async def test_of_which_the_time_is_not_known(self, fresh_url: str) -> None:
        await load(fresh_url, self.ONE)
        await fetch(fresh_url, "UPDATE listing SET last_checked_at = NULL RETURNING id")
        await load(fresh_url, self.OTHERS[1])
        states = "SELECT sku, state FROM listing JOIN product_variant v ON v.id = variant_id ORDER BY sku"
        assert await fetch(fresh_url, states) == [("A", "ENDED"), ("B2", "ACTIVE")]

    async def test_observation_from_between(self, fresh_url: str) -> None:
        """It is older than the end, so it does not bring the listing back."""
        await load(fresh_url, self.ONE, *self.OTHERS[:1])
        report, _ = await load(fresh_url, line("A", listings=[listing("3.00", 3, sourceProductId="B1")]))
        assert counts(report) == {"outdated": 1}
        await load(fresh_url, line("A", listings=[listing("5.00", 5, sourceProductId="B1")]))
        expected = [("A", "10:01", 100), ("A", "10:04", None), ("A", "10:05", 500)]
        assert await fetch(fresh_url, HISTORY + " LIMIT 3") == expected
