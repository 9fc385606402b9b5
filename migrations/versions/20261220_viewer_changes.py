"""Server processes are told when something changes that they remember of customers who are signed in.

A trigger tells them, so that no writer can forget to. It fires only for the columns that it names, not for counters.
"""

from alembic import op

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None
oldest_code = '0009'

REMEMBERED = ('clerk_id', 'role', 'preferred_language', 'deleted_at')
CHANGED = ' OR '.join(f'OLD.{column} IS DISTINCT FROM NEW.{column}' for column in REMEMBERED)


def upgrade() -> None:
    """Go forward."""
    op.execute("""
        CREATE FUNCTION viewer_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('clientele_viewer', CASE WHEN TG_LEVEL = 'ROW' THEN OLD.id::text ELSE '' END);
            RETURN NULL;
        END $$
    """)
    op.execute(f"""
        CREATE TRIGGER viewer_changed AFTER UPDATE OF {', '.join(REMEMBERED)} ON customer
        FOR EACH ROW WHEN ({CHANGED}) EXECUTE FUNCTION viewer_changed()
    """)
    op.execute("""
        CREATE TRIGGER viewer_deleted AFTER DELETE ON customer
        FOR EACH ROW EXECUTE FUNCTION viewer_changed()
    """)
    op.execute("""
        CREATE TRIGGER viewers_truncated AFTER TRUNCATE ON customer
        FOR EACH STATEMENT EXECUTE FUNCTION viewer_changed()
    """)


def downgrade() -> None:
    """Go back."""
    for trigger in ('viewers_truncated', 'viewer_deleted', 'viewer_changed'):
        op.execute(f'DROP TRIGGER {trigger} ON customer')
    op.execute('DROP FUNCTION viewer_changed')
