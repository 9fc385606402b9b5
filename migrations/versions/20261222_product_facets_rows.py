"""The facets of the products that there are, and indexes on them."""

import sqlalchemy as sa
from alembic import op

from migrations import steps

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None
oldest_code = '0009'

BATCH = 1_000
INDEXES = (
    ('product_facets_codes_idx', ['codes'], {'postgresql_using': 'gin'}),
    ('product_facets_brand_idx', ['brand'], {}),
    ('product_facets_category_idx', ['category'], {}),
)


def upgrade() -> None:
    """Go forward. The products come in batches, which may be repeated."""
    with op.get_context().autocommit_block():
        _fill()
    for name, columns, options in INDEXES:
        steps.create_index(name, 'product_facets', columns, **options)


def _fill() -> None:
    """Read all products, some at a time."""
    connection, last = op.get_bind(), '00000000-0000-0000-0000-000000000000'
    step = sa.text(
        'SELECT array_agg(id ORDER BY id) FROM (SELECT id FROM product WHERE id > :last ORDER BY id LIMIT :batch) page'
    )
    while products := connection.execute(step, {'last': last, 'batch': BATCH}).scalar():
        connection.execute(sa.text('SELECT refresh_product_facets(:products)'), {'products': products})
        last = products[-1]


def downgrade() -> None:
    """Go back."""
    for name, *_ in reversed(INDEXES):
        steps.drop_index(name, 'product_facets')
