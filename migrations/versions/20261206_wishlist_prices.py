"""Wishlist items know the price when they were added."""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None
oldest_code = '0009'


def upgrade() -> None:
    """Go forward. The prices of items that there are stay unknown."""
    op.add_column('wishlist_item', sa.Column('added_price_minor', sa.BigInteger(), nullable=True))
    op.add_column('wishlist_item', sa.Column('added_currency', sa.String(), nullable=True))


def downgrade() -> None:
    """Go back."""
    op.drop_column('wishlist_item', 'added_currency')
    op.drop_column('wishlist_item', 'added_price_minor')
