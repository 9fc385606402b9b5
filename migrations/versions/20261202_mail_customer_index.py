"""The mails of a customer are found when the account goes."""

from migrations import steps

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None
oldest_code = '0009'


def upgrade() -> None:
    """Go forward."""
    steps.create_index('mail_customer_id_idx', 'mail', ['customer_id'])


def downgrade() -> None:
    """Go back."""
    steps.drop_index('mail_customer_id_idx', 'mail')
