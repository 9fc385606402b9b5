"""Mails are about anything: a template, a subject, a recipient and a key instead of a ticket and a kind.

The release before goes on with `ticket_id` and `kind`: a trigger fills these for it, and the others where it writes.
Its jobs are not touched either, since ours are of another kind.
"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None
oldest_code = '0009'

COLUMNS = ('template', 'subject_type', 'subject_id', 'language', 'key')
RECIPIENT = """
    SELECT customer.id, coalesce(customer.preferred_language, ticket.language) FROM ticket LEFT JOIN customer
        ON customer.id = ticket.customer_id AND NOT (ticket.linked_when_sent AND ticket.email IS NOT NULL)
    WHERE ticket.id = {ticket}
"""
FILL = f"""
    UPDATE mail SET template = 'tickets.' || kind, subject_type = 'Ticket', subject_id = ticket_id,
        (customer_id, language) = ({RECIPIENT.format(ticket='mail.ticket_id')}),
        key = extract(epoch FROM created_at)::text
"""
FUNCTION = f"""
    CREATE FUNCTION fill_mail() RETURNS trigger LANGUAGE plpgsql AS $$
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
    """Go forward."""
    for name in COLUMNS:
        op.add_column('mail', sa.Column(name, sa.Uuid() if name == 'subject_id' else sa.String(), nullable=True))
    op.add_column('mail', sa.Column('customer_id', sa.Uuid(), nullable=True))
    op.execute(FILL)
    for name in COLUMNS:
        op.alter_column('mail', name, nullable=False)
    op.alter_column('mail', 'ticket_id', nullable=True)
    op.alter_column('mail', 'kind', nullable=True, server_default=None)
    op.create_unique_constraint(
        op.f('mail_subject_type_subject_id_template_key_key'), 'mail', ['subject_type', 'subject_id', 'template', 'key']
    )
    op.execute(FUNCTION)
    op.execute(TRIGGER)


def downgrade() -> None:
    """Go back."""
    op.execute('DROP TRIGGER fill_mail ON mail')
    op.execute('DROP FUNCTION fill_mail')
    op.execute('DELETE FROM mail WHERE ticket_id IS NULL')
    op.execute("DELETE FROM pgqueuer.pgqueuer WHERE entrypoint = 'mails.send'")
    for name in (*COLUMNS, 'customer_id'):
        op.drop_column('mail', name)
    op.alter_column('mail', 'kind', nullable=False, server_default='RECEIVED')
    op.alter_column('mail', 'ticket_id', nullable=False)
