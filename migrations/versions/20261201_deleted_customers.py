"""A deleted account whose follows end in steps is kept, hidden, until the last has ended."""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0010'
branch_labels = None
depends_on = None
oldest_code = '0009'


def upgrade() -> None:
    """Go forward."""
    op.add_column('customer', sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Go back."""
    op.execute('DELETE FROM customer WHERE deleted_at IS NOT NULL')
    op.drop_column('customer', 'deleted_at')
