"""Products are found by the name of their brand and by their tags, too.

The words cannot be a generated column any more, since one looks at no other table. A trigger writes them where a
product comes or changes, and where its brand is renamed.
"""

from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

# A product that comes to a brand waits for a rename under way, and a rename for it. One that stays with its brand
# needs no lock: the rename changes the product, too, so that they wait for each other there.
PRODUCT = """
CREATE FUNCTION product_search() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE brand_name text;
BEGIN
    IF TG_OP = 'INSERT' OR NEW.brand_id IS DISTINCT FROM OLD.brand_id THEN
        PERFORM FROM brand WHERE id = NEW.brand_id FOR SHARE;
    END IF;
    SELECT name INTO brand_name FROM brand WHERE id = NEW.brand_id;
    NEW.search := setweight(to_tsvector('english', NEW.title), 'A')
        || setweight(to_tsvector('english', coalesce(brand_name, '')), 'B')
        || setweight(to_tsvector('english', array_to_string(NEW.tags, ' ')), 'B')
        || setweight(to_tsvector('english', coalesce(NEW.description, '')), 'C');
    RETURN NEW;
END $$
"""
BRAND = """
CREATE FUNCTION brand_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE product SET brand_id = brand_id WHERE brand_id = NEW.id;
    RETURN NULL;
END $$
"""
EVERY_PRODUCT = 'UPDATE product SET brand_id = brand_id'


def upgrade() -> None:
    """Go forward."""
    op.execute('ALTER TABLE product ALTER COLUMN search DROP EXPRESSION')
    op.execute(PRODUCT)
    op.execute(BRAND)
    op.execute("""
        CREATE TRIGGER product_search BEFORE INSERT OR UPDATE OF title, description, tags, brand_id ON product
        FOR EACH ROW EXECUTE FUNCTION product_search()
    """)
    op.execute("""
        CREATE TRIGGER brand_search AFTER UPDATE OF name ON brand
        FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION brand_search()
    """)
    op.execute(EVERY_PRODUCT)


def downgrade() -> None:
    """Go back."""
    op.execute('DROP TRIGGER brand_search ON brand')
    op.execute('DROP TRIGGER product_search ON product')
    op.execute('DROP FUNCTION brand_search')
    op.execute('DROP FUNCTION product_search')
    op.execute('DROP INDEX product_search_idx')
    op.execute('ALTER TABLE product DROP COLUMN search')
    op.execute("""
        ALTER TABLE product ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
            setweight(to_tsvector('english', title), 'A')
            || setweight(to_tsvector('english', coalesce(description, '')), 'C')) STORED
    """)
    op.execute('CREATE INDEX product_search_idx ON product USING gin (search)')
