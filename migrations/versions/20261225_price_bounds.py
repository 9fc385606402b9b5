"""The lowest and the highest price of all active listings, beside those of the listings that can be bought.

Lists of products by price need both for a filter on prices, which any active listing may meet. The bounds are part of
an index although no order needs them: so PostgreSQL compares them in the index itself.

Each step is committed alone, and all of them may be repeated. A transaction that held the lock of one table while it
waits for that of another would be in a deadlock with those who write both.
"""

import sqlalchemy as sa
from alembic import op

from migrations import steps

revision = '0035'
down_revision = '0026'
branch_labels = None
depends_on = None
oldest_code = '0009'

BATCH = 1_000
TABLES = ('variant_price', 'product_price')
BOUNDS = ('lowest_minor', 'highest_minor')
WRITTEN = ('listing', 'product_variant')
# Whoever has called the function as it was before has not computed bounds, and what is not committed is not seen either.
UNTIL_COMMITTED = 'DO $$ BEGIN LOCK TABLE {table} IN SHARE MODE; END $$'
INDEX = 'product_price_bounds_idx', ['currency', 'price_minor', 'product_id', *BOUNDS]
BEFORE = 'product_price_price_idx', ['currency', 'price_minor', 'product_id']
RANKS = "'{IN_STOCK,LOW_STOCK,PREORDER,OUT_OF_STOCK,UNKNOWN}'::text[]"
BUYABLE = "listing.availability IN ('IN_STOCK', 'LOW_STOCK', 'PREORDER')"
COUNTED = "listing.state = 'ACTIVE' AND listing.price_minor IS NOT NULL"
COLUMNS = ('best_listing_id', 'price_minor', 'minimum_minor', 'maximum_minor', 'discount')
OF_VARIANT = ', min(listing.price_minor), max(listing.price_minor)'
OF_PRODUCT = ', min(best.lowest_minor), max(best.highest_minor)'


def _upsert(key: str, columns: tuple[str, ...]) -> str:
    """Write the rows that are not as they should be, and no others."""
    return f"""
    ON CONFLICT ({key}, currency) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in columns)}
    WHERE ({', '.join(f'price.{name}' for name in columns)})
        IS DISTINCT FROM ({', '.join(f'excluded.{name}' for name in columns)})"""


def _refresh(columns: tuple[str, ...], of_variant: str = '', of_product: str = '') -> str:
    """Give the function: that of the migration before, and what is computed besides."""
    return f"""
CREATE OR REPLACE FUNCTION refresh_prices(products uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'listings are changed in transactions of the level READ COMMITTED, which see what others commit';
    END IF;
    PERFORM FROM product WHERE id = ANY (products) ORDER BY id FOR NO KEY UPDATE;
    DELETE FROM variant_price price USING product_variant variant
    WHERE variant.product_id = ANY (products) AND price.variant_id = variant.id AND NOT EXISTS (
        SELECT FROM listing WHERE listing.variant_id = price.variant_id AND listing.currency = price.currency AND {COUNTED}
    );
    INSERT INTO variant_price AS price (variant_id, currency, {', '.join(columns)})
    SELECT listing.variant_id, listing.currency,
           (array_agg(listing.id ORDER BY {BUYABLE} DESC, listing.price_minor, listing.id))[1],
           coalesce(min(listing.price_minor) FILTER (WHERE {BUYABLE}), min(listing.price_minor)),
           min(listing.price_minor) FILTER (WHERE {BUYABLE}), max(listing.price_minor) FILTER (WHERE {BUYABLE}),
           coalesce(max(greatest(0, (list_price_minor - price_minor) * 100 / list_price_minor)) FILTER (WHERE {BUYABLE}), 0)
           {of_variant}
    FROM product_variant variant JOIN listing ON listing.variant_id = variant.id
    WHERE variant.product_id = ANY (products) AND {COUNTED}
    GROUP BY listing.variant_id, listing.currency
    {_upsert('variant_id', columns)};
    DELETE FROM product_price price WHERE product_id = ANY (products) AND NOT EXISTS (
        SELECT FROM product_variant variant JOIN variant_price ON variant_price.variant_id = variant.id
        WHERE variant.product_id = price.product_id AND variant_price.currency = price.currency
    );
    INSERT INTO product_price AS price (product_id, currency, {', '.join(columns)})
    SELECT variant.product_id, best.currency,
           (array_agg(best_listing_id ORDER BY minimum_minor IS NULL, best.price_minor, best_listing_id))[1],
           coalesce(min(minimum_minor), min(best.price_minor)), min(minimum_minor), max(maximum_minor), max(discount)
           {of_product}
    FROM product_variant variant JOIN variant_price best ON best.variant_id = variant.id
    WHERE variant.product_id = ANY (products)
    GROUP BY variant.product_id, best.currency
    {_upsert('product_id', columns)};
    UPDATE product_variant variant SET availability = found.availability
    FROM (
        SELECT one.id, coalesce(({RANKS})[
            min(array_position({RANKS}, listing.availability::text)) FILTER (WHERE listing.state = 'ACTIVE')
        ], 'UNKNOWN') AS availability
        FROM product_variant one LEFT JOIN listing ON listing.variant_id = one.id
        WHERE one.product_id = ANY (products) GROUP BY one.id
    ) found
    WHERE found.id = variant.id AND found.availability <> variant.availability;
    UPDATE product SET availability = found.availability
    FROM (
        SELECT one.id, coalesce(({RANKS})[min(array_position({RANKS}, variant.availability::text))], 'UNKNOWN') AS availability
        FROM product one LEFT JOIN product_variant variant ON variant.product_id = one.id
        WHERE one.id = ANY (products) GROUP BY one.id
    ) found
    WHERE found.id = product.id AND found.availability <> product.availability;
END $$
"""


def upgrade() -> None:
    """Go forward. The products that there are come in batches, and no table is read while it is locked."""
    with op.get_context().autocommit_block():
        for table in TABLES:
            op.execute(f'ALTER TABLE {table} {", ".join(f"ADD COLUMN IF NOT EXISTS {name} bigint" for name in BOUNDS)}')
        op.execute(_refresh((*COLUMNS, *BOUNDS), OF_VARIANT, OF_PRODUCT))
        for table in WRITTEN:
            op.execute(UNTIL_COMMITTED.format(table=table))
        _fill()
        for table in TABLES:
            check = f'{table}_bounds'
            known = ' AND '.join(f'{name} IS NOT NULL' for name in BOUNDS)
            op.execute(f'ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {check}')
            op.execute(f'ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({known}) NOT VALID')
            op.execute(f'ALTER TABLE {table} VALIDATE CONSTRAINT {check}')
            op.execute(f'ALTER TABLE {table} {", ".join(f"ALTER COLUMN {name} SET NOT NULL" for name in BOUNDS)}')
            op.execute(f'ALTER TABLE {table} DROP CONSTRAINT {check}')
    steps.create_index(INDEX[0], 'product_price', INDEX[1])
    steps.drop_index(BEFORE[0], 'product_price')


def _fill() -> None:
    """Compute the prices of products without bounds, some at a time."""
    connection, last = op.get_bind(), '00000000-0000-0000-0000-000000000000'
    step = sa.text("""
        SELECT array_agg(product_id ORDER BY product_id) FROM (
            SELECT DISTINCT product_id FROM product_price
            WHERE product_id > :last AND lowest_minor IS NULL ORDER BY product_id LIMIT :batch
        ) page
    """)
    while products := connection.execute(step, {'last': last, 'batch': BATCH}).scalar():
        connection.execute(sa.text('SELECT refresh_prices(:products)'), {'products': products})
        last = products[-1]


def downgrade() -> None:
    """Go back."""
    steps.create_index(BEFORE[0], 'product_price', BEFORE[1])
    steps.drop_index(INDEX[0], 'product_price')
    op.execute(_refresh(COLUMNS))
    for table in TABLES:
        op.execute(f'ALTER TABLE {table} {", ".join(f"DROP COLUMN {name}" for name in BOUNDS)}')
