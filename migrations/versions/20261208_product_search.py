"""A table of the words of products, which is written only when words change, and the vocabulary of all of them.

The words were a column of `product`, whose entries in the index were written again with each new price. The column and
its triggers stay for code that still reads it; a later release drops them.

Who changes a name locks it first, then the products that have it, in the order of their ids. A product that comes to a
brand or a category locks these names FOR SHARE, but none that it has already: whoever changes such a name waits for
the product. What is computed after that sees what those have committed who held the locks before, since each
statement of a function has a snapshot of its own.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None
oldest_code = '0009'

PATH = """
CREATE FUNCTION category_path(start uuid) RETURNS SETOF category LANGUAGE sql STABLE AS $$
    WITH RECURSIVE path AS (
        SELECT * FROM category WHERE id = start
        UNION SELECT category.* FROM category JOIN path ON category.id = path.parent_id
    ) SELECT * FROM path
$$
"""
LOCK_PATH = """
CREATE FUNCTION lock_category_path(start uuid, except_for uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE place uuid := start; seen uuid[] := '{}'; above uuid;
BEGIN
    WHILE place IS NOT NULL AND place <> ALL (seen) LOOP
        seen := seen || place;
        IF place = ANY (except_for) THEN
            SELECT parent_id INTO above FROM category WHERE id = place;
        ELSE
            SELECT parent_id INTO above FROM category WHERE id = place FOR SHARE;
        END IF;
        place := above;
    END LOOP;
END $$
"""
TRANSLATED = "(SELECT string_agg(value #>> '{{}}', ' ') FROM jsonb_path_query({row}.translations, '$.*.{name}') value)"
DOCUMENTS = f"""
    SELECT product.id,
        search_fold(concat_ws(' ', product.title, {TRANSLATED.format(row="product", name="title")})) AS title,
        search_fold(concat_ws(' ', brand.name, array_to_string(product.tags, ' '), names.words)) AS names,
        concat_ws(
            ' ', search_fold(concat_ws(' ', product.base_code, variants.codes)), variants.whole,
            regexp_replace(lower(product.base_code), '[^a-z0-9]', '', 'g')
        ) AS codes,
        search_fold(coalesce(variants.colors, '')) AS colors,
        search_fold(
            concat_ws(' ', product.description, {TRANSLATED.format(row="product", name="description")})
        ) AS description
    FROM product LEFT JOIN brand ON brand.id = product.brand_id LEFT JOIN names ON names.id = product.category_id
    LEFT JOIN LATERAL (
        SELECT string_agg(sku, ' ' ORDER BY sku) AS codes,
            string_agg(DISTINCT concat_ws(' ', color_primary, color_secondary), ' ') AS colors,
            left(string_agg(regexp_replace(lower(sku), '[^a-z0-9]', '', 'g'), ' ' ORDER BY sku), 20000) AS whole
        FROM product_variant WHERE product_id = product.id
    ) variants ON true
    WHERE product.id = ANY (products)
"""
NAMES = f"""
    SELECT category.id, string_agg(concat_ws(' ', above.name, {TRANSLATED.format(row="above", name="name")}), ' ' ORDER BY above.id) AS words
    FROM (SELECT DISTINCT category_id AS id FROM product WHERE id = ANY (products)) category
    CROSS JOIN LATERAL category_path(category.id) above GROUP BY category.id
"""
# Stems are for words in any grammatical form, the words themselves for those of which only the beginning is typed.
STEMS, WORDS = 'search_stems({})', "to_tsvector('simple'::regconfig, {})"
WEIGHTED = ' || '.join(
    f"setweight({words.format(text)}, '{weight}')"
    for words, text, weight in (
        (STEMS, 'title', 'A'), (WORDS, 'title', 'A'), (STEMS, 'names', 'B'), (WORDS, 'names', 'B'),
        (WORDS, 'codes', 'B'), (STEMS, 'colors', 'C'), (WORDS, 'colors', 'C'), (STEMS, 'description', 'D'),
    )
)  # fmt: skip
REFRESH = f"""
CREATE FUNCTION refresh_product_search(products uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM product WHERE id = ANY (products) ORDER BY id FOR NO KEY UPDATE;
    WITH names AS MATERIALIZED ({NAMES}), documents AS MATERIALIZED ({DOCUMENTS}), changed AS (
        INSERT INTO product_search (product_id, words) SELECT id, {WEIGHTED} FROM documents ORDER BY id
        ON CONFLICT (product_id) DO UPDATE SET words = excluded.words WHERE product_search.words <> excluded.words
    )
    INSERT INTO search_word (word, product_id, stem, trigrams)
    SELECT word, id, coalesce((tsvector_to_array(search_stems(word)))[1], word), search_trigrams(word)
    FROM (
        SELECT DISTINCT ON (word) word, id FROM documents
        CROSS JOIN LATERAL string_to_table(concat_ws(' ', title, names, colors, description), ' ') word
        ORDER BY word, id
    ) used
    WHERE length(word) BETWEEN 3 AND 40 AND word !~ '[0-9]'
    AND NOT EXISTS (SELECT FROM search_word known WHERE known.word = used.word);
END $$
"""
OF_PRODUCT = """
CREATE FUNCTION product_words() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE category uuid;
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM FROM brand WHERE id IN (SELECT brand_id FROM new_rows) ORDER BY id FOR SHARE;
        FOR category IN SELECT DISTINCT category_id FROM new_rows ORDER BY category_id LOOP
            PERFORM lock_category_path(category, '{}');
        END LOOP;
        PERFORM refresh_product_search(ARRAY(SELECT id FROM new_rows));
    ELSE
        IF NEW.brand_id IS DISTINCT FROM OLD.brand_id THEN
            PERFORM FROM brand WHERE id = NEW.brand_id FOR SHARE;
        END IF;
        IF NEW.category_id IS DISTINCT FROM OLD.category_id THEN
            PERFORM lock_category_path(NEW.category_id, ARRAY(SELECT id FROM category_path(OLD.category_id)));
        END IF;
        PERFORM refresh_product_search(ARRAY[NEW.id]);
    END IF;
    RETURN NULL;
END $$
"""
OF_VARIANT = """
CREATE FUNCTION product_variant_words() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE products uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        products := ARRAY(SELECT DISTINCT product_id FROM new_rows);
    ELSIF TG_OP = 'DELETE' THEN
        products := ARRAY(SELECT DISTINCT product_id FROM old_rows);
    ELSE
        products := ARRAY[OLD.product_id, NEW.product_id];
    END IF;
    PERFORM refresh_product_search(products);
    RETURN NULL;
END $$
"""
OF_BRAND = """
CREATE FUNCTION brand_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_product_search(ARRAY(SELECT id FROM product WHERE brand_id = NEW.id));
    RETURN NULL;
END $$
"""
OF_CATEGORY = """
CREATE FUNCTION category_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.parent_id IS DISTINCT FROM OLD.parent_id THEN
        PERFORM lock_category_path(NEW.parent_id, ARRAY(SELECT id FROM category_path(OLD.parent_id)));
    END IF;
    PERFORM refresh_product_search(ARRAY(
        WITH RECURSIVE below AS (
            SELECT NEW.id AS id UNION SELECT category.id FROM category JOIN below ON category.parent_id = below.id
        ) SELECT product.id FROM product WHERE category_id IN (SELECT id FROM below)
    ));
    RETURN NULL;
END $$
"""
# The trigger of the column `product.search` found the products of a brand in any order.
BRAND_COLUMN = """
CREATE OR REPLACE FUNCTION brand_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {lock}UPDATE product SET brand_id = brand_id WHERE brand_id = NEW.id;
    RETURN NULL;
END $$
"""
LOCK_PRODUCTS = 'PERFORM FROM product WHERE brand_id = NEW.id ORDER BY id FOR NO KEY UPDATE; '
CHANGES = {
    'product': 'title description tags translations brand_id category_id base_code',
    'product_variant': 'sku product_id color_primary color_secondary',
    'brand': 'name',
    'category': 'name translations parent_id',
}
TRIGGERS = {table: f'{table}_words' for table in CHANGES}
SETS = (
    ('product', 'INSERT', 'NEW TABLE AS new_rows'), ('product_variant', 'INSERT', 'NEW TABLE AS new_rows'),
    ('product_variant', 'DELETE', 'OLD TABLE AS old_rows'),
)  # fmt: skip


def upgrade() -> None:
    """Go forward. The words of the products that there are follow in the next migration."""
    op.create_table(
        'product_search',
        sa.Column('product_id', sa.Uuid(), nullable=False),
        sa.Column('words', postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ['product_id'], ['product.id'], name=op.f('product_search_product_id_fkey'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('product_id', name=op.f('product_search_pkey')),
    )
    op.create_index('product_search_words_idx', 'product_search', ['words'], postgresql_using='gin')
    op.create_table(
        'search_word',
        sa.Column('word', sa.Text(collation='C'), nullable=False),
        sa.Column('product_id', sa.Uuid(), nullable=False),
        sa.Column('stem', sa.Text(collation='C'), nullable=False),
        sa.Column('trigrams', sa.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint('word', 'product_id', name=op.f('search_word_pkey')),
    )
    op.create_index('search_word_stem_idx', 'search_word', ['stem'])
    op.create_index('search_word_trigrams_idx', 'search_word', ['trigrams'], postgresql_using='gin')
    for function in (PATH, LOCK_PATH, REFRESH, OF_PRODUCT, OF_VARIANT, OF_BRAND, OF_CATEGORY):
        op.execute(function)
    op.execute(BRAND_COLUMN.format(lock=LOCK_PRODUCTS))
    for table, event, rows in SETS:
        op.execute(
            f'CREATE TRIGGER {table}_words_after_{event.lower()} AFTER {event} ON {table} REFERENCING {rows} '
            f'FOR EACH STATEMENT EXECUTE FUNCTION {TRIGGERS[table]}()'
        )
    for table, columns in CHANGES.items():
        old, new = (', '.join(f'{row}.{column}' for column in columns.split()) for row in ('OLD', 'NEW'))
        op.execute(
            f'CREATE TRIGGER {table}_words_after_update AFTER UPDATE OF {columns.replace(" ", ", ")} ON {table} '
            f'FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION {TRIGGERS[table]}()'
        )


def downgrade() -> None:
    """Go back."""
    op.execute(BRAND_COLUMN.format(lock=''))
    for table, event, _ in SETS:
        op.execute(f'DROP TRIGGER {table}_words_after_{event.lower()} ON {table}')
    for table, function in TRIGGERS.items():
        op.execute(f'DROP TRIGGER {table}_words_after_update ON {table}')
        op.execute(f'DROP FUNCTION {function}()')
    for function in ('refresh_product_search(uuid[])', 'lock_category_path(uuid, uuid[])', 'category_path(uuid)'):
        op.execute(f'DROP FUNCTION {function}')
    op.drop_table('search_word')
    op.drop_table('product_search')
