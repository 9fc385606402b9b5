"""Indexes for the filters and the orders of products."""

import sqlalchemy as sa

from migrations import steps

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None
oldest_code = '0009'

DISCOUNT = sa.text('((list_price_minor - price_minor) * 100 / list_price_minor)')
ACTIVE = {'postgresql_where': sa.text("state = 'ACTIVE'")}
INDEXES = (
    ('product_popularity_idx', 'product', ['popularity', 'id'], {}),
    ('product_rating_idx', 'product', ['average_rating', 'review_count', 'id'], {}),
    ('product_tags_idx', 'product', ['tags'], {'postgresql_using': 'gin'}),
    ('product_variant_color_idx', 'product_variant', [sa.text('lower(color_primary)'), 'product_id'], {}),
    ('product_variant_second_color_idx', 'product_variant', [sa.text('lower(color_secondary)'), 'product_id'], {}),
    ('product_variant_size_idx', 'product_variant', ['size_label', 'product_id'], {}),
    ('attribute_value_value_idx', 'attribute_value', ['attribute_id', 'value', 'variant_id'], {}),
    ('listing_price_idx', 'listing', ['currency', 'price_minor', 'variant_id'], ACTIVE),
    ('listing_discount_idx', 'listing', [DISCOUNT, 'variant_id'], ACTIVE),
)


def upgrade() -> None:
    """Go forward."""
    for name, table, columns, options in INDEXES:
        steps.create_index(name, table, columns, **options)


def downgrade() -> None:
    """Go back."""
    for name, table, *_ in reversed(INDEXES):
        steps.drop_index(name, table)
