"""Whether a database can be used, and if not, what to do about it, in one sentence without the password."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import asyncpg

from database.urls import plain_url

OLDEST_MAJOR = 16
CONNECT_SECONDS = 5.0
REFUSED = (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)
MAY_CREATE = """SELECT has_database_privilege(current_database(), 'CREATE')
    AND has_schema_privilege(current_schema(), 'CREATE')"""


class DatabaseUnusable(Exception):
    """The configured database cannot be used; the sentence says why, and what to do."""


class DatabaseFacts(NamedTuple):
    """What a usable database says about itself."""

    version: str
    may_create: bool
    """Whether the user may create what migrations create."""


async def inspect(url: str, variable: str = "DATABASE_URL") -> DatabaseFacts:
    """Ask the database at the `url` that `variable` holds; raise `DatabaseUnusable` where it does not serve."""
    async with _connection(url, variable) as connection:
        version = connection.get_server_version()
        if version.major < OLDEST_MAJOR:
            raise DatabaseUnusable(
                f"{variable} leads to PostgreSQL {version.major}; Clientele needs {OLDEST_MAJOR} or newer."
            )
        return DatabaseFacts(f"{version.major}.{version.minor}", bool(await connection.fetchval(MAY_CREATE)))


def require_create(facts: DatabaseFacts) -> None:
    """Raise `DatabaseUnusable` where migrations could not create tables."""
    if not facts.may_create:
        message = "DATABASE_URL: the database needs migrations, and its user may not create tables; grant CREATE to it."
        raise DatabaseUnusable(message)


@asynccontextmanager
async def _connection(url: str, variable: str) -> AsyncIterator[Any]:
    try:
        connection = await asyncpg.connect(plain_url(url), timeout=CONNECT_SECONDS)
    except REFUSED:
        raise DatabaseUnusable(
            f"{variable}: the PostgreSQL {_place(url)} refused the user or the password; correct them, and write "
            "special characters percent-encoded."
        ) from None
    except asyncpg.InvalidCatalogNameError:
        raise DatabaseUnusable(
            f"{variable}: the PostgreSQL {_place(url)} has no such database; create it with 'createdb', or correct "
            "the name."
        ) from None
    except asyncpg.PostgresError as error:
        raise DatabaseUnusable(
            f"{variable}: the PostgreSQL {_place(url)} takes no connection ({type(error).__name__})."
        ) from None
    except (OSError, TimeoutError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise DatabaseUnusable(
            f"{variable}: no PostgreSQL can be reached {_place(url)} ({reason}); start it, or correct host and port."
        ) from None
    except (ValueError, OverflowError, asyncpg.InterfaceError):
        raise DatabaseUnusable(
            f"{variable} cannot be read: it must be like postgresql://user:password@host:5432/database, with special "
            "characters percent-encoded."
        ) from None
    try:
        yield connection
    finally:
        with suppress(TimeoutError):
            await connection.close(timeout=CONNECT_SECONDS)


def _place(url: str) -> str:
    """Say where the server is, unless a `/` in an unencoded password has shifted the parts of the URL."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 5432
    except ValueError:
        return "there"
    return f"at {host}:{port}" if host and "@" not in parts.path + parts.query + parts.fragment else "there"
