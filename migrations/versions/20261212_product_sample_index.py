"""An index by which a random sample of products is found, whatever else is known of them."""

import sqlalchemy as sa

from migrations import steps

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None
oldest_code = '0009'


def upgrade() -> None:
    """Go forward."""
    steps.create_index('product_sample_idx', 'product', [sa.text('uuid_hash(id)'), 'id'])


def downgrade() -> None:
    """Go back."""
    steps.drop_index('product_sample_idx', 'product')
