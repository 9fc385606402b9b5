"""Events are kept for some days, so that a listener which was disconnected reads what it missed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None
oldest_code = '0009'


class XID8(sa.types.UserDefinedType):
    """The id of a transaction."""

    cache_ok = True

    def get_col_spec(self, **_):
        """Give the name of the type."""
        return 'xid8'


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        'event',
        sa.Column('transaction_id', XID8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('payload', postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint('created_at', 'id', name=op.f('event_pkey')),
    )
    op.create_index('event_transaction_id_id_idx', 'event', ['transaction_id', 'id'])
    op.create_table(
        'event_retention',
        sa.Column('single', sa.Boolean(), server_default=sa.text('true'), nullable=False),
        sa.Column('swept_through', XID8(), nullable=False),
        sa.CheckConstraint('single', name=op.f('event_retention_single_check')),
        sa.PrimaryKeyConstraint('single', name=op.f('event_retention_pkey')),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table('event_retention')
    op.drop_table('event')
