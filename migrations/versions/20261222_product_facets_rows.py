"""The facets of the products that there are, and indexes on them.

Each trigger is committed alone. A transaction that held the lock of one table while it waits for that of another would be
in a deadlock with those who write both, in whatever order.
"""

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
OLD, NEW = 'OLD TABLE AS old_rows', 'NEW TABLE AS new_rows'
EVENTS = {'INSERT': NEW, 'UPDATE': f'{OLD} {NEW}', 'DELETE': OLD}
TABLES = {'product_variant': 'variant_facets', 'listing': 'listing_facets', 'attribute_value': 'attribute_facets'}


def upgrade() -> None:
    """Go forward. The products come in batches; all of it may be repeated."""
    with op.get_context().autocommit_block():
        _create_triggers()
        _fill()
    for name, columns, options in INDEXES:
        steps.create_index(name, 'product_facets', columns, **options)


def _create_triggers() -> None:
    statement = 'FOR EACH STATEMENT EXECUTE FUNCTION'
    op.execute(
        'CREATE OR REPLACE TRIGGER attribute_facets_lock BEFORE INSERT OR UPDATE OR DELETE ON attribute_value '
        f'{statement} attribute_facets_lock()'
    )
    for table, function in TABLES.items():
        for event, rows in EVENTS.items():
            op.execute(
                f'CREATE OR REPLACE TRIGGER {function}_after_{event.lower()} AFTER {event} ON {table} '
                f'REFERENCING {rows} {statement} {function}()'
            )


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
    op.execute('DROP TRIGGER IF EXISTS attribute_facets_lock ON attribute_value')
    for table, function in TABLES.items():
        for event in EVENTS:
            op.execute(f'DROP TRIGGER IF EXISTS {function}_after_{event.lower()} ON {table}')
