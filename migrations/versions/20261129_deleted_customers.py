"""What is deleted with an account, and when.

A deleted account whose follows end in steps is kept, hidden, until the last has ended. The body of a failed message
about an account is deleted with it.
"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import create_index, drop_index

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None
oldest_code = '0009'


SUBJECTS = r"""
    UPDATE webhook_message SET subject = substring(encode(body, 'escape') FROM '"id"\s*:\s*"(user_\w{1,95})"')
    WHERE provider = 'clerk' AND status = 'FAILED' AND subject IS NULL
"""


def upgrade() -> None:
    """Go forward."""
    op.execute('ALTER TABLE customer ADD COLUMN IF NOT EXISTS deleted_at timestamptz')
    op.execute('ALTER TABLE webhook_message ADD COLUMN IF NOT EXISTS subject varchar')
    op.get_bind().exec_driver_sql(SUBJECTS)
    create_index(
        'webhook_message_subject_idx', 'webhook_message', ['provider', 'subject'],
        postgresql_where=sa.text('subject IS NOT NULL'),
    )


def downgrade() -> None:
    """Go back."""
    op.execute('DELETE FROM customer WHERE deleted_at IS NOT NULL')
    op.drop_column('customer', 'deleted_at')
    drop_index('webhook_message_subject_idx', 'webhook_message')
    op.drop_column('webhook_message', 'subject')
