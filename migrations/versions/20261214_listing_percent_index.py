"""An index of discounts in which no variant is looked up: the planner read all high discounts again for each variant."""

import sqlalchemy as sa

from migrations import steps

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None
oldest_code = '0009'

DISCOUNT = sa.text('((list_price_minor - price_minor) * 100 / list_price_minor)')
ACTIVE = {'postgresql_where': sa.text("state = 'ACTIVE'")}


def upgrade() -> None:
    """Go forward."""
    steps.create_index('listing_percent_idx', 'listing', [DISCOUNT], **ACTIVE)
    steps.drop_index('listing_discount_idx', 'listing')


def downgrade() -> None:
    """Go back."""
    steps.create_index('listing_discount_idx', 'listing', [DISCOUNT, 'variant_id'], **ACTIVE)
    steps.drop_index('listing_percent_idx', 'listing')
