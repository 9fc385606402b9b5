"""What webhooks have reported, so that a message under another id has no second effect."""

import sqlalchemy as sa
from alembic import op

revision = '0043'
down_revision = '0042'
branch_labels = None
depends_on = None
oldest_code = '0026'


def upgrade() -> None:
    """Go forward."""
    op.create_table('webhook_effect',
    sa.Column('provider', sa.String(), nullable=False),
    sa.Column('effect', sa.String(), nullable=False),
    sa.Column('message_id', sa.String(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('provider', 'effect', name=op.f('webhook_effect_pkey'))
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table('webhook_effect')
