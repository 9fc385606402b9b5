"""tickets of guests that were linked when they were sent."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column('ticket', sa.Column('linked_when_sent', sa.Boolean(), server_default='false', nullable=False))


def downgrade() -> None:
    """Go back."""
    op.drop_column('ticket', 'linked_when_sent')
