"""The database of this process: the one at DATABASE_URL, or else the embedded one in the data folder."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import asyncpg

from database.checks import inspect
from settings import Settings

ANSWER_SECONDS = 2.0


class DatabaseInUse(Exception):
    """A server runs on the embedded database."""

    def __init__(self) -> None:
        super().__init__("A server runs on this database; stop it first.")


@contextmanager
def database_url(settings: Settings, *, exclusive: bool = False) -> Iterator[str]:
    """Give the URL of a database that answers; the embedded one is started for the block unless it runs already.

    `exclusive` refuses to share the embedded one with a server that runs already.
    """
    if settings.database.url:
        url = settings.database.url.get_secret_value()
        if settings.database.pooler and settings.database.direct_url:  # the pooler is checked once the role is prepared
            asyncio.run(inspect(settings.database.direct_url.get_secret_value(), "DATABASE_DIRECT_URL"))
        else:
            asyncio.run(inspect(url))
        yield url
        return
    from database.embedded import Postgres

    with ExitStack() as running:
        postgres = Postgres(settings.data_folder)
        if exclusive or not is_running(settings):
            running.enter_context(postgres)
        yield postgres.url


def known_url(settings: Settings) -> str | None:
    """Give the URL of the database if there is one already: the configured one, or the embedded one where it runs."""
    from database.embedded import Postgres

    if settings.database.url:
        return settings.database.url.get_secret_value()
    return Postgres(settings.data_folder).url if is_running(settings) else None


def is_running(settings: Settings) -> bool:
    """Whether the embedded database answers."""
    from database.embedded import Postgres

    async def connect() -> None:
        connection = await asyncpg.connect(Postgres(settings.data_folder).url, timeout=ANSWER_SECONDS)
        await connection.close()

    try:
        asyncio.run(connect())
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return False
    return True


def delete(settings: Settings) -> Path:
    """Delete the embedded database with everything in it, and give its folder; the secrets beside it stay."""
    folder = settings.data_folder / "postgres"
    if is_running(settings):
        raise DatabaseInUse
    shutil.rmtree(folder, ignore_errors=True)
    return folder
