"""Pages of receipts: a token for each, which its address ends with."""

import sqlalchemy as sa
from alembic import op

revision = '0045'
down_revision = '0044'
branch_labels = None
depends_on = None
oldest_code = '0026'


def upgrade() -> None:
    """Go forward. Each receipt that there is gets a token of its own, which a volatile default makes."""
    token = sa.text("replace(gen_random_uuid()::text, '-', '')")
    op.add_column('receipt', sa.Column('token', sa.String(), server_default=token, nullable=False))


def downgrade() -> None:
    """Go back."""
    op.drop_column('receipt', 'token')
