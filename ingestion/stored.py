"""What is stored of the variants and products that a batch names."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from ingestion.lines import NEVER

Key = tuple[str, UUID, UUID | None]
"""What identifies a listing: SKU, source and store."""

LOCK = """
    SELECT id FROM product
    WHERE id IN (SELECT id FROM product WHERE slug = ANY ($1::text[])
                 UNION SELECT product_id FROM product_variant WHERE sku = ANY ($2::text[]))
    ORDER BY id FOR NO KEY UPDATE
"""
VARIANTS = """
    SELECT sku, variant.id, slug, listing.id, source_id, store_id, last_checked_at
    FROM product_variant variant JOIN product ON product.id = product_id
    LEFT JOIN listing ON listing.variant_id = variant.id
    WHERE sku = ANY ($1::text[])
"""
PRODUCTS = """
    SELECT slug, product.id, max(last_checked_at)
    FROM product LEFT JOIN product_variant variant ON variant.product_id = product.id
    LEFT JOIN listing ON listing.variant_id = variant.id
    WHERE slug = ANY ($1::text[]) GROUP BY product.id
"""


@dataclass(slots=True)
class Known:
    """A product or a variant, and when the latest of its listings was observed. `slug` is that of its product."""

    id: UUID
    slug: str
    observed_at: datetime = NEVER
    is_new: bool = False


@dataclass(slots=True)
class KnownListing:
    """A listing, and when it was observed."""

    id: UUID
    observed_at: datetime = NEVER
    is_new: bool = False


@dataclass
class Stored:
    """Products by slug, variants by SKU, and the listings of the variants."""

    products: dict[str, Known] = field(default_factory=dict)
    variants: dict[str, Known] = field(default_factory=dict)
    listings: dict[Key, KnownListing] = field(default_factory=dict)


async def lock(connection: Any, slugs: Collection[str], skus: Collection[str]) -> None:
    """Lock the products in the order of their ids, as the triggers that keep prices do."""
    await connection.fetch(LOCK, [*slugs], [*skus])


async def read(connection: Any, slugs: Collection[str], skus: Collection[str]) -> Stored:
    """Read what is stored."""
    stored = Stored()
    for sku, variant_id, slug, listing_id, source_id, store_id, checked_at in await connection.fetch(VARIANTS, [*skus]):
        observed_at = checked_at or NEVER
        variant = stored.variants.get(sku)
        if variant is None:
            variant = stored.variants[sku] = Known(variant_id, slug)
        variant.observed_at = max(variant.observed_at, observed_at)
        if listing_id is not None:
            stored.listings[sku, source_id, store_id] = KnownListing(listing_id, observed_at)
    wanted = {*slugs, *(variant.slug for variant in stored.variants.values())}
    for slug, product_id, checked_at in await connection.fetch(PRODUCTS, [*wanted]):
        stored.products[slug] = Known(product_id, slug, checked_at or NEVER)
    return stored
