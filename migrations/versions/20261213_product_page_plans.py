"""What the planner needs to know for pages of products: the tree of a category, rare values, and discounts."""

from alembic import op

revision = '0028'
down_revision = '0024'
branch_labels = None
depends_on = None
oldest_code = '0009'

# They are called immutable although they read the tree, so that the planner calls them first, and knows how many products
# a category has. A statement that keeps its plan may use them for a column only. UNION removes duplicates, so that a
# cycle ends.
TREE = """
CREATE OR REPLACE FUNCTION category_tree(root {kind}) RETURNS uuid[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(id), '{{}}') FROM (
        WITH RECURSIVE tree AS (
            SELECT id FROM category WHERE {column} = root
            UNION SELECT category.id FROM category JOIN tree ON category.parent_id = tree.id
        ) SELECT id FROM tree
    ) found
$$
"""
KINDS = {'uuid': 'id', 'text': 'slug'}
# By default the planner knows the hundred most frequent values, and takes all others for equally frequent.
EXACT = {'product': ('brand_id', 'category_id'), 'listing': ('store_id',)}
TARGET = 1_000
# The index of discounts has only active listings, so its statistics are not used for others.
DISCOUNT = 'listing_discount_statistics'


def upgrade() -> None:
    """Go forward. Neither readers nor writers have to wait."""
    for kind, column in KINDS.items():
        op.execute(TREE.format(kind=kind, column=column))
    op.execute(f"""
        CREATE STATISTICS IF NOT EXISTS {DISCOUNT}
        ON ((list_price_minor - price_minor) * 100 / list_price_minor) FROM listing
    """)
    _set_target(TARGET)


def _set_target(target: int) -> None:
    for table, columns in EXACT.items():
        changes = ', '.join(f'ALTER COLUMN {column} SET STATISTICS {target}' for column in columns)
        op.execute(f'ALTER TABLE {table} {changes}')
        op.execute(f'ANALYZE {table}')


def downgrade() -> None:
    """Go back."""
    _set_target(-1)
    op.execute(f'DROP STATISTICS {DISCOUNT}')
    for kind in KINDS:
        op.execute(f'DROP FUNCTION category_tree({kind})')
