"""The sample of 200 products, written into the tables as an import would leave it."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

SAMPLE = Path(__file__).parents[2] / "demo" / "sample.jsonl"
CATEGORY = """INSERT INTO category (id, slug, name, translations, parent_id, position) VALUES ($1, $2, $3, $4, $5, 0)"""
PRODUCT = """
    INSERT INTO product (id, slug, title, description, translations, brand_id, category_id, tags, base_code)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
VARIANT = """
    INSERT INTO product_variant (id, product_id, sku, color_primary, color_secondary, position) VALUES ($1, $2, $3, $4, $5, 0)
"""


def new_id() -> UUID:
    return UUID(str(uuid7()))


async def load(connection: asyncpg.Connection) -> int:
    """Fill empty tables; give the number of products."""
    brands: dict[str, UUID] = {}
    categories: dict[str, UUID] = {}
    products: dict[str, UUID] = {}
    for line in SAMPLE.read_text("utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        product = row["product"]
        if product["brand"] not in brands:
            brands[product["brand"]] = new_id()
            name = product["brand"]
            await connection.execute(
                "INSERT INTO brand (id, name, slug) VALUES ($1, $2, $3)", brands[name], name, f"brand-{len(brands)}"
            )
        above = None
        for one in product["category"]:
            if one["slug"] not in categories:
                categories[one["slug"]] = new_id()
                names = json.dumps(one.get("translations"))
                await connection.execute(CATEGORY, categories[one["slug"]], one["slug"], one["name"], names, above)
            above = categories[one["slug"]]
        if product["slug"] not in products:
            products[product["slug"]] = new_id()
            translations = json.dumps(product["translations"]) if "translations" in product else None
            await connection.execute(
                PRODUCT, products[product["slug"]], product["slug"], product["title"], product["description"],
                translations, brands[product["brand"]], above, product["tags"], product["baseCode"],
            )  # fmt: skip
        colors = row.get("colorPrimary"), row.get("colorSecondary")
        await connection.execute(VARIANT, new_id(), products[product["slug"]], row["sku"], *colors)
    return len(products)
