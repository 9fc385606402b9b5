"""Mails are about anything: a template, a subject, a recipient and a key instead of a ticket and a kind.

The release before goes on with `ticket_id` and `kind`: a trigger fills these for it, and the others where it writes.
Its jobs are not touched either, since ours are of another kind.
"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import create_index

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None
oldest_code = '0009'

COLUMNS = ('template', 'subject_type', 'subject_id', 'language', 'key')
KEY = 'mail_subject_type_subject_id_template_key_key'
BATCH = 2_000
FIRST = '00000000-0000-0000-0000-000000000000'
RECIPIENT = """
    SELECT customer.id, coalesce(customer.preferred_language, ticket.language) FROM ticket LEFT JOIN customer
        ON customer.id = ticket.customer_id AND NOT (ticket.linked_when_sent AND ticket.email IS NOT NULL)
    WHERE ticket.id = {ticket}
"""
FILL = f"""
    WITH batch AS (SELECT id FROM mail WHERE id > '{{after}}' ORDER BY id LIMIT {BATCH}), filled AS (
        UPDATE mail SET template = 'tickets.' || kind, subject_type = 'Ticket', subject_id = ticket_id,
            (customer_id, language) = ({RECIPIENT.format(ticket='mail.ticket_id')}),
            key = extract(epoch FROM created_at)::text
        FROM batch WHERE mail.id = batch.id AND mail.template IS NULL
    )
    SELECT id FROM batch ORDER BY id DESC LIMIT 1
"""
FUNCTION = f"""
    CREATE OR REPLACE FUNCTION fill_mail() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.template IS NULL THEN
            NEW.template = 'tickets.' || NEW.kind;
            NEW.subject_type = 'Ticket';
            NEW.subject_id = NEW.ticket_id;
            NEW.key = extract(epoch FROM NEW.created_at)::text;
            {RECIPIENT.format(ticket='NEW.ticket_id').replace('FROM ticket', 'INTO NEW.customer_id, NEW.language FROM ticket')};
        ELSIF NEW.subject_type = 'Ticket' THEN
            NEW.ticket_id = NEW.subject_id;
            NEW.kind = split_part(NEW.template, '.', 2);
        END IF;
        RETURN NEW;
    END $$
"""
TRIGGER = "CREATE TRIGGER fill_mail BEFORE INSERT ON mail FOR EACH ROW EXECUTE FUNCTION fill_mail()"


def upgrade() -> None:
    """Go forward, in steps that can be repeated, of which none keeps the table locked while it reads it."""
    for name in (*COLUMNS, 'customer_id'):
        op.execute(f'ALTER TABLE mail ADD COLUMN IF NOT EXISTS {name} {"uuid" if name.endswith("_id") else "varchar"}')
    op.execute('ALTER TABLE mail ADD COLUMN IF NOT EXISTS verified boolean DEFAULT false NOT NULL')
    op.alter_column('mail', 'ticket_id', nullable=True)
    op.alter_column('mail', 'kind', nullable=True, server_default=None)
    op.execute(FUNCTION)
    op.execute('DROP TRIGGER IF EXISTS fill_mail ON mail')
    op.execute(TRIGGER)
    filled = ' AND '.join(f'{name} IS NOT NULL' for name in COLUMNS)
    with op.get_context().autocommit_block():
        connection, after = op.get_bind(), FIRST
        while after:
            after = connection.exec_driver_sql(FILL.format(after=after)).scalar()
        # not before: the release before still changes rows that are not filled
        op.execute(f"""ALTER TABLE mail DROP CONSTRAINT IF EXISTS mail_filled,
            ADD CONSTRAINT mail_filled CHECK ({filled}) NOT VALID""")
        op.execute('ALTER TABLE mail VALIDATE CONSTRAINT mail_filled')
    create_index(KEY, 'mail', ['subject_type', 'subject_id', 'template', 'key'], unique=True)
    for name in COLUMNS:
        op.alter_column('mail', name, nullable=False)  # the constraint spares PostgreSQL to look at the rows
    op.drop_constraint('mail_filled', 'mail')
    op.execute(f'ALTER TABLE mail ADD CONSTRAINT {KEY} UNIQUE USING INDEX {KEY}')


def downgrade() -> None:
    """Go back."""
    op.execute('DROP TRIGGER fill_mail ON mail')
    op.execute('DROP FUNCTION fill_mail')
    op.execute('DELETE FROM mail WHERE ticket_id IS NULL')
    op.execute("DELETE FROM pgqueuer.pgqueuer WHERE entrypoint = 'mails.send'")
    for name in (*COLUMNS, 'customer_id', 'verified'):
        op.drop_column('mail', name)
    op.alter_column('mail', 'kind', nullable=False, server_default='RECEIVED')
    op.alter_column('mail', 'ticket_id', nullable=False)
