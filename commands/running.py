"""What commands share: a migrated database, rows to print, and failures that are one sentence."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import typer

from auth import secrets
from database import checks, local, pooler
from settings import Settings

if TYPE_CHECKING:
    from database.engine import Database

T = TypeVar("T")


def run(command: Callable[["Database"], Awaitable[T]]) -> T:
    """Run something over the migrated database, with the same settings as the running server."""
    from mails import outbox

    settings = Settings()

    async def run(url: str) -> T:
        database = await outbox.open_database(settings, secrets.load(settings), url, pool_size=2)
        try:
            return await command(database)
        finally:
            await database.close()

    with local.database_url(settings) as url:
        migrate(settings, url)
        return asyncio.run(run(url))


def migrate(settings: Settings, url: str) -> None:
    """Apply the migrations that the database lacks; raise `SchemaBehind` if MIGRATE_ON_START is off.

    The same goes for settings of the role, which it needs where there is a pooler.
    """
    import migrations

    direct = direct_url(settings, url)
    if asyncio.run(migrations.find_state(direct)) is migrations.SchemaState.BEHIND:
        if not settings.database.migrate_on_start:
            raise migrations.SchemaBehind
        apply_migrations(direct)
    if settings.database.pooler:
        if settings.database.migrate_on_start:
            asyncio.run(pooler.prepare_role(settings.database))
        asyncio.run(pooler.check(settings.database))


def direct_url(settings: Settings, url: str) -> str:
    """Give the URL of the same database without a pooler."""
    direct = settings.database.direct_url
    return direct.get_secret_value() if direct else url


def apply_migrations(url: str) -> None:
    """Bring the database at `url` to the newest form."""
    import migrations

    checks.require_create(asyncio.run(checks.inspect(url)))
    migrations.upgrade(url)


def print_rows(rows: Sequence[Sequence[object]]) -> None:
    """Print each row on a line."""
    for row in rows:
        typer.echo("  ".join(str(value) for value in row))


def failure(message: str) -> typer.Exit:
    """Print a sentence to stderr; raise the result to exit with 1."""
    typer.echo(message, err=True)
    return typer.Exit(1)


def expected_problems() -> tuple[type[Exception], ...]:
    """Give the exceptions whose text is a sentence about the configuration."""
    from commands.supervisor import WorkersNotStarted
    from database.embedded import DatabaseUnavailable
    from migrations.state import MigrationBlocked, SchemaBehind, SchemaTooNew
    from sandbox.store import StoreUnusable
    from transport.components import TracingUnusable
    from transport.uvicorn_server import AddressUnusable

    schema = (MigrationBlocked, SchemaBehind, SchemaTooNew)
    unusable = checks.DatabaseUnusable, secrets.SecretUnusable, AddressUnusable, TracingUnusable, StoreUnusable
    return DatabaseUnavailable, WorkersNotStarted, *unusable, *schema
