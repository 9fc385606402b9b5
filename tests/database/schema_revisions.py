"""The revision of a database, set by hand."""

import asyncpg


async def set_revision(url: str, revision: str, *, oldest_code: str) -> None:
    """Have the database look as a newer version would leave it."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("UPDATE alembic_version SET version_num = $1", revision)
        await connection.execute("UPDATE schema_compatibility SET oldest_code = $1", oldest_code)
    finally:
        await connection.close()
