"""What commands share: a migrated database, rows to print, and failures that are one sentence."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import typer

from auth import secrets
from database import checks, local
from settings import Settings

if TYPE_CHECKING:
    from database.engine import Database

T = TypeVar("T")


def run(command: Callable[["Database"], Awaitable[T]]) -> T:
    """Run something over the migrated database, with the same settings as the running server."""
    from mails import outbox

    settings = Settings()

    async def run(url: str) -> T:
        database = await outbox.open_database(settings, url, pool_size=2)
        try:
            return await command(database)
        finally:
            await database.close()

    with local.database_url(settings) as url:
        migrate(url)
        return asyncio.run(run(url))


def migrate(url: str) -> None:
    """Apply the migrations that the database does not have yet."""
    import migrations

    if not migrations.is_current(url):
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
    from database.embedded import DatabaseUnavailable
    from transport.uvicorn_server import AddressUnusable

    return DatabaseUnavailable, checks.DatabaseUnusable, secrets.SecretUnusable, AddressUnusable
