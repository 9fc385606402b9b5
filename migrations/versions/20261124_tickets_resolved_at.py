"""when tickets were resolved."""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

ENDED = "SELECT max(ended_at) FROM session WHERE session.ticket_id = ticket.id AND session.status = 'COMPLETED'"


def upgrade() -> None:
    """Go forward."""
    op.add_column('ticket', sa.Column('resolved_at', sa.DateTime(timezone=True), nullable=True))
    op.execute(f"UPDATE ticket SET resolved_at = coalesce(({ENDED}), updated_at) WHERE status = 'RESOLVED'")  # noqa: S608


def downgrade() -> None:
    """Go back."""
    op.drop_column('ticket', 'resolved_at')
