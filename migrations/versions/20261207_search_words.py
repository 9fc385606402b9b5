"""Words of products as the search sees them: one form for every way of writing a word, in English and Arabic.

Neither `unaccent` nor ICU is needed: NFKD takes accents and hamzas off their letters. `search_fold` is immutable, and
gives letters and digits alone, so that nothing in it is an operator of a query.
"""

from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None
oldest_code = '0009'

MAX_CHARACTERS = 20_000
# Accents and vowel marks (the hamza above or below a letter is one of them after NFKD), tatweel, and what is invisible.
MARKS = (
    r'[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed'
    r'\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]'
)
# Written out, because what is a letter to a regular expression depends on the locale of the database.
SEPARATORS = (
    r'[\u0001-\u002f\u003a-\u0060\u007b-\u00bf\u00d7\u00f7\u02b0-\u02ff\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965'
    r'\u2000-\u2bff\u2e00-\u2e7f\u3000-\u303f\ue000-\uf8ff\ufd3e\ufd3f\ufe00-\ufe6f\U0001f000-\U0001faff]'
)
# The hamza that stands alone comes last: it becomes nothing.
LETTERS = 'ىةٱکیہ' + 'øđłı' + '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹' + 'ء'
FOLDED = 'يهاكيه' + 'odli' + '01234567890123456789'
STOP_WORDS = 'من|في|علي|الي|عن|مع|او|و|هذا|هذه|ذلك|التي|الذي|كل|ثم'
ARTICLE = r'(?:[وف]?[بك]?ال|[وف]?لل)(?=[\u0621-\u064a]{2})'
FOLD = f"""
CREATE FUNCTION search_fold(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE folded text;
BEGIN
    folded := lower(normalize(left(value, {MAX_CHARACTERS}), NFKD));
    IF folded ~ '[^\\x01-\\x7f]' THEN
        folded := translate(regexp_replace(folded, '{MARKS}', '', 'g'), '{LETTERS}', '{FOLDED}');
        folded := replace(replace(replace(folded, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
    END IF;
    folded := regexp_replace(folded, '{SEPARATORS}+', ' ', 'g');
    folded := regexp_replace(folded, '(^| )t shirt', '\\1tshirt', 'g');  -- `t` alone is a stop word
    IF folded ~ '[\\u0621-\\u064a]' THEN
        folded := regexp_replace(folded, '(^| )({STOP_WORDS})(?= |$)', '\\1', 'g');
        folded := regexp_replace(folded, '(^| ){ARTICLE}', '\\1', 'g');
        folded := regexp_replace(folded, ' +', ' ', 'g');
    END IF;
    RETURN btrim(folded);
END $$
"""
# The stemmer knows endings. These plurals change inside the word.
FORMS = {
    'فستان': 'فساتين', 'قميص': 'قمصان', 'حذا': 'احذيه', 'عطر': 'عطور', 'خاتم': 'خواتم', 'قرط': 'اقراط', 'حلق': 'حلقان',
    'حقيبه': 'حقايب', 'شنطه': 'شنط', 'سوار': 'اساور اسوره', 'تنوره': 'تنانير', 'بنطلون': 'بناطيل', 'سروال': 'سراويل',
    'حزام': 'احزمه', 'معطف': 'معاطف', 'قلاده': 'قلايد', 'عقد': 'عقود', 'وشاح': 'اوشحه', 'ثوب': 'اثواب ثياب', 'كندوره': 'كنادير',
    'قبعه': 'قبع', 'صندل': 'صنادل', 'محفظه': 'محافظ', 'منشفه': 'مناشف', 'وساده': 'وسايد', 'ستاره': 'ستاير', 'فنجان': 'فناجين',
    'كاس': 'كووس اكواب', 'شمعه': 'شموع', 'مبخره': 'مباخر', 'فانوس': 'فوانيس', 'سجاده': 'سجاجيد سجاد', 'بطانيه': 'بطاطين',
    'كنزه': 'كنز', 'طفل': 'اطفال', 'بنت': 'بنات', 'ولد': 'اولاد', 'رجل': 'رجال رجالي رجاليه', 'نسا': 'نسايي نساييه', 'جيب': 'جيوب', 'زر': 'ازرار',
    'لون': 'الوان', 'هديه': 'هدايا', 'عبايه': 'عبي', 'طويل': 'طوال', 'صغير': 'صغار', 'كبير': 'كبار',
}  # fmt: skip
# Colors of variants are in English alone, so Arabic words for colors are forms of the English ones.
FORMS |= {
    'black': 'اسود سودا سود', 'white': 'ابيض بيضا بيض', 'red': 'احمر حمرا حمر', 'green': 'اخضر خضرا خضر',
    'blue': 'ازرق زرقا زرق', 'yellow': 'اصفر صفرا صفر', 'brown': 'بني بنيه', 'grey': 'رمادي رماديه', 'beige': 'بيج',
    'pink': 'وردي ورديه زهري زهريه', 'navy': 'كحلي كحليه', 'purple': 'بنفسجي بنفسجيه', 'orange': 'برتقالي برتقاليه',
    'gold': 'ذهب ذهبي ذهبيه', 'silver': 'فضه فضي فضيه',
}  # fmt: skip
FORMS_OBJECT = '{' + ', '.join(f'"{form}": "{word}"' for word, forms in FORMS.items() for form in forms.split()) + '}'
STEMS = f"""
CREATE FUNCTION search_stems(folded text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE forms jsonb;
BEGIN
    IF folded ~ '[\\u0621-\\u064a]' THEN
        forms := '{FORMS_OBJECT}';
        folded := (
            SELECT string_agg(coalesce(forms ->> word, regexp_replace(word, '([\\u0621-\\u064a]{{3}})ات$', '\\1ه')), ' ')
            FROM string_to_table(folded, ' ') word
        );
    END IF;
    RETURN to_tsvector('catalogue_words', folded);
END $$
"""
TRIGRAMS = """
CREATE FUNCTION search_trigrams(word text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg(DISTINCT substr('  ' || word || ' ', place, 3))
    FROM generate_series(1, length(word) + 1) place
$$
"""
# Insertions, deletions, replacements, and exchanges of neighbouring letters count one each.
DISTANCE = """
CREATE FUNCTION search_distance(one text, other text) RETURNS integer LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    a text[] := string_to_array(one, NULL);
    b text[] := string_to_array(other, NULL);
    width integer := cardinality(b);
    earlier integer[];
    previous integer[] := ARRAY(SELECT generate_series(0, width));
    current integer[];
    best integer;
BEGIN
    FOR i IN 1..cardinality(a) LOOP
        current := ARRAY[i];
        FOR j IN 1..width LOOP
            best := least(
                previous[j + 1] + 1, current[j] + 1, previous[j] + CASE WHEN a[i] = b[j] THEN 0 ELSE 1 END
            );
            IF i > 1 AND j > 1 AND a[i] = b[j - 1] AND a[i - 1] = b[j] THEN
                best := least(best, earlier[j - 1] + 1);
            END IF;
            current[j + 1] := best;
        END LOOP;
        earlier := previous;
        previous := current;
    END LOOP;
    RETURN previous[width + 1];
END $$
"""


def upgrade() -> None:
    """Go forward."""
    op.execute('CREATE TEXT SEARCH CONFIGURATION catalogue_words (COPY = pg_catalog.english)')
    op.execute(
        'ALTER TEXT SEARCH CONFIGURATION catalogue_words '
        'ALTER MAPPING FOR word, hword, hword_part WITH pg_catalog.arabic_stem'
    )
    for function in (FOLD, STEMS, TRIGRAMS, DISTANCE):
        op.get_bind().exec_driver_sql(function)


def downgrade() -> None:
    """Go back."""
    for function in ('search_distance', 'search_trigrams', 'search_stems', 'search_fold'):
        op.execute(f'DROP FUNCTION {function}')
    op.execute('DROP TEXT SEARCH CONFIGURATION catalogue_words')
