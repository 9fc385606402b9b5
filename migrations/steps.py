"""Steps of migrations that must not keep readers and writers waiting."""

from typing import Any

from alembic import op

INVALID = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('{name}') AND NOT indisvalid"


def create_index(name: str, table: str, columns: list[Any], **options: Any) -> None:
    """Create an index on a table that is in use. It is committed alone, and may be repeated after a failure.

    What the migration did before this is committed as well, so let this be its only step, or let the others be
    repeatable. The build waits for older transactions without a time limit, since it blocks nobody.
    """
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        connection.exec_driver_sql("SET lock_timeout = 0")
        if connection.exec_driver_sql(INVALID.format(name=name)).scalar():  # an earlier try was interrupted
            op.drop_index(name, table_name=table, postgresql_concurrently=True)
        op.create_index(name, table, columns, postgresql_concurrently=True, if_not_exists=True, **options)
        connection.exec_driver_sql("RESET lock_timeout")


def drop_index(name: str, table: str) -> None:
    """Drop an index of a table that is in use. It is committed alone, and may be repeated after a failure."""
    with op.get_context().autocommit_block():
        op.get_bind().exec_driver_sql("SET lock_timeout = 0")
        op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)
        op.get_bind().exec_driver_sql("RESET lock_timeout")
