"""The whole record of products, images and listings."""

from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None
oldest_code = '0009'

COLUMNS = {
    'product': {
        'translations': 'jsonb',
        'base_code': 'varchar',
        'fit_information': 'varchar',
        'suitable_body_types': "text[] NOT NULL DEFAULT '{}'",
        'availability': "varchar(12) NOT NULL DEFAULT 'UNKNOWN'",
        'popularity': 'integer NOT NULL DEFAULT 0',
        'average_rating': 'float8',
        'review_count': 'integer NOT NULL DEFAULT 0',
        'rating_histogram': "integer[] NOT NULL DEFAULT '{0,0,0,0,0}'",
    },
    'category': {'translations': 'jsonb'},
    'attribute': {'translations': 'jsonb'},
    'image': {'alt_text': 'varchar'},
    'listing': {
        'state': "varchar(6) NOT NULL DEFAULT 'ACTIVE'",
        'source_product_id': 'varchar',
        'affiliate_network': 'varchar',
        'affiliate_sku': 'varchar',
        'affiliate_url': 'varchar',
    },
}
CHECKS = {
    'product': {
        'product_counters_check': 'popularity >= 0 AND review_count >= 0',
        'product_average_rating_check': 'average_rating BETWEEN 1 AND 5',
        'product_rating_histogram_check': 'array_length(rating_histogram, 1) = 5',
        'availability': "availability IN ('IN_STOCK', 'LOW_STOCK', 'OUT_OF_STOCK', 'PREORDER', 'UNKNOWN')",
    },
    'listing': {'listingstate': "state IN ('ACTIVE', 'ENDED')"},
}


def upgrade() -> None:
    """Go forward. A column with a constant default rewrites no table, and checks are not made for the rows there are."""
    for table, columns in COLUMNS.items():
        added = [f'ADD COLUMN {name} {kind}' for name, kind in columns.items()]
        checks = CHECKS.get(table, {}).items()
        added += [f'ADD CONSTRAINT {name} CHECK ({check}) NOT VALID' for name, check in checks]
        op.execute(f'ALTER TABLE {table} {", ".join(added)}')
    for table, checks in CHECKS.items():
        for name in checks:
            op.execute(f'ALTER TABLE {table} VALIDATE CONSTRAINT {name}')


def downgrade() -> None:
    """Go back."""
    for table, columns in COLUMNS.items():
        op.execute(f'ALTER TABLE {table} {", ".join(f"DROP COLUMN {name}" for name in columns)}')
