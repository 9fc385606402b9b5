"""Documents that clients name instead of sending.

A trigger tells the server processes when trusted documents change, which they hold in memory.
"""

import sqlalchemy as sa
from alembic import op

revision = '0040'
down_revision = '0039'
branch_labels = None
depends_on = None
oldest_code = '0026'


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        'trusted_document',
        sa.Column('id', sa.Text(), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('imported_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('trusted_document_pkey')),
    )
    op.create_table(
        'persisted_query',
        sa.Column('hash', sa.LargeBinary(), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('bytes', sa.Integer(), nullable=False),
        sa.Column('used_again', sa.Boolean(), server_default='false', nullable=False),
        sa.Column('last_used_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
        sa.CheckConstraint('octet_length(hash) = 32', name=op.f('persisted_query_sha256_check')),
        sa.PrimaryKeyConstraint('hash', name=op.f('persisted_query_pkey')),
    )
    op.execute("""
        CREATE FUNCTION trusted_documents_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('clientele_trusted_documents', '');
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER trusted_documents_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON trusted_document
        FOR EACH STATEMENT EXECUTE FUNCTION trusted_documents_changed()
    """)


def downgrade() -> None:
    """Go back."""
    op.drop_table('persisted_query')
    op.drop_table('trusted_document')
    op.execute('DROP FUNCTION trusted_documents_changed')
