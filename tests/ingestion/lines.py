"""Lines for the tests of ingestion, and what is stored of them."""

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from ingestion.checking import Rejection
from ingestion.importing import import_lines
from ingestion.report import Report

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
TABLES = (
    "brand", "category", "attribute", "source", "store", "product", "product_variant", "attribute_value", "image",
    "listing", "price_change", "variant_price", "product_price",
)  # fmt: skip


def at(minutes: float) -> str:
    """A time, in minutes from one that all tests share."""
    return (AT + timedelta(minutes=minutes)).isoformat()


def listing(price: str | None = "129.00", minutes: float = 0, **values: Any) -> dict[str, Any]:
    """A listing at one source and store."""
    store = {"slug": "dune-and-sea", "name": "Dune & Sea"}
    given = {"source": {"slug": "souk", "name": "Souk"}, "store": store, "url": "https://souk.example/p/1"}
    return given | {"price": price, "currency": "AED", "availability": "IN_STOCK", "observedAt": at(minutes)} | values


def line(sku: str = "SHIRT-38", price: str | None = "129.00", minutes: float = 0, **values: Any) -> dict[str, Any]:
    """A line with one listing."""
    product = {
        "slug": "linen-shirt", "title": "Linen shirt", "description": "Cool.", "brand": "Marina Linen",
        "translations": {"ar": {"title": "قميص كتان"}}, "tags": ["summer"],
        "category": [{"slug": "women", "name": "Women"}, {"slug": "women-shirts", "name": "Shirts"}],
    }  # fmt: skip
    given = {"sku": sku, "product": product | values.pop("product", {}), "colorPrimary": "white", "inventory": 12}
    given |= {"attributes": {"material": "linen"}, "images": [{"url": "https://images.example/1.webp"}]}
    return given | {"listings": [listing(price, minutes)]} | values


def file(*lines: dict[str, Any] | bytes) -> bytes:
    """A file of lines."""
    return b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in lines)


async def load(url: str, *lines: dict[str, Any] | bytes) -> tuple[Report, list[Rejection]]:
    """Import lines; gives the report, and all rejections."""
    rejections: list[Rejection] = []
    report = await import_lines(url, io.BytesIO(file(*lines)), progress=lambda *_: None, rejected=rejections.append)
    return report, rejections


def counts(report: Report) -> dict[str, int]:
    """The counts of a report that are not zero."""
    names = ("new", "changed", "unchanged", "outdated", "rejected", "repeated")
    return {name: getattr(report, name) for name in names if getattr(report, name)}


async def stored(url: str, *, without: tuple[str, ...] = ()) -> dict[str, list[dict[str, Any]]]:
    """Every row of the catalogue, as JSON."""
    connection = await asyncpg.connect(url)
    try:
        rows = {
            table: [
                json.loads(row[0])
                for row in await connection.fetch(f"SELECT to_jsonb(one) FROM {table} one ORDER BY 1")
            ]
            for table in TABLES
        }
    finally:
        await connection.close()
    for table in rows.values():
        for row in table:
            for name in without:
                row.pop(name, None)
    return rows


async def fetch(url: str, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows of a query."""
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(sql, *values)]
    finally:
        await connection.close()
