"""Storing a catalogue of the reference."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import asyncpg

from tests.product_pages.reference import VALUES, Catalogue


async def save(catalogue: Catalogue, connection: asyncpg.Connection) -> None:
    """Insert everything; triggers find the prices."""
    for table, rows in _rows(catalogue):
        for row in rows:
            names = ", ".join(row)
            places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
            await connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *row.values())


def _rows(catalogue: Catalogue) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The rows of all tables, each after those that it refers to."""
    named = [
        {"id": key, "name": key.hex, "slug": key.hex}
        for key in (*catalogue.brands, *catalogue.stores, *catalogue.sources)
    ]
    brands, stores = len(catalogue.brands), len(catalogue.brands) + len(catalogue.stores)
    yield "brand", named[:brands]
    yield "store", named[brands:stores]
    yield "source", [row | {"base_url": "https://source.example"} for row in named[stores:]]
    yield (
        "category",
        [
            {"id": key, "parent_id": parent, "name": key.hex, "slug": catalogue.slug(key), "position": 0}
            for key, parent in catalogue.parents.items()
        ],
    )
    attributes = {name: UUID(int=place) for place, name in enumerate(VALUES)}
    yield "attribute", [{"id": k, "name": n, "display_name": n.title()} for n, k in attributes.items()]
    yield "product", [
        {
            "id": one.id, "slug": one.id.hex, "title": one.word, "brand_id": one.brand, "category_id": one.category,
            "tags": one.tags, "created_at": one.created_at, "popularity": one.popularity,
            "average_rating": one.rating, "review_count": one.reviews,
        }
        for one in catalogue.products
    ]  # fmt: skip
    variants = [(one, variant) for one in catalogue.products for variant in one.variants]
    yield "product_variant", [
        {
            "id": one.id, "product_id": of.id, "sku": one.id.hex, "color_primary": one.primary,
            "color_secondary": one.secondary, "size_label": one.size, "position": 0,
        }
        for of, one in variants
    ]  # fmt: skip
    yield (
        "attribute_value",
        [
            {
                "id": UUID(int=catalogue.random.getrandbits(128)),
                "variant_id": one.id,
                "attribute_id": attributes[name],
                "value": value,
            }
            for _, one in variants
            for name, values in one.attributes.items()
            for value in values
        ],
    )
    yield "listing", [
        {
            "id": one.id, "variant_id": variant.id, "source_id": one.source, "store_id": one.store,
            "url": "https://source.example/1", "currency": one.currency, "price_minor": one.price,
            "list_price_minor": one.before, "availability": one.availability, "state": one.state,
        }
        for _, variant in variants
        for one in variant.listings
    ]  # fmt: skip
