"""Alembic's entry: runs in the loop and on the URL that `migrations.upgrade` gives."""

import asyncio
from importlib import import_module
from pathlib import Path
from typing import Literal

from alembic import context
from sqlalchemy import Connection, pool
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.sql.sqltypes import AutoString

from database.urls import plain_url
from models.columns import Table

for file in sorted((Path(__file__).parent.parent / "models").glob("[a-z]*.py")):
    import_module(f"models.{file.stem}")


def plain(kind: str, thing: object, _context: object) -> str | Literal[False]:
    """Write SQLModel's own string type as the plain one, so that a migration needs no import of it."""
    return "sa.String()" if kind == "type" and isinstance(thing, AutoString) else False


def run(connection: Connection) -> None:
    """Upgrade in one transaction, alone: a second process waits for the first."""
    context.configure(connection=connection, target_metadata=Table.metadata, compare_type=True, render_item=plain)
    with context.begin_transaction():
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7215403)")
        context.run_migrations()


async def main() -> None:
    """Connect and run."""
    url = plain_url(context.config.attributes["url"]).replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


asyncio.run(main())
