"""Half the work for new products: their words are computed once, and availability is read by the right index.

`product_words` leaves the words of new products to the insertion of their variants in a transaction that has asked for
it (`SET LOCAL catalogue.words_with_variants = 'on'`). What has no words when that transaction is committed gets them
then, by a deferred trigger, so that no product is ever without.
"""

from alembic import op

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None
oldest_code = '0009'

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
# As in the migration that made it, but for the last two statements. They are grouped, so that each availability is
# computed once and not for the comparison again; and the state is in a FILTER, not in a condition, so that no partial
# index of active listings is chosen, whose first columns PostgreSQL 18 would skip: 34 searches for each variant.
SUBQUERIES = f"""
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
"""
GROUPS = f"""
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
"""
PRICES = f"""
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
    {{availability}}
END $$
"""
ASKED = "current_setting('catalogue.words_with_variants', true) = 'on'"
WORDS = """
CREATE OR REPLACE FUNCTION product_words() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE category uuid;
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM FROM brand WHERE id IN (SELECT brand_id FROM new_rows) ORDER BY id FOR SHARE;
        FOR category IN SELECT DISTINCT category_id FROM new_rows ORDER BY category_id LOOP
            PERFORM lock_category_path(category, '{}');
        END LOOP;
        ---
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
AT_ONCE = 'PERFORM refresh_product_search(ARRAY(SELECT id FROM new_rows));'
UNLESS_ASKED = f"""IF {ASKED} IS NOT TRUE THEN
            {AT_ONCE}
        END IF;"""
MISSING_WORDS = """
CREATE FUNCTION product_words_if_missing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM product_search WHERE product_id = NEW.id) THEN
        PERFORM refresh_product_search(ARRAY[NEW.id]);
    END IF;
    RETURN NULL;
END $$
"""
TRIGGER = f"""
CREATE CONSTRAINT TRIGGER product_words_at_commit AFTER INSERT ON product DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN ({ASKED}) EXECUTE FUNCTION product_words_if_missing()
"""


def upgrade() -> None:
    """Go forward. Whoever does not ask for it gets words at once, as before."""
    op.execute(PRICES.format(availability=GROUPS))
    op.execute(MISSING_WORDS)
    op.execute(TRIGGER)
    op.execute(WORDS.replace('---', UNLESS_ASKED))


def downgrade() -> None:
    """Go back."""
    op.execute(WORDS.replace('---', AT_ONCE))
    op.execute('DROP FUNCTION product_words_if_missing() CASCADE')
    op.execute(PRICES.format(availability=SUBQUERIES))
