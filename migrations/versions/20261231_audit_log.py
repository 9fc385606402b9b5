"""Indexes by which admins read the audit log."""

from migrations import steps

revision = '0041'
down_revision = '0040'
branch_labels = None
depends_on = None
oldest_code = '0026'


def upgrade() -> None:
    """Go forward."""
    steps.create_index('audit_entry_target_idx', 'audit_entry', ['target_id', 'created_at', 'id'])
    steps.create_index('audit_entry_time_idx', 'audit_entry', ['created_at', 'id'])


def downgrade() -> None:
    """Go back."""
    steps.drop_index('audit_entry_time_idx', 'audit_entry')
    steps.drop_index('audit_entry_target_idx', 'audit_entry')
