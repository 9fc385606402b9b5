"""Listings are found by what their source calls the product."""

from migrations import steps

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None
oldest_code = '0009'


def upgrade() -> None:
    """Go forward."""
    steps.create_index('listing_source_product_idx', 'listing', ['source_id', 'source_product_id'])


def downgrade() -> None:
    """Go back."""
    steps.drop_index('listing_source_product_idx', 'listing')
