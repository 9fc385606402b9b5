"""The values that each product has for facets, kept by triggers.

Triggers lock the products that a statement changes, in the order of their ids, and note them. When the transaction
commits, all of them are read again at once, so that an import which writes products, variants, attributes and listings
one after the other pays once. What is read then is what those have committed who held the locks before.

A statement on attributes shares the advisory lock that whoever moves variants holds alone, as one on listings does: so it
finds the product of its variants where no other is moving them to.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0025'
down_revision = '0032'
branch_labels = None
depends_on = None
oldest_code = '0009'

BATCH = 1_000
LOCK = 123_636_696_704_371
"""The number of the advisory lock of prices."""
BRAND, CATEGORY, COLOR, SIZE, ATTRIBUTE, VARIANT_AVAILABILITY, STORE, SOURCE, LISTING_AVAILABILITY, CURRENCY = range(10)
CODE = """
CREATE FUNCTION facet_code(kind integer, attribute uuid, value text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE code integer;
BEGIN
    SELECT min(id) INTO code FROM facet_code known
    WHERE known.kind = $1 AND known.value = $3 AND known.attribute_id IS NOT DISTINCT FROM $2;
    IF code IS NULL THEN
        INSERT INTO facet_code VALUES (nextval('facet_code_number') * 16 + $1, $1, $2, $3) RETURNING id INTO code;
    END IF;
    RETURN code;
END $$
"""
# It is called immutable although it reads a table, so that the planner, which plans filters for their values, computes it
# first, and knows how many products have one of the values. A statement that keeps its plan must not use it.
CODES = """
CREATE FUNCTION facet_codes(kind integer, wanted text[]) RETURNS integer[] LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    RETURN ARRAY(SELECT id FROM facet_code known WHERE known.kind = $1 AND known.value = ANY (wanted));
END $$
"""
OF_LISTING = f"""
    (VALUES ({STORE}, store_id::text), ({SOURCE}, source_id::text), ({LISTING_AVAILABILITY}, availability::text),
            ({CURRENCY}, currency)) fact (kind, value)
"""
OF_VARIANT = f"""
    (VALUES ({COLOR}, lower(color_primary)), ({COLOR}, lower(color_secondary)), ({SIZE}, size_label),
            ({VARIANT_AVAILABILITY}, variant_availability::text)) fact (kind, value)
"""
# EXECUTE plans the statement each time, for the number of products that there are. How many facts they have is not known
# then: a merge join would sort all of them by their texts.
REFRESH = f"""
CREATE FUNCTION refresh_product_facets(products uuid[]) RETURNS void LANGUAGE plpgsql SET enable_mergejoin = off AS $$
BEGIN
    PERFORM FROM product WHERE id = ANY (products) ORDER BY id FOR NO KEY UPDATE;
    EXECUTE $query$
        WITH numbered AS MATERIALIZED (
            SELECT variant.product_id, variant.id AS variant_id, color_primary, color_secondary, size_label,
                   variant.availability AS variant_availability, store_id, source_id, listing.availability, currency,
                   price_minor, (list_price_minor - price_minor) * 100 / list_price_minor AS discount,
                   row_number() OVER (PARTITION BY variant.product_id ORDER BY price_minor, variant.id, listing.id) AS place,
                   count(*) OVER (PARTITION BY variant.product_id) AS size
            FROM product_variant variant LEFT JOIN listing ON listing.variant_id = variant.id AND listing.state = 'ACTIVE'
            WHERE variant.product_id = ANY ($1)
        ), listed AS MATERIALIZED (
            SELECT *, set_bit(repeat('0', size::integer)::varbit, place::integer - 1, 1) AS bit FROM numbered
        ), variants AS MATERIALIZED (
            SELECT product_id, variant_id, color_primary, color_secondary, size_label, variant_availability,
                   bit_or(bit) AS bit
            FROM listed
            GROUP BY product_id, variant_id, color_primary, color_secondary, size_label, variant_availability
        ), whole AS MATERIALIZED (
            SELECT id AS product_id, brand_id, category_id, coalesce(bits.bit, '') AS bit, coalesce(prices, '{{}}') AS prices
            FROM product LEFT JOIN (
                SELECT product_id, bit_or(bit) AS bit,
                       array_agg(price_minor ORDER BY place) FILTER (WHERE price_minor IS NOT NULL) AS prices
                FROM listed GROUP BY product_id
            ) bits ON bits.product_id = product.id
            WHERE id = ANY ($1)
        ), facts AS MATERIALIZED (
            SELECT product_id, bit, kind, NULL::uuid AS attribute_id, value FROM listed CROSS JOIN LATERAL {OF_LISTING}
            WHERE value IS NOT NULL
            UNION ALL
            SELECT product_id, bit, kind, NULL, value FROM variants CROSS JOIN LATERAL {OF_VARIANT} WHERE value IS NOT NULL
            UNION ALL
            SELECT product_id, bit, {ATTRIBUTE}, attribute_id, value FROM variants JOIN attribute_value USING (variant_id)
            UNION ALL
            SELECT product_id, bit, kind, NULL, value
            FROM whole CROSS JOIN LATERAL (VALUES ({BRAND}, brand_id::text), ({CATEGORY}, category_id::text)) fact (kind, value)
            WHERE value IS NOT NULL
        ), codes AS MATERIALIZED (
            SELECT kind, coalesce(attribute_id::text, '') AS attribute, value, facet_code(kind, attribute_id, value) AS code
            FROM (SELECT DISTINCT kind, attribute_id, value FROM facts) used
        ), valued AS (
            SELECT product_id, array_agg(code ORDER BY code) AS codes, array_agg(bit ORDER BY code) AS bits,
                   min(code) FILTER (WHERE code & 15 = {BRAND}) AS brand,
                   min(code) FILTER (WHERE code & 15 = {CATEGORY}) AS category
            FROM (
                SELECT product_id, code, bit_or(bit) AS bit
                FROM facts JOIN codes ON codes.kind = facts.kind AND codes.value = facts.value
                AND codes.attribute = coalesce(facts.attribute_id::text, '')
                GROUP BY product_id, code
            ) coded GROUP BY product_id
        ), discounted AS (
            SELECT product_id, array_agg(discount ORDER BY discount) AS discounts,
                   array_agg(bit ORDER BY discount) AS discount_bits
            FROM (
                SELECT product_id, discount, bit_or(bit_or(bit)) OVER (PARTITION BY product_id ORDER BY discount DESC) AS bit
                FROM listed WHERE discount > 0 GROUP BY product_id, discount
            ) steps GROUP BY product_id
        )
        INSERT INTO product_facets AS known (
            product_id, brand, category, all_bits, codes, bits, prices, discounts, discount_bits
        )
        SELECT product_id, brand, category, bit, coalesce(codes, '{{}}'), coalesce(bits, '{{}}'), prices,
               coalesce(discounts, '{{}}'), coalesce(discount_bits, '{{}}')
        FROM whole LEFT JOIN valued USING (product_id) LEFT JOIN discounted USING (product_id)
        ORDER BY product_id
        ON CONFLICT (product_id) DO UPDATE SET
            brand = excluded.brand, category = excluded.category,
            all_bits = excluded.all_bits, codes = excluded.codes, bits = excluded.bits, prices = excluded.prices,
            discounts = excluded.discounts, discount_bits = excluded.discount_bits
        WHERE (known.all_bits, known.codes, known.bits, known.prices, known.discounts, known.discount_bits)
            IS DISTINCT FROM (excluded.all_bits, excluded.codes, excluded.bits, excluded.prices, excluded.discounts,
                              excluded.discount_bits)
    $query$ USING products;
END $$
"""
VARIANT = 'product_id, color_primary, color_secondary, size_label, availability'
LISTING = 'variant_id, source_id, store_id, currency, price_minor, list_price_minor, availability, state'
VALUE = 'variant_id, attribute_id, value'


def _is_other(columns: str) -> str:
    now, before = (', '.join(f'{row}.{one}' for one in columns.split(', ')) for row in ('now', 'before'))
    return f'({now}) IS DISTINCT FROM ({before})'


def _changed(table: str, key: str, columns: str) -> str:
    """Find what the rows refer to that a statement on a table has inserted, deleted or changed."""
    return f"""
        IF TG_OP = 'INSERT' THEN
            found := ARRAY(SELECT DISTINCT {key} FROM new_rows);
        ELSIF TG_OP = 'DELETE' THEN
            found := ARRAY(SELECT DISTINCT {key} FROM old_rows);
        ELSE
            found := ARRAY(
                SELECT now.{key} FROM new_rows now JOIN old_rows before USING (id) WHERE {_is_other(columns)}
                UNION SELECT before.{key} FROM new_rows now JOIN old_rows before USING (id) WHERE {_is_other(columns)}
            );
        END IF;
    """


NOTE = """
        IF found <> '{}' THEN
            PERFORM FROM product WHERE id = ANY (found) ORDER BY id FOR NO KEY UPDATE;
            INSERT INTO facet_change (products) VALUES (found);
        END IF;
        RETURN NULL;
"""
FUNCTION = 'CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE found uuid[]; BEGIN {body} END $$'
PRODUCTS = 'found := ARRAY(SELECT DISTINCT product_id FROM product_variant WHERE id = ANY (found));'
FUNCTIONS = {
    'product_facets_new': f'found := ARRAY(SELECT id FROM new_rows); {NOTE}',
    'product_facets_changed': f'found := ARRAY[NEW.id]; {NOTE}',
    'variant_facets': _changed('product_variant', 'product_id', VARIANT) + NOTE,
    'listing_facets': _changed('listing', 'variant_id', LISTING) + PRODUCTS + NOTE,
    'attribute_facets': _changed('attribute_value', 'variant_id', VALUE) + PRODUCTS + NOTE,
    'attribute_facets_lock': f'PERFORM pg_advisory_xact_lock_shared({LOCK}); RETURN NULL;',
    'apply_facet_changes': f"""
        IF NOT EXISTS (SELECT FROM facet_change WHERE id = NEW.id) THEN
            RETURN NULL;  -- an earlier call has done all
        END IF;
        WITH gone AS (DELETE FROM facet_change RETURNING products)
        SELECT array_agg(DISTINCT one) INTO found FROM gone CROSS JOIN unnest(products) one;
        FOR place IN 1..cardinality(found) BY {BATCH} LOOP
            PERFORM refresh_product_facets(found[place : place + {BATCH - 1}]);
        END LOOP;
        RETURN NULL;
    """,
}


def upgrade() -> None:
    """Go forward. The triggers on other tables, and the products that there are, follow in the next migration."""
    op.create_table(
        'facet_code',
        sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('kind', sa.Integer(), nullable=False),
        sa.Column('attribute_id', sa.Uuid(), nullable=True),
        sa.Column('value', sa.String(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('facet_code_pkey')),
    )
    op.create_index('facet_code_value_idx', 'facet_code', ['kind', 'value', 'attribute_id'])
    op.execute('CREATE SEQUENCE facet_code_number OWNED BY facet_code.id')
    bits = postgresql.BIT(varying=True)
    op.create_table(
        'product_facets',
        sa.Column('product_id', sa.Uuid(), nullable=False),
        sa.Column('brand', sa.Integer(), nullable=True),
        sa.Column('category', sa.Integer(), nullable=True),
        sa.Column('all_bits', bits, nullable=False),
        sa.Column('codes', sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column('bits', sa.ARRAY(bits), nullable=False),
        sa.Column('prices', sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column('discounts', sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column('discount_bits', sa.ARRAY(bits), nullable=False),
        sa.ForeignKeyConstraint(
            ['product_id'], ['product.id'], name=op.f('product_facets_product_id_fkey'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('product_id', name=op.f('product_facets_pkey')),
    )
    op.create_table(
        'facet_change',
        sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column('products', sa.ARRAY(sa.Uuid()), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('facet_change_pkey')),
        prefixes=['UNLOGGED'],
    )
    for function in (CODE, CODES, REFRESH):
        op.get_bind().exec_driver_sql(function)
    for name, body in FUNCTIONS.items():
        op.get_bind().exec_driver_sql(FUNCTION.format(name=name, body=body))
    _create_triggers()


def _create_triggers() -> None:
    op.execute(
        'CREATE TRIGGER product_facets_after_insert AFTER INSERT ON product REFERENCING NEW TABLE AS new_rows '
        'FOR EACH STATEMENT EXECUTE FUNCTION product_facets_new()'
    )
    op.execute(
        'CREATE TRIGGER product_facets_after_update AFTER UPDATE OF brand_id, category_id ON product FOR EACH ROW '
        'WHEN ((OLD.brand_id, OLD.category_id) IS DISTINCT FROM (NEW.brand_id, NEW.category_id)) '
        'EXECUTE FUNCTION product_facets_changed()'
    )
    op.execute(
        'CREATE CONSTRAINT TRIGGER facet_change_applied AFTER INSERT ON facet_change '
        'DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION apply_facet_changes()'
    )


def downgrade() -> None:
    """Go back."""
    for name in FUNCTIONS:
        op.execute(f'DROP FUNCTION {name}() CASCADE')
    for name in ('refresh_product_facets(uuid[])', 'facet_codes(integer, text[])', 'facet_code(integer, uuid, text)'):
        op.execute(f'DROP FUNCTION {name}')
    for table in ('facet_change', 'product_facets', 'facet_code'):
        op.drop_table(table)
