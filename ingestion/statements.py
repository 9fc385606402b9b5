"""The statements that merge what is staged into the catalogue.

UPDATE and DELETE give the numbers of the lines that they change, INSERT the ids of products or variants: a join with the
lines would compare each new row with each line.

Rows are written only where they differ, and listings by one INSERT and one UPDATE, since a trigger on them computes the
prices of their products once a statement. Only where lines observe a listing several times, each further step is an
UPDATE of its own.
"""

PRODUCT = (
    "title", "description", "translations", "brand_id", "category_id", "tags", "base_code", "fit_information",
    "suitable_body_types",
)  # fmt: skip
VARIANT = "color_primary", "color_secondary", "size_label", "size_system", "inventory"
IMAGE = "product_id", "alt_text", "width", "height", "dominant_color", "is_primary", "position"
LISTING = (
    "url", "currency", "price_minor", "list_price_minor", "availability", "state", "source_product_id",
    "affiliate_network", "affiliate_sku", "affiliate_url",
)  # fmt: skip


def _names(columns: tuple[str, ...], table: str) -> str:
    return ", ".join(f"{table}.{column}" for column in columns)


def _differ(columns: tuple[str, ...], table: str) -> str:
    return f"({_names(columns, table)}) IS DISTINCT FROM ({_names(columns, 'staged')})"


def _update(table: str, columns: tuple[str, ...], more: str = "") -> str:
    values = ", ".join(f"{column} = staged.{column}" for column in columns)
    return (
        f"UPDATE {table} SET {values}{more} FROM staged_{table.removeprefix('product_')} staged "  # noqa: S608 - ours
        f"WHERE staged.id = {table}.id AND NOT staged.is_new AND {_differ(columns, table)} RETURNING line"
    )


WORDS_WITH_VARIANTS = "SELECT set_config('catalogue.words_with_variants', 'on', true)"
"""The words of new products are computed when their variants are inserted, not before as well."""
INSERT_PRODUCTS = f"""
    INSERT INTO product (id, slug, availability, {", ".join(PRODUCT)})
    SELECT id, slug, availability, {", ".join(PRODUCT)} FROM staged_product WHERE is_new ORDER BY slug
    ON CONFLICT (slug) DO NOTHING RETURNING id
"""  # noqa: S608 - as above
UPDATE_PRODUCTS = _update("product", PRODUCT, ", updated_at = now()")
INSERT_VARIANTS = f"""
    INSERT INTO product_variant (id, sku, product_id, availability, {", ".join(VARIANT)}, position)
    SELECT id, sku, product_id, availability, {", ".join(VARIANT)},
        (SELECT coalesce(max(position) + 1, 0) FROM product_variant known WHERE known.product_id = staged.product_id)
        + row_number() OVER (PARTITION BY product_id ORDER BY line) - 1
    FROM staged_variant staged WHERE is_new ORDER BY sku
    ON CONFLICT (sku) DO NOTHING RETURNING id
"""  # noqa: S608 - as above
UPDATE_VARIANTS = _update("product_variant", VARIANT)
MOVE_VARIANTS = _update("product_variant", ("product_id",))
"""Whoever sets `product_id` waits for all others who change listings, so this runs only where a variant moves."""
DELETE_ATTRIBUTES = """
    DELETE FROM attribute_value known USING staged_variant staged
    WHERE known.variant_id = staged.id AND NOT staged.is_new AND NOT EXISTS (
        SELECT FROM staged_attribute given WHERE (given.variant_id, given.attribute_id, given.value)
            = (known.variant_id, known.attribute_id, known.value)
    ) RETURNING line
"""
INSERT_ATTRIBUTES = """
    INSERT INTO attribute_value (id, variant_id, attribute_id, value)
    SELECT id, variant_id, attribute_id, value FROM staged_attribute
    ON CONFLICT (variant_id, attribute_id, value) DO NOTHING RETURNING variant_id
"""
DELETE_IMAGES = """
    DELETE FROM image known USING staged_variant staged
    WHERE known.variant_id = staged.id AND NOT staged.is_new AND NOT EXISTS (
        SELECT FROM staged_image given WHERE (given.variant_id, given.url) = (known.variant_id, known.url)
    ) RETURNING line
"""
UPDATE_IMAGES = f"""
    UPDATE image SET {", ".join(f"{column} = staged.{column}" for column in IMAGE)} FROM staged_image staged
    WHERE image.variant_id = staged.variant_id AND image.url = staged.url AND {_differ(IMAGE, "image")} RETURNING line
"""  # noqa: S608 - as above
INSERT_IMAGES = f"""
    INSERT INTO image (id, variant_id, url, {", ".join(IMAGE)})
    SELECT id, variant_id, url, {", ".join(IMAGE)} FROM staged_image staged WHERE NOT EXISTS (
        SELECT FROM image known WHERE (known.variant_id, known.url) = (staged.variant_id, staged.url)
    ) RETURNING variant_id
"""  # noqa: S608 - as above
INSERT_LISTINGS = f"""
    INSERT INTO listing (id, variant_id, source_id, store_id, last_checked_at, {", ".join(LISTING)})
    SELECT id, variant_id, source_id, store_id, last_checked_at, {", ".join(LISTING)}
    FROM staged_listing WHERE is_new ORDER BY variant_id
"""  # noqa: S608 - as above
UPDATE_LISTINGS = f"""
    WITH known AS (
        SELECT listing.id, staged.line, {_differ(LISTING, "listing")} AS differs
        FROM staged_listing staged JOIN listing ON listing.id = staged.id WHERE step = $1 AND NOT is_new
    ), checked AS (
        UPDATE listing SET last_checked_at = staged.last_checked_at,
            {", ".join(f"{column} = staged.{column}" for column in LISTING)}
        FROM staged_listing staged WHERE listing.id = staged.id AND step = $1 AND NOT is_new
            AND coalesce(listing.last_checked_at, '-infinity') < staged.last_checked_at
        RETURNING listing.id
    )
    SELECT line FROM known JOIN checked USING (id) WHERE differs
"""  # noqa: S608 - as above
"""One step of the observations. The times are compared again for writers that do not lock the product first."""
END_MOVED = """
    UPDATE listing SET state = 'ENDED', last_checked_at = moved.at
    FROM (
        SELECT listing.id, min(later.last_checked_at) AS at
        FROM listing JOIN product_variant variant ON variant.id = listing.variant_id
        JOIN listing later ON later.source_id = listing.source_id
            AND later.source_product_id = listing.source_product_id
            AND later.store_id IS NOT DISTINCT FROM listing.store_id
            AND later.last_checked_at > coalesce(listing.last_checked_at, '-infinity')
        JOIN product_variant other ON other.id = later.variant_id AND other.product_id <> variant.product_id
        WHERE listing.state = 'ACTIVE' AND later.state = 'ACTIVE' AND (listing.source_id, listing.source_product_id)
            IN (SELECT source_id, source_product_id FROM staged_listing)
        GROUP BY listing.id
    ) moved
    WHERE listing.id = moved.id
"""
"""What a source calls a product moves with it: if it is seen at another product later, the listing there has ended then.

The variants of one product may share it, since some sources number products, and others variants. The other product is not
locked before: where that ends in a deadlock, the batch is tried again.
"""
