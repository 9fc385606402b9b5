"""Price history, and the best prices of variants and products, kept by triggers on listings.

The functions of the triggers lock the products first, in the order of their ids. What is computed after that sees what
those have committed who held the locks before, since each statement of a function has a snapshot of its own.
"""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None
oldest_code = '0009'

BATCH = 1_000
FACTS = """
    SELECT {key} AS key, currency, listing.id, price_minor,
           listing.availability IN ('IN_STOCK', 'LOW_STOCK', 'PREORDER') AS buyable,
           greatest(0, (list_price_minor - price_minor) * 100 / list_price_minor) AS discount
    FROM listing JOIN product_variant variant ON variant.id = listing.variant_id
    WHERE variant.product_id = ANY (products) AND state = 'ACTIVE' AND price_minor IS NOT NULL
"""
BEST = """
    WITH facts AS ({facts}), best AS (
        SELECT DISTINCT ON (key, currency) key, currency, id, price_minor FROM facts
        ORDER BY key, currency, buyable DESC, price_minor, id
    ), ranges AS (
        SELECT key, currency, min(price_minor) FILTER (WHERE buyable) AS minimum,
               max(price_minor) FILTER (WHERE buyable) AS maximum,
               coalesce(max(discount) FILTER (WHERE buyable), 0) AS discount
        FROM facts GROUP BY key, currency
    ), gone AS (
        DELETE FROM {table} price WHERE {mine}
        AND NOT EXISTS (SELECT FROM best WHERE key = price.{id} AND currency = price.currency)
    )
    INSERT INTO {table} AS price (
        {id}, currency, best_listing_id, price_minor, minimum_minor, maximum_minor, discount
    )
    SELECT key, currency, id, price_minor, minimum, maximum, discount FROM best JOIN ranges USING (key, currency)
    ON CONFLICT ({id}, currency) DO UPDATE SET
        best_listing_id = excluded.best_listing_id, price_minor = excluded.price_minor,
        minimum_minor = excluded.minimum_minor, maximum_minor = excluded.maximum_minor, discount = excluded.discount
    WHERE (price.best_listing_id, price.price_minor, price.minimum_minor, price.maximum_minor, price.discount)
        IS DISTINCT FROM (excluded.best_listing_id, excluded.price_minor, excluded.minimum_minor,
                          excluded.maximum_minor, excluded.discount)
"""
OF_PRODUCT = BEST.format(
    facts=FACTS.format(key='variant.product_id'), table='product_price', id='product_id', mine='product_id = ANY (products)'
)
OF_VARIANT = BEST.format(
    facts=FACTS.format(key='variant_id'),
    table='variant_price',
    id='variant_id',
    mine='variant_id IN (SELECT id FROM product_variant WHERE product_id = ANY (products))',
)
RANK = "array_position('{{IN_STOCK,LOW_STOCK,PREORDER,OUT_OF_STOCK,UNKNOWN}}'::text[], {column}::text)"
FROM_RANK = "('{{IN_STOCK,LOW_STOCK,PREORDER,OUT_OF_STOCK,UNKNOWN}}'::text[])[coalesce(min({rank}), 5)]"
REFRESH = f"""
CREATE FUNCTION refresh_prices(products uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM product WHERE id = ANY (products) ORDER BY id FOR NO KEY UPDATE;
    {OF_VARIANT};
    {OF_PRODUCT};
    UPDATE product_variant variant SET availability = found.availability
    FROM (
        SELECT variant.id, {FROM_RANK.format(rank=RANK.format(column='listing.availability'))} AS availability
        FROM product_variant variant LEFT JOIN listing ON listing.variant_id = variant.id AND listing.state = 'ACTIVE'
        WHERE variant.product_id = ANY (products) GROUP BY variant.id
    ) found
    WHERE found.id = variant.id AND found.availability <> variant.availability;
    UPDATE product SET availability = found.availability
    FROM (
        SELECT product.id, {FROM_RANK.format(rank=RANK.format(column='variant.availability'))} AS availability
        FROM product LEFT JOIN product_variant variant ON variant.product_id = product.id
        WHERE product.id = ANY (products) GROUP BY product.id
    ) found
    WHERE found.id = product.id AND found.availability <> product.availability;
END $$
""".replace('{{', '{').replace('}}', '}')
LISTINGS = """
CREATE FUNCTION listing_prices() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE products uuid[]; variants uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO price_change (listing_id, changed_at, currency, price_minor, list_price_minor)
        SELECT id, coalesce(last_checked_at, clock_timestamp()), currency, price_minor, list_price_minor
        FROM new_rows WHERE price_minor IS NOT NULL OR list_price_minor IS NOT NULL;
        variants := ARRAY(SELECT DISTINCT variant_id FROM new_rows);
    ELSIF TG_OP = 'DELETE' THEN
        variants := ARRAY(SELECT DISTINCT variant_id FROM old_rows);
    ELSE
        INSERT INTO price_change (listing_id, changed_at, currency, price_minor, list_price_minor)
        SELECT id, CASE WHEN now.last_checked_at > before.last_checked_at THEN now.last_checked_at
                   ELSE clock_timestamp() END, now.currency, now.price_minor, now.list_price_minor
        FROM new_rows now JOIN old_rows before USING (id)
        WHERE (now.currency, now.price_minor, now.list_price_minor)
            IS DISTINCT FROM (before.currency, before.price_minor, before.list_price_minor);
        variants := ARRAY(
            SELECT unnest(ARRAY[now.variant_id, before.variant_id]) FROM new_rows now JOIN old_rows before USING (id)
            WHERE (now.variant_id, now.currency, now.price_minor, now.list_price_minor, now.availability, now.state)
                IS DISTINCT FROM (before.variant_id, before.currency, before.price_minor, before.list_price_minor,
                                  before.availability, before.state)
        );
    END IF;
    products := ARRAY(SELECT DISTINCT product_id FROM product_variant WHERE id = ANY (variants));
    IF products <> '{}' THEN
        PERFORM refresh_prices(products);
    END IF;
    RETURN NULL;
END $$
"""
VARIANTS = """
CREATE FUNCTION variant_prices() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE products uuid[];
BEGIN
    IF TG_OP = 'DELETE' THEN
        products := ARRAY(SELECT DISTINCT product_id FROM old_rows);
    ELSE
        products := ARRAY(
            SELECT unnest(ARRAY[now.product_id, before.product_id]) FROM new_rows now JOIN old_rows before USING (id)
            WHERE now.product_id <> before.product_id
        );
    END IF;
    IF products <> '{}' THEN
        PERFORM refresh_prices(products);
    END IF;
    RETURN NULL;
END $$
"""
APPEND_ONLY = """
CREATE FUNCTION price_change_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of price_change are never changed';
END $$
"""
OLD, NEW = 'OLD TABLE AS old_rows', 'NEW TABLE AS new_rows'
TRIGGERS = (
    ('listing', 'INSERT', NEW), ('listing', 'UPDATE', f'{OLD} {NEW}'), ('listing', 'DELETE', OLD),
    ('variant', 'UPDATE', f'{OLD} {NEW}'), ('variant', 'DELETE', OLD),
)  # fmt: skip
TABLES = {'listing': 'listing', 'variant': 'product_variant'}


def upgrade() -> None:
    """Go forward. The prices that there are follow in batches, once the triggers are there."""
    op.create_table(
        'price_change',
        sa.Column('listing_id', sa.Uuid(), nullable=False),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('currency', sa.String(), nullable=False),
        sa.Column('price_minor', sa.BigInteger(), nullable=True),
        sa.Column('list_price_minor', sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ['listing_id'], ['listing.id'], name=op.f('price_change_listing_id_fkey'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('listing_id', 'changed_at', name=op.f('price_change_pkey')),
    )
    op.create_table(
        'variant_price',
        sa.Column('variant_id', sa.Uuid(), nullable=False),
        *_best_price(),
        sa.ForeignKeyConstraint(
            ['variant_id'], ['product_variant.id'], name=op.f('variant_price_variant_id_fkey'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('variant_id', 'currency', name=op.f('variant_price_pkey')),
    )
    op.create_table(
        'product_price',
        sa.Column('product_id', sa.Uuid(), nullable=False),
        *_best_price(),
        sa.ForeignKeyConstraint(
            ['product_id'], ['product.id'], name=op.f('product_price_product_id_fkey'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('product_id', 'currency', name=op.f('product_price_pkey')),
    )
    op.create_index('product_price_price_idx', 'product_price', ['currency', 'price_minor', 'product_id'])
    op.create_index('product_price_discount_idx', 'product_price', ['currency', 'discount', 'product_id'])
    for function in (REFRESH, LISTINGS, VARIANTS, APPEND_ONLY):
        op.execute(function)
    for name, event, rows in TRIGGERS:
        op.execute(
            f'CREATE TRIGGER {name}_prices_after_{event.lower()} AFTER {event} ON {TABLES[name]} REFERENCING {rows} '
            f'FOR EACH STATEMENT EXECUTE FUNCTION {name}_prices()'
        )
    op.execute(
        'CREATE TRIGGER price_change_append_only BEFORE UPDATE ON price_change '
        'FOR EACH STATEMENT EXECUTE FUNCTION price_change_append_only()'
    )
    with op.get_context().autocommit_block():
        _fill()


def _best_price() -> list[sa.Column]:
    """Give the columns that both tables of best prices have."""
    return [
        sa.Column('currency', sa.String(), nullable=False),
        sa.Column('best_listing_id', sa.Uuid(), nullable=False),
        sa.Column('price_minor', sa.BigInteger(), nullable=False),
        sa.Column('minimum_minor', sa.BigInteger(), nullable=True),
        sa.Column('maximum_minor', sa.BigInteger(), nullable=True),
        sa.Column('discount', sa.SmallInteger(), server_default='0', nullable=False),
    ]


def _fill() -> None:
    """Compute the prices of all products, some at a time, and begin the history of the listings that there are."""
    connection, last = op.get_bind(), '00000000-0000-0000-0000-000000000000'
    step = sa.text(
        'SELECT array_agg(id ORDER BY id) FROM (SELECT id FROM product WHERE id > :last ORDER BY id LIMIT :batch) page'
    )
    history = sa.text(
        'INSERT INTO price_change SELECT listing.id, coalesce(last_checked_at, now()), currency, price_minor, '
        'list_price_minor FROM listing JOIN product_variant ON product_variant.id = variant_id '
        'WHERE product_id = ANY (:products) AND (price_minor IS NOT NULL OR list_price_minor IS NOT NULL) '
        'ON CONFLICT DO NOTHING'
    )
    while products := connection.execute(step, {'last': last, 'batch': BATCH}).scalar():
        connection.execute(sa.text('SELECT refresh_prices(:products)'), {'products': products})
        connection.execute(history, {'products': products})
        last = products[-1]


def downgrade() -> None:
    """Go back."""
    for name, event, _ in TRIGGERS:
        op.execute(f'DROP TRIGGER {name}_prices_after_{event.lower()} ON {TABLES[name]}')
    op.drop_table('product_price')
    op.drop_table('variant_price')
    op.drop_table('price_change')
    for function in ('listing_prices()', 'variant_prices()', 'refresh_prices(uuid[])', 'price_change_append_only()'):
        op.execute(f'DROP FUNCTION {function}')
