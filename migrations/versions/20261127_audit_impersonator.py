"""The audit log says who acted as somebody else."""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column('audit_entry', sa.Column('impersonator', sa.String(), nullable=True))


def downgrade() -> None:
    """Go back."""
    op.drop_column('audit_entry', 'impersonator')
