"""The database's contents: demo data, and a new beginning."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from commands.running import apply_migrations, direct_url, failure, migrate
from database import local, pooler
from settings import Settings

if TYPE_CHECKING:
    from demo.loading import Summary

app = typer.Typer()

MIGRATED = {
    "BEHIND": "The migrations are applied.",
    "CURRENT": "The database has all migrations already.",
    "AHEAD": "A newer version has migrated the database; this version works on it as well.",
}
PREPARED = (
    "The role has the time limits that it needs behind a pooler. Connections that the pooler has already have not."
)


@app.command("migrate")
def migrate_database() -> None:
    """Apply the migrations that the database lacks, and end."""
    import migrations

    settings = Settings()
    with local.database_url(settings) as url:
        direct = direct_url(settings, url)
        before = asyncio.run(migrations.find_state(direct))
        if before is migrations.SchemaState.BEHIND:
            apply_migrations(direct)
        typer.echo(MIGRATED[before.name])
        if settings.database.pooler and _prepare_role(settings):
            typer.echo(PREPARED)


def _prepare_role(settings: Settings) -> bool:
    return asyncio.run(pooler.prepare_role(settings.database))


def fill(settings: Settings, url: str, scale: float = 1) -> "Summary":
    """Load demo data, and have the sandbox of Razorpay know its payments.

    Raises `DatabaseNotEmpty`, `ValueError`, and `StoreUnusable` before anything is loaded.
    """
    from demo import loading, razorpay_books
    from sandbox.store import store_of

    store = store_of(settings.data_folder) if settings.has_payment_sandbox else None
    if store is not None:
        with store.transaction():
            pass
    summary = asyncio.run(loading.load(url, scale))
    if store is not None:
        asyncio.run(razorpay_books.fill(store, url))
    return summary


@app.command("demo")
def load_demo(
    scale: Annotated[float, typer.Option(help="1 is about 2,000 customers; 67, a million follows.")] = 1,
) -> None:
    """Fill an empty database with demo data."""
    from demo import loading

    settings = Settings()
    if not settings.development:
        raise failure("Anybody can sign in as a demo customer: they do not belong where ENVIRONMENT=production.")
    with local.database_url(settings) as url:
        migrate(settings, url)
        try:
            typer.echo(fill(settings, direct_url(settings, url), scale))
        except (loading.DatabaseNotEmpty, ValueError) as problem:
            raise failure(str(problem)) from None


@app.command()
def reset() -> None:
    """Delete the embedded database with everything in it, and what the sandbox of Razorpay knows; secrets stay."""
    from sandbox.store import store_of

    settings = Settings()
    try:
        folder = local.delete(settings)
    except local.DatabaseInUse as problem:
        raise failure(str(problem)) from None
    if settings.database.url is None:  # else it knows payments of a database that stays
        store_of(settings.data_folder).delete()
    typer.echo(f"{folder} is deleted; the next start makes a new one.")
