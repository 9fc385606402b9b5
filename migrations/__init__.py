"""The database's history: dated files, one reason each. The tests build their database with them."""

import asyncio
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING

from migrations.state import MigrationBlocked, SchemaBehind, SchemaState, SchemaTooNew, find_state, heads

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = [
    "MigrationBlocked",
    "SchemaBehind",
    "SchemaState",
    "SchemaTooNew",
    "config",
    "find_state",
    "heads",
    "upgrade",
]

FOLDER = Path(__file__).parent
MAX_TRIES = 20
MAX_PAUSE_SECONDS = 5.0


def config(url: str) -> "Config":
    """Configure Alembic without an ini file."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(slug)s")
    made.attributes["url"] = url
    return made


def upgrade(url: str, *, tries: int = MAX_TRIES) -> None:
    """Apply the migrations that the database at `url` does not have, each in a transaction of its own.

    One that does not get its locks within the `lock_timeout` of `env.LIMITS` gives up those that it has, so that the
    statements which wait behind it go on, and is tried again; after so many `tries` this raises `MigrationBlocked`. Runs
    a loop of its own: call it outside of one. Needs a connection without a pooler: it holds a lock of the session.
    """
    if asyncio.run(find_state(url)) is not SchemaState.BEHIND:
        return
    from alembic import command
    from asyncpg import DeadlockDetectedError, LockNotAvailableError
    from sqlalchemy.exc import DBAPIError

    for number in range(1, tries + 1):
        try:
            command.upgrade(config(url), "head")
        except DBAPIError as error:
            cause = error.orig and error.orig.__cause__
            if not isinstance(cause, LockNotAvailableError | DeadlockDetectedError):
                raise
            if number == tries:
                raise MigrationBlocked(tries) from None
        else:
            return
        time.sleep(random.uniform(0.5, 1) * min(0.1 * 2**number, MAX_PAUSE_SECONDS))  # noqa: S311 - no secret
