"""Facets are read again without looking at what others have left behind in `facet_change`.

Rows of it live for a transaction, and stay as dead ones for as long as an older snapshot lives, whose number is below that
of every row of this transaction. The first call of the trigger is for the first row, so it reads from there on. Of a range
that is open the planner would expect so many rows that it reads the whole table.
"""

from alembic import op

revision = '0037'
down_revision = '0036'
branch_labels = None
depends_on = None
oldest_code = '0009'

BATCH = 1_000
OWN = "WHERE id BETWEEN NEW.id AND currval('facet_change_id_seq') "
APPLY = """
CREATE OR REPLACE FUNCTION apply_facet_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found uuid[];
BEGIN
    IF NOT EXISTS (SELECT FROM facet_change WHERE id = NEW.id) THEN
        RETURN NULL;  -- an earlier call has done all
    END IF;
    WITH gone AS (DELETE FROM facet_change {since}RETURNING products)
    SELECT array_agg(DISTINCT one) INTO found FROM gone CROSS JOIN unnest(products) one;
    FOR place IN 1..cardinality(found) BY {batch} LOOP
        PERFORM refresh_product_facets(found[place : place + {batch} - 1]);
    END LOOP;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Go forward."""
    op.execute(APPLY.format(since=OWN, batch=BATCH))


def downgrade() -> None:
    """Go back."""
    op.execute(APPLY.format(since='', batch=BATCH))
