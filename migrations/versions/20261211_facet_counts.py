"""Counts of facets over all products."""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None
oldest_code = '0009'


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        'facet_count',
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('value', sa.String(), nullable=False),
        sa.Column('label', sa.String(), nullable=False),
        sa.Column('count', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('name', 'value', name=op.f('facet_count_pkey')),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table('facet_count')
