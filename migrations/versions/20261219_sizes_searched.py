"""The sizes of variants are searched, like their colors: `shirt xl`, `sandals 42`."""

import sqlalchemy as sa
from alembic import op

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None
oldest_code = '0009'

BATCH = 500
TRANSLATED = "(SELECT string_agg(value #>> '{{}}', ' ') FROM jsonb_path_query({row}.translations, '$.*.{name}') value)"
DOCUMENTS = f"""
    SELECT product.id,
        search_fold(concat_ws(' ', product.title, {TRANSLATED.format(row="product", name="title")})) AS title,
        search_fold(concat_ws(' ', brand.name, array_to_string(product.tags, ' '), names.words)) AS names,
        concat_ws(
            ' ', search_fold(concat_ws(' ', product.base_code, variants.codes)), variants.whole,
            regexp_replace(lower(product.base_code), '[^a-z0-9]', '', 'g')
        ) AS codes,
        search_fold({{colors}}) AS colors,
        search_fold(
            concat_ws(' ', product.description, {TRANSLATED.format(row="product", name="description")})
        ) AS description
    FROM product LEFT JOIN brand ON brand.id = product.brand_id LEFT JOIN names ON names.id = product.category_id
    LEFT JOIN LATERAL (
        SELECT string_agg(sku, ' ' ORDER BY sku) AS codes,
            string_agg(DISTINCT concat_ws(' ', color_primary, color_secondary), ' ') AS colors,
            string_agg(DISTINCT size_label, ' ') AS sizes,
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
CREATE OR REPLACE FUNCTION refresh_product_search(products uuid[]) RETURNS void LANGUAGE plpgsql AS $$
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
COLORS = "coalesce(variants.colors, '')"
COLORS_AND_SIZES = "concat_ws(' ', variants.colors, variants.sizes)"
COLUMNS = 'sku', 'product_id', 'color_primary', 'color_secondary'


def upgrade() -> None:
    """Go forward. The words of the products that there are come in batches, which may be repeated."""
    _replace(COLORS_AND_SIZES, (*COLUMNS, 'size_label'))
    with op.get_context().autocommit_block():
        _fill()


def _replace(colors: str, columns: tuple[str, ...]) -> None:
    op.execute(REFRESH.replace('{colors}', colors))
    old, new = (', '.join(f'{row}.{column}' for column in columns) for row in ('OLD', 'NEW'))
    op.execute(
        f'CREATE OR REPLACE TRIGGER product_variant_words_after_update AFTER UPDATE OF {", ".join(columns)} '
        f'ON product_variant FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new})) '
        'EXECUTE FUNCTION product_variant_words()'
    )


def _fill() -> None:
    """Write the words of all products, some at a time."""
    connection, last = op.get_bind(), '00000000-0000-0000-0000-000000000000'
    step = sa.text(
        'SELECT array_agg(id ORDER BY id) FROM (SELECT id FROM product WHERE id > :last ORDER BY id LIMIT :batch) page'
    )
    while products := connection.execute(step, {'last': last, 'batch': BATCH}).scalar():
        connection.execute(sa.text('SELECT refresh_product_search(:products)'), {'products': products})
        last = products[-1]


def downgrade() -> None:
    """Go back. The sizes among the words stay until a product is written."""
    _replace(COLORS, COLUMNS)
