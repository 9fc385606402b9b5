"""A search for the beginning of a word does not name the word itself as well.

The planner took the word and the words with this beginning for two sets of products, so it expected twice as many as
there are, and walked through all products to find ten thousand.
"""

from alembic import op

revision = '0036'
down_revision = '0035'
branch_labels = None
depends_on = None
oldest_code = '0009'

MAX_WORDS, MAX_WORD_CHARACTERS = 16, 60
MAX_CORRECTED_WORDS = 4
# As in the migration that made it, but for the beginning of the last word.
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
                ---
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
BOTH = "alternatives := alternatives || (quote_literal(term) || ':*')::tsquery;"
ONCE = f"""IF kind = 'match' THEN
                    alternatives := CASE
                        WHEN starts_with(root, term) IS NOT FALSE THEN (quote_literal(term) || ':*')::tsquery
                        ELSE quote_literal(root)::tsquery || (quote_literal(term) || ':*')::tsquery
                    END;
                ELSE
                    {BOTH}
                END IF;"""


def upgrade() -> None:
    """Go forward."""
    op.get_bind().exec_driver_sql(QUERY.replace('---', ONCE))


def downgrade() -> None:
    """Go back."""
    op.get_bind().exec_driver_sql(QUERY.replace('---', BOTH))
