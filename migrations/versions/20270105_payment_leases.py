"""Which request asks Razorpay for an order or a refund, so that others wait for it."""

import sqlalchemy as sa
from alembic import op

revision = '0044'
down_revision = '0043'
branch_labels = None
depends_on = None
oldest_code = '0026'


def upgrade() -> None:
    """Go forward."""
    op.add_column('payment', sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True))
    op.add_column('refund', sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Go back."""
    op.drop_column('refund', 'lease_until')
    op.drop_column('payment', 'lease_until')
