"""The words of products in `product` itself, which nothing has read since `product_search` has them, are gone.

Code that is older than 0026 may still read the column.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0038'
down_revision = '0037'
branch_labels = None
depends_on = None
oldest_code = '0026'

COLUMN = """
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
    PERFORM FROM product WHERE brand_id = NEW.id ORDER BY id FOR NO KEY UPDATE;
    UPDATE product SET brand_id = brand_id WHERE brand_id = NEW.id;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Go forward. The trigger on brands goes alone: no transaction waits for a table while it holds another."""
    with op.get_context().autocommit_block():
        op.execute('DROP TRIGGER IF EXISTS brand_search ON brand')
    op.execute('DROP TRIGGER product_search ON product')
    op.drop_column('product', 'search')
    op.execute('DROP FUNCTION brand_search()')
    op.execute('DROP FUNCTION product_search()')


def downgrade() -> None:
    """Go back."""
    op.add_column('product', sa.Column('search', postgresql.TSVECTOR(), nullable=True))
    op.execute(COLUMN)
    op.execute(BRAND)
    op.execute(
        'CREATE TRIGGER product_search BEFORE INSERT OR UPDATE OF title, description, tags, brand_id ON product '
        'FOR EACH ROW EXECUTE FUNCTION product_search()'
    )
    op.execute(
        'CREATE TRIGGER brand_search AFTER UPDATE OF name ON brand '
        'FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION brand_search()'
    )
    op.execute('UPDATE product SET brand_id = brand_id')
    op.alter_column('product', 'search', nullable=False)
    op.execute('CREATE INDEX product_search_idx ON product USING gin (search)')
