"""Alembic's entry: runs in the loop and on the URL that `migrations.upgrade` gives."""

import asyncio
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.sql.sqltypes import AutoString

from database.urls import plain_url
from models.columns import Table

ALONE = 7215403
"""The advisory lock of the process that migrates."""
LIMITS = {"lock_timeout": "2s", "statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
"""The role may have others: migrations may take as long as they need, but for locks that others wait behind."""
SECONDS_BETWEEN_TRIES = 0.1
TRIES_PER_LINE = 100
WAITING = "Another process is migrating this database; waiting for it."
OLDEST_CODE = text("UPDATE schema_compatibility SET oldest_code = :oldest")

for file in sorted((Path(__file__).parent.parent / "models").glob("[a-z]*.py")):
    import_module(f"models.{file.stem}")


def plain(kind: str, thing: object, _context: object) -> str | Literal[False]:
    """Write SQLModel's own string type as the plain one, so that a migration needs no import of it."""
    return "sa.String()" if kind == "type" and isinstance(thing, AutoString) else False


def is_of_models(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out the table that belongs to the migrations themselves, as Alembic does with its own."""
    return (kind, name) != ("table", "schema_compatibility")


def record_oldest_code(ctx: Any, step: Any, heads: object, run_args: object) -> None:
    """Keep in the database which code may run on it, in the transaction of the migration."""
    oldest = getattr(step.up_revision.module, "oldest_code", None)
    if step.is_upgrade and oldest is not None:
        ctx.connection.execute(OLDEST_CODE, {"oldest": oldest})


def run(connection: Connection) -> None:
    """Apply each migration in a transaction of its own."""
    context.configure(
        connection=connection, target_metadata=Table.metadata, compare_type=True, render_item=plain,
        include_name=is_of_models, transaction_per_migration=True, on_version_apply=record_oldest_code,
    )  # fmt: skip
    with context.begin_transaction():
        context.run_migrations()


async def main() -> None:
    """Connect, wait until no other process migrates, and run."""
    url = plain_url(context.config.attributes["url"]).replace("postgresql://", "postgresql+asyncpg://", 1)
    options = {"server_settings": {"application_name": "clientele migrations"} | LIMITS}
    engine = create_async_engine(url, poolclass=pool.NullPool, connect_args=options)
    async with engine.connect() as connection:
        # A process that waited for the lock in one statement would hold back CREATE INDEX CONCURRENTLY, and that it.
        tries = 0
        while not await connection.scalar(text(f"SELECT pg_try_advisory_lock({ALONE})")):
            await connection.commit()
            if tries % TRIES_PER_LINE == 0:
                print(WAITING, file=sys.stderr, flush=True)  # noqa: T201 - for whoever runs the command
            tries += 1
            await asyncio.sleep(SECONDS_BETWEEN_TRIES)
        await connection.commit()
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


asyncio.run(main())
