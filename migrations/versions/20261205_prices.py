"""Price history, and the best prices of variants and products, kept by triggers on listings.

The functions of the triggers lock the products first, in the order of their ids. What is computed after that sees what
those have committed who held the locks before, since each statement of a function has a snapshot of its own.

Whoever moves or deletes variants has their rows locked before any trigger sees them, while whoever changes a listing
locks its product before the variant. So the first hold an advisory lock alone that the second share: both take it before
their statement locks a row. With it, one who changes a listing also finds its product where no other is moving it to.
"""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None
oldest_code = '0009'

BATCH = 1_000
LOCK = 123_636_696_704_371
"""The number of the advisory lock: `prices` in ASCII."""
RANKS = "'{IN_STOCK,LOW_STOCK,PREORDER,OUT_OF_STOCK,UNKNOWN}'::text[]"
BUYABLE = "listing.availability IN ('IN_STOCK', 'LOW_STOCK', 'PREORDER')"
COUNTED = "listing.state = 'ACTIVE' AND listing.price_minor IS NOT NULL"
UPSERT = """
    ON CONFLICT ({key}, currency) DO UPDATE SET
        best_listing_id = excluded.best_listing_id, price_minor = excluded.price_minor,
        minimum_minor = excluded.minimum_minor, maximum_minor = excluded.maximum_minor, discount = excluded.discount
    WHERE (price.best_listing_id, price.price_minor, price.minimum_minor, price.maximum_minor, price.discount)
        IS DISTINCT FROM (excluded.best_listing_id, excluded.price_minor, excluded.minimum_minor,
                          excluded.maximum_minor, excluded.discount)
"""
COLUMNS = 'currency, best_listing_id, price_minor, minimum_minor, maximum_minor, discount'
# No statement joins two sets of which neither has an index: a plan that was kept from a call with one product would
# compare all their rows in a call with a thousand.
REFRESH = f"""
CREATE FUNCTION refresh_prices(products uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'listings are changed in transactions of the level READ COMMITTED, which see what others commit';
    END IF;
    PERFORM FROM product WHERE id = ANY (products) ORDER BY id FOR NO KEY UPDATE;
    DELETE FROM variant_price price USING product_variant variant
    WHERE variant.product_id = ANY (products) AND price.variant_id = variant.id AND NOT EXISTS (
        SELECT FROM listing WHERE listing.variant_id = price.variant_id AND listing.currency = price.currency AND {COUNTED}
    );
    INSERT INTO variant_price AS price (variant_id, {COLUMNS})
    SELECT listing.variant_id, listing.currency,
           (array_agg(listing.id ORDER BY {BUYABLE} DESC, listing.price_minor, listing.id))[1],
           coalesce(min(listing.price_minor) FILTER (WHERE {BUYABLE}), min(listing.price_minor)),
           min(listing.price_minor) FILTER (WHERE {BUYABLE}), max(listing.price_minor) FILTER (WHERE {BUYABLE}),
           coalesce(max(greatest(0, (list_price_minor - price_minor) * 100 / list_price_minor)) FILTER (WHERE {BUYABLE}), 0)
    FROM product_variant variant JOIN listing ON listing.variant_id = variant.id
    WHERE variant.product_id = ANY (products) AND {COUNTED}
    GROUP BY listing.variant_id, listing.currency
    {UPSERT.format(key='variant_id')};
    DELETE FROM product_price price WHERE product_id = ANY (products) AND NOT EXISTS (
        SELECT FROM product_variant variant JOIN variant_price ON variant_price.variant_id = variant.id
        WHERE variant.product_id = price.product_id AND variant_price.currency = price.currency
    );
    INSERT INTO product_price AS price (product_id, {COLUMNS})
    SELECT variant.product_id, best.currency,
           (array_agg(best_listing_id ORDER BY minimum_minor IS NULL, best.price_minor, best_listing_id))[1],
           coalesce(min(minimum_minor), min(best.price_minor)), min(minimum_minor), max(maximum_minor), max(discount)
    FROM product_variant variant JOIN variant_price best ON best.variant_id = variant.id
    WHERE variant.product_id = ANY (products)
    GROUP BY variant.product_id, best.currency
    {UPSERT.format(key='product_id')};
    UPDATE product_variant variant SET availability = found.availability
    FROM (
        SELECT one.id, coalesce(({RANKS})[(
            SELECT min(array_position({RANKS}, listing.availability::text)) FROM listing
            WHERE listing.variant_id = one.id AND listing.state = 'ACTIVE'
        )], 'UNKNOWN') AS availability
        FROM product_variant one WHERE one.product_id = ANY (products)
    ) found
    WHERE found.id = variant.id AND found.availability <> variant.availability;
    UPDATE product SET availability = found.availability
    FROM (
        SELECT one.id, coalesce(({RANKS})[(
            SELECT min(array_position({RANKS}, variant.availability::text)) FROM product_variant variant
            WHERE variant.product_id = one.id
        )], 'UNKNOWN') AS availability
        FROM product one WHERE one.id = ANY (products)
    ) found
    WHERE found.id = product.id AND found.availability <> product.availability;
END $$
"""
VALID = """
                    SELECT CASE WHEN {row}.state = 'ACTIVE' THEN {row}.price_minor END AS price_minor,
                           CASE WHEN {row}.state = 'ACTIVE' THEN {row}.list_price_minor END AS list_price_minor
"""
"""The prices that a listing counts with: none if it has ended."""
# EXECUTE plans the statement each time, for the number of rows that there are.
LISTINGS = f"""
CREATE FUNCTION listing_prices() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE products uuid[]; variants uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO price_change (listing_id, changed_at, currency, price_minor, list_price_minor)
        SELECT id, least(last_checked_at, clock_timestamp()), currency, price_minor, list_price_minor
        FROM new_rows WHERE state = 'ACTIVE' AND (price_minor IS NOT NULL OR list_price_minor IS NOT NULL);
        variants := ARRAY(SELECT DISTINCT variant_id FROM new_rows);
    ELSIF TG_OP = 'DELETE' THEN
        variants := ARRAY(SELECT DISTINCT variant_id FROM old_rows);
    ELSE
        EXECUTE $query$
            WITH changed AS MATERIALIZED (
                SELECT id, now.variant_id, before.variant_id AS variant_before, now.currency,
                       now_valid.price_minor, now_valid.list_price_minor,
                       CASE WHEN now.last_checked_at <= before.last_checked_at THEN clock_timestamp()
                            ELSE least(now.last_checked_at, clock_timestamp()) END AS changed_at,
                       (now.currency, now_valid) IS DISTINCT FROM (before.currency, valid_before) AS is_new_price
                FROM new_rows now JOIN old_rows before USING (id)
                CROSS JOIN LATERAL ({VALID.format(row='now')}) now_valid
                CROSS JOIN LATERAL ({VALID.format(row='before')}) valid_before
                WHERE (now.variant_id, now.currency, now.price_minor, now.list_price_minor, now.availability, now.state)
                    IS DISTINCT FROM (before.variant_id, before.currency, before.price_minor, before.list_price_minor,
                                      before.availability, before.state)
            ), history AS (
                INSERT INTO price_change (listing_id, changed_at, currency, price_minor, list_price_minor)
                SELECT id, greatest(changed_at, (
                           SELECT max(known.changed_at) + interval '1 microsecond' FROM price_change known
                           WHERE known.listing_id = changed.id
                       )), currency, price_minor, list_price_minor
                FROM changed WHERE is_new_price
            )
            SELECT array_agg(DISTINCT variant) FROM changed CROSS JOIN unnest(ARRAY[variant_id, variant_before]) variant
        $query$ INTO variants;
    END IF;
    products := ARRAY(SELECT DISTINCT product_id FROM product_variant WHERE id = ANY (variants));
    IF products <> '{{}}' THEN
        PERFORM refresh_prices(products);
    END IF;
    RETURN NULL;
END $$
"""
VARIANTS = """
CREATE FUNCTION variant_prices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM refresh_prices(ARRAY(SELECT DISTINCT product_id FROM old_rows));
    ELSE
        PERFORM refresh_prices(ARRAY[OLD.product_id, NEW.product_id]);
    END IF;
    RETURN NULL;
END $$
"""
LOCKS = f"""
CREATE FUNCTION lock_prices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'listing' THEN
        PERFORM pg_advisory_xact_lock_shared({LOCK});
    ELSE
        PERFORM pg_advisory_xact_lock({LOCK});
    END IF;
    RETURN NULL;
END $$
"""
APPEND_ONLY = """
CREATE FUNCTION price_change_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'rows of price_change are never changed';
    ELSIF EXISTS (SELECT FROM old_rows JOIN listing ON listing.id = old_rows.listing_id) THEN
        RAISE EXCEPTION 'rows of price_change are deleted with their listing only';
    END IF;
    RETURN NULL;
END $$
"""
STATEMENT, ROW = 'FOR EACH STATEMENT', 'FOR EACH ROW'
OLD, NEW = 'REFERENCING OLD TABLE AS old_rows', 'NEW TABLE AS new_rows'
TRIGGERS = {
    'listing_prices_lock': f'BEFORE INSERT OR UPDATE OR DELETE ON listing {STATEMENT} EXECUTE FUNCTION lock_prices()',
    'variant_prices_lock': f'BEFORE DELETE OR UPDATE OF product_id ON product_variant {STATEMENT} EXECUTE FUNCTION lock_prices()',
    'product_prices_lock': f'BEFORE DELETE ON product {STATEMENT} EXECUTE FUNCTION lock_prices()',
    'listing_prices_after_insert': f'AFTER INSERT ON listing REFERENCING {NEW} {STATEMENT} EXECUTE FUNCTION listing_prices()',
    'listing_prices_after_update': f'AFTER UPDATE ON listing {OLD} {NEW} {STATEMENT} EXECUTE FUNCTION listing_prices()',
    'listing_prices_after_delete': f'AFTER DELETE ON listing {OLD} {STATEMENT} EXECUTE FUNCTION listing_prices()',
    'variant_prices_after_update': f'AFTER UPDATE OF product_id ON product_variant {ROW} '
    'WHEN (OLD.product_id <> NEW.product_id) EXECUTE FUNCTION variant_prices()',
    'variant_prices_after_delete': f'AFTER DELETE ON product_variant {OLD} {STATEMENT} EXECUTE FUNCTION variant_prices()',
    'price_change_never_updated': f'BEFORE UPDATE ON price_change {STATEMENT} EXECUTE FUNCTION price_change_append_only()',
    'price_change_never_deleted': f'AFTER DELETE ON price_change {OLD} {STATEMENT} '
    'EXECUTE FUNCTION price_change_append_only()',
}  # fmt: skip
FUNCTIONS = {
    'refresh_prices(uuid[])': REFRESH, 'listing_prices()': LISTINGS, 'variant_prices()': VARIANTS,
    'lock_prices()': LOCKS, 'price_change_append_only()': APPEND_ONLY,
}  # fmt: skip


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
    for function in FUNCTIONS.values():
        op.execute(function)
    for name, what in TRIGGERS.items():
        op.execute(f'CREATE TRIGGER {name} {what}')
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
        'INSERT INTO price_change SELECT listing.id, least(last_checked_at, now()), currency, price_minor, '
        'list_price_minor FROM listing JOIN product_variant ON product_variant.id = variant_id '
        'WHERE product_id = ANY (:products) AND (price_minor IS NOT NULL OR list_price_minor IS NOT NULL) '
        'AND NOT EXISTS (SELECT FROM price_change WHERE listing_id = listing.id)'
    )
    while products := connection.execute(step, {'last': last, 'batch': BATCH}).scalar():
        connection.execute(sa.text('SELECT refresh_prices(:products)'), {'products': products})
        connection.execute(history, {'products': products})
        last = products[-1]


def downgrade() -> None:
    """Go back."""
    for function in FUNCTIONS:
        op.execute(f'DROP FUNCTION {function} CASCADE')
    for table in ('product_price', 'variant_price', 'price_change'):
        op.drop_table(table)
