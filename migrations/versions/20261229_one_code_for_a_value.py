"""A value of a facet that two transactions find at once gets one code, not one from each.

Who makes a code waits until the codes that others have made are committed. That is the last thing that a transaction waits
for: it makes codes when it commits, and has locked all of its products before. Values that are known wait for nothing.
"""

from alembic import op

revision = '0039'
down_revision = '0038'
branch_labels = None
depends_on = None
oldest_code = '0026'

LOCK = 112_568_465_454_195
"""The number of the advisory lock: `facets` in ASCII."""
CODE = """
CREATE OR REPLACE FUNCTION facet_code(kind integer, attribute uuid, value text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE code integer;
BEGIN
    SELECT min(id) INTO code FROM facet_code known
    WHERE known.kind = $1 AND known.value = $3 AND known.attribute_id IS NOT DISTINCT FROM $2;
    {wait}
    IF code IS NULL THEN
        INSERT INTO facet_code VALUES (nextval('facet_code_number') * 16 + $1, $1, $2, $3) RETURNING id INTO code;
    END IF;
    RETURN code;
END $$
"""
WAIT = f"""IF code IS NULL THEN
        PERFORM pg_advisory_xact_lock({LOCK});
        SELECT min(id) INTO code FROM facet_code known
        WHERE known.kind = $1 AND known.value = $3 AND known.attribute_id IS NOT DISTINCT FROM $2;
    END IF;"""


def upgrade() -> None:
    """Go forward."""
    op.get_bind().exec_driver_sql(CODE.format(wait=WAIT))


def downgrade() -> None:
    """Go back."""
    op.get_bind().exec_driver_sql(CODE.format(wait=''))
