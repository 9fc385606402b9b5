"""The staging tables: temporary ones, which exist for one transaction and are filled by COPY."""

from collections.abc import Iterable, Iterator
from typing import Any

from uuid_utils.compat import uuid7

from ingestion.deciding import Changes
from ingestion.lines import LineImage
from ingestion.references import References, translations
from ingestion.stored import Stored
from models.listings import ListingState
from models.products import Availability

Row = tuple[Any, ...]
TABLES = {
    "staged_product": "line integer, is_new boolean, id uuid, slug text, title text, description text, translations jsonb, "
    "brand_id uuid, category_id uuid, tags text[], base_code text, fit_information text, suitable_body_types text[], "
    "availability text",
    "staged_variant": "line integer, is_new boolean, id uuid, product_id uuid, sku text, color_primary text, "
    "color_secondary text, size_label text, size_system text, inventory integer, availability text",
    "staged_attribute": "line integer, id uuid, variant_id uuid, attribute_id uuid, value text",
    "staged_image": "line integer, id uuid, product_id uuid, variant_id uuid, url text, alt_text text, width integer, "
    "height integer, dominant_color text, is_primary boolean, position integer",
    "staged_listing": "line integer, step integer, is_new boolean, id uuid, variant_id uuid, source_id uuid, "
    "store_id uuid, url text, currency text, price_minor bigint, list_price_minor bigint, availability text, state text, source_product_id text, "
    "affiliate_network text, affiliate_sku text, affiliate_url text, last_checked_at timestamptz",
}
BEST_FIRST = (
    Availability.IN_STOCK, Availability.LOW_STOCK, Availability.PREORDER, Availability.OUT_OF_STOCK, Availability.UNKNOWN,
)  # fmt: skip
"""As in the function `refresh_prices`."""
RANKS = {availability: rank for rank, availability in enumerate(BEST_FIRST)}


async def stage(connection: Any, changes: Changes, stored: Stored, references: References) -> None:
    """Fill the staging tables."""
    of_products, of_variants = _availabilities(changes, stored)
    rows = {
        "staged_product": _products(changes, references, of_products),
        "staged_variant": _variants(changes, stored, of_variants),
        "staged_attribute": _attributes(changes, references),
        "staged_image": _images(changes, stored),
        "staged_listing": _listings(changes, stored),
    }
    definitions = (f"CREATE TEMPORARY TABLE {name} ({columns}) ON COMMIT DROP" for name, columns in TABLES.items())
    await connection.execute("; ".join(definitions))
    for name, records in rows.items():
        await connection.copy_records_to_table(name, records=records)
    await connection.execute("; ".join(f"ANALYZE {name}" for name in TABLES))


def _availabilities(changes: Changes, stored: Stored) -> tuple[dict[str, Availability], dict[str, Availability]]:
    """Give the best availability that is staged, of products by slug and of variants by SKU.

    New rows are inserted with it, so that the triggers on listings need not write them again: they only correct it.
    """
    products: dict[str, int] = {}
    variants: dict[str, int] = {}
    worst = len(BEST_FIRST) - 1
    for (sku, _, _), observations in changes.listings.items():
        listing, slug = observations[-1].listing, stored.variants[sku].slug
        if listing.state is not ListingState.ENDED:
            rank = RANKS[listing.availability or Availability.UNKNOWN]
            variants[sku] = min(rank, variants.get(sku, worst))
            products[slug] = min(rank, products.get(slug, worst))
    return _named(products), _named(variants)


def _named(ranks: dict[str, int]) -> dict[str, Availability]:
    return {key: BEST_FIRST[rank] for key, rank in ranks.items()}


def _products(changes: Changes, references: References, availabilities: dict[str, Availability]) -> Iterator[Row]:
    for (number, line), known in changes.products.values():
        product = line.product
        yield (
            number, known.is_new, known.id, product.slug, product.title, product.description,
            translations(product.translations), references.brands.get(product.brand or ""),
            references.categories[product.category[-1].slug] if product.category else None,
            list(dict.fromkeys(product.tags or ())), product.base_code, product.fit_information,
            list(dict.fromkeys(product.suitable_body_types or ())),
            availabilities.get(product.slug, Availability.UNKNOWN).value,
        )  # fmt: skip


def _variants(changes: Changes, stored: Stored, availabilities: dict[str, Availability]) -> Iterator[Row]:
    for (number, line), known in changes.variants.values():
        yield (
            number, known.is_new, known.id, stored.products[known.slug].id, line.sku, line.color_primary,
            line.color_secondary, line.size_label, line.size_system, line.inventory,
            availabilities.get(line.sku, Availability.UNKNOWN).value,
        )  # fmt: skip


def _attributes(changes: Changes, references: References) -> Iterator[Row]:
    for (number, line), known in changes.variants.values():
        for name, value in (line.attributes or {}).items():
            yield number, uuid7(), known.id, references.attributes[name], value


def _images(changes: Changes, stored: Stored) -> Iterator[Row]:
    for (number, line), known in changes.variants.values():
        for position, one in enumerate(_different(line.images or ())):
            yield (
                number, uuid7(), stored.products[known.slug].id, known.id, one.url, one.alt_text, one.width, one.height,
                one.dominant_color, bool(one.is_primary), position,
            )  # fmt: skip


def _different(images: Iterable[LineImage]) -> Iterator[LineImage]:
    """Leave out images that are there twice."""
    seen: set[str] = set()
    for one in images:
        if one.url not in seen:
            seen.add(one.url)
            yield one


def _listings(changes: Changes, stored: Stored) -> Iterator[Row]:
    for (sku, source, store), observations in changes.listings.items():
        variant_id = stored.variants[sku].id
        for step, (number, one, known) in enumerate(observations):
            price, list_price = (value and one.minor(value) for value in (one.price, one.list_price))
            availability, state = one.availability or Availability.UNKNOWN, one.state or ListingState.ACTIVE
            yield (
                number, step, known.is_new and step == 0, known.id, variant_id, source, store, one.url, one.currency,
                price, list_price, availability.value, state.value, one.source_product_id, one.affiliate_network,
                one.affiliate_sku, one.affiliate_url, one.observed_at,
            )  # fmt: skip
