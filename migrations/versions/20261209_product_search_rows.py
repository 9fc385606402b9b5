"""Words of the products that there are, and how a search becomes a query of them."""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None
oldest_code = '0009'

BATCH, MAX_WORDS, MAX_WORD_CHARACTERS = 500, 16, 60
MAX_CORRECTED_WORDS = 4
# One error changes at most four trigrams of a word, so a word with few enough errors has some of the others. What is
# left out are the first ones in the order of the alphabet: beginnings of words, which are the most frequent.
CORRECTIONS = """
CREATE OR REPLACE FUNCTION search_corrections(word text, errors integer) RETURNS SETOF text LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    sought text[] := search_trigrams(word);
    letters integer := length(word);
    least_shared integer := greatest(1, cardinality(sought) - 4 * errors);
    decisive text[] := sought[least_shared:];
BEGIN
    IF letters < 3 OR letters > 40 OR word ~ '[0-9]' THEN
        RETURN;
    END IF;
    RETURN QUERY
        WITH likely AS MATERIALIZED (
            SELECT known.word AS it, max((SELECT count(*) FROM unnest(known.trigrams) one WHERE one = ANY (sought))) AS shared
            FROM search_word known
            WHERE known.trigrams && decisive AND length(known.word) BETWEEN letters - errors AND letters + errors
            GROUP BY known.word ORDER BY shared DESC, known.word LIMIT 100
        ), measured AS MATERIALIZED (
            SELECT it, shared, search_distance(it, search_corrections.word) AS distance FROM likely WHERE shared >= least_shared
        )
        SELECT it FROM measured
        WHERE distance <= errors AND distance = (SELECT min(distance) FROM measured)
        ORDER BY shared DESC, it LIMIT 3;
END $$
"""
# The last word may be the beginning of one, if it is alone from the third letter, in Arabic from the second. A word that
# no product has is corrected: one letter may be wrong, two in a longer one. It is still corrected, by one letter, if some product has it in another form: `earings` is a form of `ear`.
# Only a few words of a search are corrected, since each reads a large part of the vocabulary.
#
# It is called immutable although it reads the vocabulary, so that the planner, which plans searches for their values,
# computes it first, and knows how many products match. A statement that keeps its plan must not use it.
QUERY = f"""
CREATE OR REPLACE FUNCTION search_query(search text, kind text) RETURNS tsquery LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    words text[] := (string_to_array(search_fold(search), ' '))[1:{MAX_WORDS}];
    query tsquery;
    alternatives tsquery;
    term text;
    root text;
    corrected text;
    weights text := CASE WHEN kind = 'names' THEN ':AB' ELSE '' END;
    is_last boolean;
    is_stop_word boolean;
    errors integer;
    wrong integer := 0;
BEGIN
    FOR place IN 1..coalesce(cardinality(words), 0) LOOP
        term := left(words[place], {MAX_WORD_CHARACTERS});
        root := (tsvector_to_array(search_stems(term)))[1];
        is_last := place = cardinality(words);
        is_stop_word := root IS NULL;
        IF is_stop_word AND NOT (is_last AND query IS NULL) THEN
            CONTINUE;
        END IF;
        alternatives := (quote_literal(term) || weights)::tsquery;
        IF root <> term THEN
            alternatives := alternatives || (quote_literal(root) || weights)::tsquery;
        END IF;
        IF kind IN ('match', 'any') THEN
            IF is_last AND (query IS NOT NULL OR length(term) > (CASE WHEN term ~ '^[a-z0-9]' THEN 2 ELSE 1 END)) THEN
                alternatives := alternatives || (quote_literal(term) || ':*')::tsquery;
            END IF;
            errors := CASE
                WHEN is_stop_word OR EXISTS (SELECT FROM search_word known WHERE known.word = term) THEN 0
                WHEN is_last AND EXISTS (
                    SELECT FROM search_word known WHERE known.word > term AND known.word < term || U&'\\+10FFFF'
                ) THEN 0
                WHEN length(term) < 6 OR EXISTS (SELECT FROM search_word known WHERE known.stem = root) THEN 1
                ELSE 2
            END;
            wrong := wrong + sign(errors);
            IF errors > 0 AND wrong <= {MAX_CORRECTED_WORDS} THEN
                FOR corrected IN SELECT search_corrections(term, errors) LOOP
                    root := coalesce((tsvector_to_array(search_stems(corrected)))[1], corrected);
                    alternatives := alternatives || quote_literal(corrected)::tsquery || quote_literal(root)::tsquery;
                END LOOP;
            END IF;
        END IF;
        query := CASE
            WHEN query IS NULL THEN alternatives
            WHEN kind = 'any' THEN query || alternatives
            ELSE query && alternatives
        END;
    END LOOP;
    RETURN coalesce(query, '');
END $$
"""


def upgrade() -> None:
    """Go forward. The words come in batches, which may be repeated."""
    op.get_bind().exec_driver_sql(CORRECTIONS)
    op.get_bind().exec_driver_sql(QUERY)
    with op.get_context().autocommit_block():
        _fill()


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
    """Go back."""
    op.execute('DROP FUNCTION search_query(text, text)')
    op.execute('DROP FUNCTION search_corrections(text, integer)')
