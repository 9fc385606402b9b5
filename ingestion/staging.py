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
    "brand_id uuid, category_id uuid, tags text[], base_code text, fit_information text, suitable_body_types text[]",
    "staged_variant": "line integer, is_new boolean, id uuid, product_id uuid, sku text, color_primary text, "
    "color_secondary text, size_label text, size_system text, inventory integer",
    "staged_attribute": "line integer, id uuid, variant_id uuid, attribute_id uuid, value text",
    "staged_image": "line integer, id uuid, product_id uuid, variant_id uuid, url text, alt_text text, width integer, "
    "height integer, dominant_color text, is_primary boolean, position integer",
    "staged_listing": "line integer, is_new boolean, id uuid, variant_id uuid, source_id uuid, store_id uuid, url text, "
    "currency text, price_minor bigint, list_price_minor bigint, availability text, state text, source_product_id text, "
    "affiliate_network text, affiliate_sku text, affiliate_url text, last_checked_at timestamptz",
}


async def stage(connection: Any, changes: Changes, stored: Stored, references: References) -> None:
    """Fill the staging tables."""
    rows = {
        "staged_product": _products(changes, references),
        "staged_variant": _variants(changes, stored),
        "staged_attribute": _attributes(changes, references),
        "staged_image": _images(changes, stored),
        "staged_listing": _listings(changes, stored),
    }
    definitions = (f"CREATE TEMPORARY TABLE {name} ({columns}) ON COMMIT DROP" for name, columns in TABLES.items())
    await connection.execute("; ".join(definitions))
    for name, records in rows.items():
        await connection.copy_records_to_table(name, records=records)
    await connection.execute("; ".join(f"ANALYZE {name}" for name in TABLES))


def _products(changes: Changes, references: References) -> Iterator[Row]:
    for (number, line), known in changes.products.values():
        product = line.product
        yield (
            number, known.is_new, known.id, product.slug, product.title, product.description,
            translations(product.translations), references.brands.get(product.brand or ""),
            references.categories[product.category[-1].slug] if product.category else None,
            list(dict.fromkeys(product.tags or ())), product.base_code, product.fit_information,
            list(dict.fromkeys(product.suitable_body_types or ())),
        )  # fmt: skip


def _variants(changes: Changes, stored: Stored) -> Iterator[Row]:
    for (number, line), known in changes.variants.values():
        yield (
            number, known.is_new, known.id, stored.products[known.slug].id, line.sku, line.color_primary,
            line.color_secondary, line.size_label, line.size_system, line.inventory,
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
    for (sku, source, store), (number, one, known) in changes.listings.items():
        price, list_price = (value and one.minor(value) for value in (one.price, one.list_price))
        availability, state = one.availability or Availability.UNKNOWN, one.state or ListingState.ACTIVE
        yield (
            number, known.is_new, known.id, stored.variants[sku].id, source, store, one.url, one.currency, price,
            list_price, availability.value, state.value, one.source_product_id, one.affiliate_network,
            one.affiliate_sku, one.affiliate_url, one.observed_at,
        )  # fmt: skip
