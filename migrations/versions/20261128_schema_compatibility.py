"""The database says which code may run on it.

Beside its revision, which older code does not know, it keeps the newest revision of the oldest code that works on it.
"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None
oldest_code = '0009'


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        'schema_compatibility',
        sa.Column('only_row', sa.Boolean(), server_default=sa.text('true'), nullable=False),
        sa.Column('oldest_code', sa.String(), nullable=False),
        sa.CheckConstraint('only_row', name=op.f('schema_compatibility_only_row_check')),
        sa.PrimaryKeyConstraint('only_row', name=op.f('schema_compatibility_pkey')),
    )
    op.execute(f"INSERT INTO schema_compatibility (oldest_code) VALUES ('{oldest_code}')")


def downgrade() -> None:
    """Go back."""
    op.drop_table('schema_compatibility')
