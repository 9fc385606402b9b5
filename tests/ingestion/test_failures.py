"""Imports that meet others, or are ended half-way."""

import asyncio
import io
import os
import subprocess
import sys
from contextlib import suppress
from threading import Event
from typing import Any

import asyncpg
import pytest

from ingestion import importing
from ingestion.checking import ADAPTER, parse
from ingestion.deciding import Item
from ingestion.importing import ImportStopped, import_lines
from ingestion.merging import merge
from tests.architecture.project import ROOT
from tests.ingestion.lines import at, counts, fetch, file, line, listing, load, stored
from tests.patience import SECONDS

NO_IDS = (
    "id", "product_id", "variant_id", "brand_id", "category_id", "parent_id", "source_id", "store_id", "listing_id",
    "attribute_id", "best_listing_id", "created_at", "updated_at", "changed_at", "position",
)  # fmt: skip


def many(count: int, minutes: float = 0, price: int = 100) -> list[dict[str, Any]]:
    """Lines for so many variants, four to a product."""
    return [
        line(
            f"SKU-{number}", f"{price}.00", minutes,
            product={"slug": f"product-{number // 4}"}, listings=[listing(f"{price}.00", minutes), listing(store=None)],
        )
        for number in range(count)
    ]  # fmt: skip


async def merge_lines(connection: Any, lines: list[dict[str, Any]]) -> None:
    """Merge lines in the transaction of a connection."""
    items = [Item(number, ADAPTER.validate_json(file(one))) for number, one in enumerate(lines)]
    await merge(connection, items)


class TestAtOnce:
    async def test_imports_in_different_orders(self, fresh_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whatever the order, the latest observation is what remains, and prices are those of the listings."""
        monkeypatch.setattr(importing, "BATCH_LINES", 25)
        lines = [many(200, minutes, 100 + minutes) for minutes in range(4)]
        lines[1].reverse()
        lines[3] = lines[3][100:] + lines[3][:100]
        await asyncio.gather(*(load(fresh_url, *one) for one in lines))
        found = await fetch(fresh_url, "SELECT price_minor FROM listing WHERE store_id IS NOT NULL")
        assert found == [(10300,)] * 200
        assert {row[0] for row in await fetch(fresh_url, "SELECT minimum_minor FROM variant_price")} == {10300}
        assert await fetch(fresh_url, "SELECT count(*) FROM product") == [(50,)]

    async def test_beside_changes_of_prices(self, fresh_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(importing, "BATCH_LINES", 20)
        await load(fresh_url, *many(100))
        stop = asyncio.Event()

        async def change() -> None:
            """Change single listings, whose products are locked only then: the two may wait for each other."""
            connection = await asyncpg.connect(fresh_url)
            one = "(SELECT id FROM listing ORDER BY random() LIMIT 1)"
            while not stop.is_set():
                with suppress(asyncpg.DeadlockDetectedError):
                    await connection.execute(f"UPDATE listing SET availability = 'LOW_STOCK' WHERE id = {one}")
            await connection.close()

        changing = asyncio.create_task(change())
        try:
            report, _ = await load(fresh_url, *many(100, 1, 90))
        finally:
            stop.set()
            await changing
        assert counts(report) == {"changed": 100}
        found = "SELECT price_minor FROM listing WHERE store_id IS NOT NULL"
        assert await fetch(fresh_url, found) == [(9000,)] * 100

    async def test_batches_of_different_products(self, fresh_url: str) -> None:
        """Neither waits for the other, unless a variant moves to another product."""
        first, second = many(4), [one | {"sku": f"B-{one['sku']}"} for one in many(4)]
        for one in second:
            one["product"] = one["product"] | {"slug": "other"}
        await load(fresh_url, *first, *second)
        other = await asyncpg.connect(fresh_url)
        waiting = await asyncpg.connect(fresh_url, server_settings={"lock_timeout": "1000"})
        async with other.transaction():
            await merge_lines(other, [one | {"inventory": 7, "listings": [listing("90.00", 1)]} for one in first])
            async with waiting.transaction():
                await merge_lines(
                    waiting, [one | {"inventory": 8, "listings": [listing("80.00", 1)]} for one in second]
                )
        await other.close()
        await waiting.close()
        found = "SELECT inventory, count(*) FROM product_variant GROUP BY 1 ORDER BY 1"
        assert await fetch(fresh_url, found) == [(7, 4), (8, 4)]

    async def test_product_that_another_transaction_has_just_created(self, fresh_url: str) -> None:
        """It is not visible yet when the batch looks for it."""
        other = await asyncpg.connect(fresh_url)
        transaction = other.transaction()
        await transaction.start()
        await other.execute(
            "INSERT INTO product (id, slug, title, tags) VALUES (gen_random_uuid(), 'linen-shirt', 'Theirs', '{}')"
        )
        loading = asyncio.create_task(load(fresh_url, line()))
        watching = await asyncpg.connect(fresh_url)
        waits = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'transactionid' AND datname = current_database()"
        )
        while not await watching.fetchval(waits):  # noqa: ASYNC110 - nothing says so but PostgreSQL
            await asyncio.sleep(0.01)
        await transaction.commit()
        report, _ = await loading
        await other.close()
        await watching.close()
        assert counts(report) == {"new": 1}
        assert await fetch(fresh_url, "SELECT title FROM product") == [("Linen shirt",)]


class TestLostConnection:
    async def test_batch_is_merged_again(self, fresh_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(importing, "BATCH_LINES", 10)
        monkeypatch.setattr(importing, "PAUSE", 0.01)
        merge, calls = importing.merge, 0

        async def interrupted(connection: Any, items: Any, when_staged: Any) -> Any:
            nonlocal calls
            calls += 1
            merged = await merge(connection, items, when_staged)
            if calls == 2:
                connection.terminate()
            return merged

        monkeypatch.setattr(importing, "merge", interrupted)
        report, _ = await load(fresh_url, *many(30))
        assert (counts(report), calls) == ({"new": 30}, 4)

    async def test_ends_in_the_end(self, fresh_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(importing, "PAUSE", 0.001)
        calls = 0

        async def lost(connection: Any, items: Any, _: Any) -> Any:
            nonlocal calls
            calls += 1
            raise asyncpg.DeadlockDetectedError("x")

        monkeypatch.setattr(importing, "merge", lost)
        with pytest.raises(ImportStopped, match=r"stopped after 0 lines\. Others were changing the same"):
            await load(fresh_url, line())
        assert calls == importing.TRIES


async def test_the_next_batch_is_read_while_the_database_writes(
    fresh_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH_LINES", 1)
    merge, was_read = importing.merge, []

    async def watched(connection: Any, items: Any, when_staged: Any) -> Any:
        parsed = Event()
        monkeypatch.setattr(importing, "parse", lambda text: (parsed.set(), parse(text))[1])

        def staged() -> None:
            assert not parsed.is_set()  # two threads share one interpreter: before, this one needs it
            when_staged()
            was_read.append(parsed.wait(0 if was_read else SECONDS))

        return await merge(connection, items, staged)

    monkeypatch.setattr(importing, "merge", watched)
    report, _ = await load(fresh_url, *many(2))
    assert counts(report) == {"new": 2}
    assert was_read[0]


async def test_stops_although_the_stream_gives_nothing(fresh_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crawler may wait for hours between two lines; an import that has failed does not wait for it."""

    async def fail(connection: Any, items: Any, when_staged: Any) -> Any:
        when_staged()
        raise asyncpg.DeadlockDetectedError("x")

    monkeypatch.setattr(importing, "merge", fail)
    monkeypatch.setattr(importing, "BATCH_LINES", 1)
    monkeypatch.setattr(importing, "PAUSE", 0.001)
    receiver, sender = os.pipe()
    os.write(sender, file(line()) + b"\n")

    def run() -> None:
        with open(receiver, "rb", buffering=0, closefd=False) as source:
            asyncio.run(import_lines(fresh_url, source, progress=lambda *_: None, rejected=lambda _: None))

    try:
        with pytest.raises(ImportStopped):
            await asyncio.wait_for(asyncio.to_thread(run), SECONDS)
    finally:
        os.close(sender)


class TestKilled:
    async def test_started_again(self, fresh_url: str, empty_database_url: str) -> None:
        """A process that is killed between and within batches leaves whole batches; the second run does the rest."""
        lines = many(400)
        code = (
            "import asyncio, sys; from ingestion import importing; importing.BATCH_LINES = 50; "
            "asyncio.run(importing.import_lines(sys.argv[1], sys.stdin.buffer, "
            "progress=lambda report, end: print(report.lines, flush=True), rejected=print))"
        )
        for batches in (1, 3):
            child = subprocess.Popen(  # noqa: ASYNC220 - it is read line by line
                [sys.executable, "-c", code, fresh_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
            )
            assert child.stdin
            assert child.stdout
            child.stdin.write(file(*lines))
            child.stdin.close()
            for _ in range(batches):
                child.stdout.readline()
            child.kill()
            child.wait()
            child.stdout.close()
            (variants,) = (await fetch(fresh_url, "SELECT count(*) FROM product_variant"))[0]
            (listings,) = (await fetch(fresh_url, "SELECT count(*) FROM listing"))[0]
            assert variants >= 50 * batches
            assert variants % 50 == 0
            assert listings == 2 * variants
        await load(fresh_url, *lines)
        await load(empty_database_url, *lines)
        for name, rows in (await stored(fresh_url, without=NO_IDS)).items():
            expected = (await stored(empty_database_url, without=NO_IDS))[name]
            assert sorted(map(str, rows)) == sorted(map(str, expected)), name


async def test_later_file_while_reading(fresh_url: str) -> None:
    """A stream may be slower than the database, and end at any time."""
    parts = iter([file(line("A"))[:50], file(line("A"))[50:], b"\n", file(line("B", minutes=1)), b""])

    class Slow(io.RawIOBase):
        def read(self, size: int = -1, /) -> bytes:
            return next(parts)

    report = await import_lines(fresh_url, Slow(), progress=lambda *_: None, rejected=lambda _: None)
    assert counts(report) == {"new": 2}
    assert await fetch(fresh_url, "SELECT last_checked_at::text FROM listing ORDER BY 1") != [(at(0),)]
