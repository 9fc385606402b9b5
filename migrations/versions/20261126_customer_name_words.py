"""Customers are searched by two indexes that give their rows in the order of the answer.

A GIN index finds the words of names, but in no order, so that each page sorted all matches. A table has the words
instead. A trigger writes them, whoever changes a name or a username.
"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

WORDS = "unnest(tsvector_to_array(to_tsvector('simple', {row}.name))), lower({row}.username COLLATE \"C\")"
FUNCTION = f"""
CREATE FUNCTION customer_name_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM customer_name_word WHERE customer_id = NEW.id;
    END IF;
    INSERT INTO customer_name_word (customer_id, word, username) SELECT NEW.id, {WORDS.format(row="NEW")};
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        'customer_name_word',
        sa.Column('customer_id', sa.Uuid(), nullable=False),
        sa.Column('word', sa.Text(collation='C'), nullable=False),
        sa.Column('username', sa.Text(collation='C'), nullable=False),
        sa.ForeignKeyConstraint(
            ['customer_id'], ['customer.id'], name=op.f('customer_name_word_customer_id_fkey'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('customer_id', 'word', name=op.f('customer_name_word_pkey')),
    )
    op.execute(
        f'INSERT INTO customer_name_word (customer_id, word, username) SELECT id, {WORDS.format(row="customer")} '
        'FROM customer'
    )
    op.create_index('customer_name_word_search_idx', 'customer_name_word', ['word', 'username', 'customer_id'])
    op.execute(FUNCTION)
    op.execute("""
        CREATE TRIGGER customer_name_words_of_new AFTER INSERT ON customer
        FOR EACH ROW WHEN (NEW.name IS NOT NULL) EXECUTE FUNCTION customer_name_words()
    """)
    op.execute("""
        CREATE TRIGGER customer_name_words_of_changed AFTER UPDATE OF name, username ON customer
        FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name OR OLD.username IS DISTINCT FROM NEW.username)
        EXECUTE FUNCTION customer_name_words()
    """)
    # What keeps readers out comes last: they wait for the end of the transaction.
    op.execute('CREATE INDEX new_username_prefix_idx ON customer (lower(username COLLATE "C"), id)')
    op.drop_index('customer_name_words_idx', table_name='customer')
    op.drop_index('customer_username_prefix_idx', table_name='customer')
    op.execute('ALTER INDEX new_username_prefix_idx RENAME TO customer_username_prefix_idx')


def downgrade() -> None:
    """Go back."""
    op.drop_index('customer_username_prefix_idx', table_name='customer')
    op.execute('CREATE INDEX customer_username_prefix_idx ON customer (lower(username) text_pattern_ops)')
    op.execute("CREATE INDEX customer_name_words_idx ON customer USING gin (to_tsvector('simple', coalesce(name, '')))")
    op.execute('DROP TRIGGER customer_name_words_of_changed ON customer')
    op.execute('DROP TRIGGER customer_name_words_of_new ON customer')
    op.execute('DROP FUNCTION customer_name_words')
    op.drop_table('customer_name_word')
