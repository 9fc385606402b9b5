"""The rows of a catalogue of 200,000 products, written by `generate_series`: the same ones each time, but for the clock.

Products have some of everything that a shop has: a few brands, categories, stores, tags and colors have most of the
products, and each filter has a value that very few products have. Ids follow one another, as those of `uuidv7` do.
"""

PRODUCTS, STORES, BRANDS = 200_000, 300, 500
LEVELS = (10, 50, 250, 1_000)
"""How many categories there are in each level: 1,310."""
CUSTOMER, BRAND, CATEGORY, SOURCE, STORE, ATTRIBUTE, PRODUCT, VARIANT, LISTING, WISHLIST, SENTENCE = range(1, 12)
COLORS = "black white navy beige grey brown blue red green pink gold silver ivory camel olive teal rust plum mint coral lilac mustard copper sand ruby"
MATERIALS = "cotton linen silk wool denim leather satin chiffon crepe velvet jersey tweed"
KINDS = "Dress Shirt Abaya Skirt Jacket Trousers Coat Scarf Sandals Bag Belt Kaftan Blouse Jumper Cardigan Ring"
ARABIC_KINDS = "فستان قميص عباية تنورة جاكيت بنطلون معطف وشاح صندل حقيبة حزام قفطان بلوزة كنزة سترة خاتم"
ARABIC_WORDS = (
    "أنيق مريح فاخر ناعم خفيف طويل قصير واسع ضيق مطرز عصري تقليدي يومي رسمي صيفي شتوي ملون مزخرف عملي متين رقيق دافئ "
    "بارد جديد مميز فريد هادئ لامع شفاف مبطن"
)


def key(kind: int, number: str) -> str:
    """Write the id of a row."""
    return f"lpad(to_hex({kind}::bigint << 40 | ({number})::bigint), 32, '0')::uuid"


def one_of(words: str, number: str) -> str:
    """Choose a word by a number from 0 on."""
    return f"('{{{words.replace(' ', ',')}}}'::text[])[1 + ({number})::int]"


def skewed(count: int, power: float = 2) -> str:
    """Draw a number below `count`; low ones are frequent."""
    return f"floor({count} * power(random(), {power}))::int"


def word(number: str) -> str:
    """Make a word out of three of 20 syllables."""
    parts = (
        f"substr('bafedigohukelamiporasetinovuwazeyiqoduru', 1 + 2 * ({number} / {20**n} % 20), 2)" for n in range(3)
    )
    return f"({' || '.join(parts)})"


# Of the variants of a product, the first listing has their availability, and the others have a worse one or the same.
RANKS = "IN_STOCK LOW_STOCK PREORDER OUT_OF_STOCK UNKNOWN"
RANK = "width_bucket((n * 7919 + k * 104729) % 100, '{0,70,80,82,93}'::bigint[]) - 1"
VARIANTS_OF_PRODUCT = "generate_series(0, CASE n % 100 WHEN 99 THEN -1 WHEN 1 THEN 5 ELSE 2 END) k"
LISTED = "n % 50 <> 3"
EACH_PRODUCT = f"generate_series(1, {PRODUCTS}) n"

SENTENCES = f"""
    CREATE UNLOGGED TABLE sentence AS
    SELECT n AS id, (SELECT string_agg({word("w")}, ' ') FROM (SELECT n, {skewed(8000)} AS w FROM generate_series(1, 8)) x) AS english,
        (SELECT string_agg({one_of(ARABIC_WORDS, "w")}, ' ') FROM (SELECT n, {skewed(30)} AS w FROM generate_series(1, 6)) x) AS arabic
    FROM generate_series(0, 3999) n
"""
SMALL = f"""
    INSERT INTO brand (id, name, slug)
    SELECT {key(BRAND, "n")}, initcap({word("n * 17")}), 'brand-' || n FROM generate_series(1, {BRANDS}) n;
    INSERT INTO source (id, name, slug, base_url)
    SELECT {key(SOURCE, "n")}, 'Source ' || n, 'source-' || n, 'https://source.example' FROM generate_series(1, 5) n;
    INSERT INTO store (id, name, slug)
    SELECT {key(STORE, "n")}, 'Store ' || n, 'store-' || n FROM generate_series(1, {STORES}) n;
    INSERT INTO attribute (id, name, display_name)
    VALUES ({key(ATTRIBUTE, "1")}, 'material', 'Material'), ({key(ATTRIBUTE, "2")}, 'pattern', 'Pattern');
    INSERT INTO customer (id, clerk_id, username, is_private) VALUES ({key(CUSTOMER, "1")}, 'large', 'large', false);
    INSERT INTO wishlist (id, owner_id, name, visibility, is_default)
    VALUES ({key(WISHLIST, "1")}, {key(CUSTOMER, "1")}, 'Large', 'PUBLIC', false);
    INSERT INTO wishlist_item (id, wishlist_id, variant_id)
    SELECT gen_random_uuid(), {key(WISHLIST, "1")}, {key(VARIANT, "(n * 1999) * 8 + 1")} FROM generate_series(1, 100) n;
"""
CATEGORIES = "".join(
    f"""INSERT INTO category (id, parent_id, name, slug, position, translations)
    SELECT {key(CATEGORY, f"n + {sum(LEVELS[:level])}")},
        {key(CATEGORY, f"(n - 1) / {count // LEVELS[level - 1]} + 1 + {sum(LEVELS[: level - 1])}") if level else "NULL"},
        initcap({word("n * 23 + 7")}), 'category-{level}-' || n, n,
        jsonb_build_object('ar', jsonb_build_object('name', {one_of(ARABIC_WORDS, "n % 30")}))
    FROM generate_series(1, {count}) n;"""
    for level, count in enumerate(LEVELS)
)
LEAVES = LEVELS[-1]
BEST = f"CASE WHEN {LISTED} THEN (SELECT min({RANK}) FROM {VARIANTS_OF_PRODUCT}) END"
# 150,000 products are of cotton, 10,000 of linen and 100 of brocade.
MATERIAL = (
    "CASE WHEN n % 4 <> 0 THEN 'Cotton' WHEN n % 20 = 0 THEN 'Linen' WHEN n % 2000 = 4 THEN 'Brocade' ELSE 'Silk' END"
)
PRODUCT_ROWS = f"""
    INSERT INTO product (id, slug, title, description, translations, brand_id, category_id, tags, availability,
        popularity, average_rating, review_count, created_at)
    SELECT {key(PRODUCT, "n")}, 'product-' || n, title, sentence.english,
        CASE WHEN n % 5 < 3 THEN jsonb_build_object('ar', jsonb_build_object(
            'title', {one_of(ARABIC_KINDS, "kind")} || CASE WHEN n % 4 <> 0 THEN ' قطن' ELSE ' حرير' END,
            'description', sentence.arabic)) END,
        CASE WHEN n % 10000 = 7 THEN {key(BRAND, str(BRANDS))} WHEN n % 50 <> 8 THEN {key(BRAND, "1 + brand")} END,
        CASE WHEN n % 100 = 0 AND n <= 2000 THEN {key(CATEGORY, str(sum(LEVELS)))}
             ELSE {key(CATEGORY, f"1 + leaf + {sum(LEVELS[:-1])}")} END,
        ARRAY['tag-' || tag, 'tag-' || other] || CASE WHEN n % 20000 = 9 THEN '{{rare}}'::text[] ELSE '{{}}' END,
        coalesce({one_of(RANKS, BEST)}, 'UNKNOWN'),
        popularity, CASE WHEN rating < 41 THEN 1 + rating / 10.0 END, CASE WHEN rating < 41 THEN popularity / 2 ELSE 0 END,
        now() - ({PRODUCTS + 1} - n) * interval '2 minutes'
    FROM (
        SELECT n, {skewed(4000, 1)} AS sentence, {skewed(16)} AS kind, {skewed(BRANDS - 1)} AS brand, {skewed(LEAVES - 1, 2.2)} AS leaf,
            {skewed(300)} AS tag, {skewed(300)} AS other, 5 * {skewed(100, 4)} AS popularity, {skewed(82, 1)} AS rating
        FROM {EACH_PRODUCT}
    ) drawn
    JOIN sentence ON sentence.id = drawn.sentence
    CROSS JOIN LATERAL (SELECT concat_ws(' ', initcap({word("(n * 31 % 8000)")}), {MATERIAL}, {one_of(KINDS, "kind")}) AS title) t
    ORDER BY n
"""
VARIANT_ROWS = f"""
    INSERT INTO product_variant (id, product_id, sku, color_primary, color_secondary, size_label, availability, position)
    SELECT {key(VARIANT, "n * 8 + k")}, {key(PRODUCT, "n")}, 'SKU-' || n || '-' || k, {one_of(COLORS, skewed(25))},
        CASE WHEN random() < 0.1 THEN {one_of(COLORS, skewed(25, 1))} END, (36 + 2 * ((n + k) % 8))::text,
        CASE WHEN {LISTED} THEN {one_of(RANKS, RANK)} ELSE 'UNKNOWN' END, k
    FROM {EACH_PRODUCT}, {VARIANTS_OF_PRODUCT}
"""
ATTRIBUTE_VALUES = f"""
    INSERT INTO attribute_value (id, variant_id, attribute_id, value)
    SELECT gen_random_uuid(), {key(VARIANT, "n * 8 + k")}, {key(ATTRIBUTE, "1")}, {one_of(MATERIALS, "n * 7 % 12")}
    FROM {EACH_PRODUCT}, {VARIANTS_OF_PRODUCT};
    INSERT INTO attribute_value (id, variant_id, attribute_id, value)
    SELECT gen_random_uuid(), {key(VARIANT, "n * 8 + k")}, {key(ATTRIBUTE, "2")},
        CASE WHEN n % 10000 = 11 THEN 'paisley' ELSE 'pattern-' || {skewed(20)} END
    FROM {EACH_PRODUCT}, {VARIANTS_OF_PRODUCT} WHERE (n + k) % 3 = 0 OR n % 10000 = 11
"""
IMAGES = f"""
    INSERT INTO image (id, product_id, url, alt_text, width, height, is_primary, position)
    SELECT gen_random_uuid(), {key(PRODUCT, "n")}, 'https://images.example/' || n || '/{{width}}.webp', 'A product', 1200, 1600, true, 0
    FROM {EACH_PRODUCT}
"""
# Most listings are in the shop's own currency, some in others, and of 50 products one is in a currency that is rare.
LISTING_ROWS = [
    f"""
    INSERT INTO listing (id, variant_id, source_id, store_id, url, currency, price_minor, list_price_minor, availability,
        state, last_checked_at)
    SELECT {key(LISTING, "(n * 8 + k) * 4 + l")}, {key(VARIANT, "n * 8 + k")}, {key(SOURCE, "1 + (n + l) % 5")},
        CASE WHEN n % 10000 = 7 AND l = 0 THEN {key(STORE, str(STORES))} WHEN store < 0.9 THEN {key(STORE, f"1 + floor({STORES - 1} * power(store / 0.9, 2))")} END,
        'https://source.example/' || n, CASE WHEN n % 4000 = 5 AND l = 0 THEN 'KWD' WHEN (n + l) % 5 < 4 THEN 'AED' WHEN k = 0 THEN 'SAR' ELSE 'USD' END,
        price, CASE WHEN reduced < 0.0002 THEN price * 4 WHEN reduced < 0.3 THEN price + floor(price * 0.8 * power(reduced / 0.3, 3)) END,
        {one_of(RANKS, f"CASE WHEN l = 0 THEN {RANK} ELSE greatest({RANK}, (n + l) % 5) END")},
        CASE WHEN l > 0 AND (n * 13 + k + l) % 12 = 0 THEN 'ENDED' ELSE 'ACTIVE' END, now() - (n % 1000) * interval '1 minute'
    FROM (
        SELECT n, k, l, random() AS store, random() AS reduced,
            floor(2000 * exp(3.5 * power(n::bigint * 2654435 % 1000003 / 1000003.0, 1.5)) * (0.9 + 0.2 * random()))::bigint AS price
        FROM generate_series({PRODUCTS // 4 * part + 1}, {PRODUCTS // 4 * (part + 1)}) n, {VARIANTS_OF_PRODUCT}, generate_series(0, (ARRAY[3, 0, 0, 1, 1, 1, 1, 1])[1 + (n + k) % 8]) l
        WHERE {LISTED}
    ) drawn
"""
    for part in range(4)
]
# The present prices, and for one product of a thousand a price a day over 90 days.
PRICE_CHANGES = """
    INSERT INTO price_change (listing_id, changed_at, currency, price_minor, list_price_minor)
    SELECT id, last_checked_at, currency, price_minor, list_price_minor FROM listing WHERE state = 'ACTIVE';
    INSERT INTO price_change (listing_id, changed_at, currency, price_minor, list_price_minor)
    SELECT listing.id, now() - day * interval '1 day', currency, price_minor + day, list_price_minor + day
    FROM listing JOIN product_variant variant ON variant.id = variant_id JOIN product ON product.id = product_id
    CROSS JOIN generate_series(2, 91) day WHERE product.slug LIKE '%050'
"""
CHUNK = 20_000


def kept_by(function: str) -> list[str]:
    """Call a function that writes what is kept of products, for some at a time."""
    chunk = f"SELECT id FROM product ORDER BY id LIMIT {CHUNK} OFFSET"
    return [f"SELECT {function}(array_agg(id)) FROM ({chunk} {start}) chunk" for start in range(0, PRODUCTS, CHUNK)]
