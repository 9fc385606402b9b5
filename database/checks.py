"""Whether a database can be used, and if not, what to do about it, in one sentence without the password."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import asyncpg

from database.connecting import FOR_READS, limits_of
from database.failures import unavailable
from database.urls import plain_url
from settings import Settings

OLDEST_MAJOR = 16
CONNECT_SECONDS = 5.0
SENT = limits_of(5, 2) | {name: value for name, value in FOR_READS.items() if name != "enable_memoize"}
"""What connections without a pooler send when they begin, as far as a PostgreSQL that is too old knows it, too."""
ARRIVED = """SELECT current_setting('statement_timeout') = '5s' AND current_setting('lock_timeout') = '2s'
    AND current_setting('plan_cache_mode') = 'force_generic_plan'"""
UNSUPPORTED = "unsupported startup parameter"
"""What PgBouncer says of a setting that it neither keeps for each client nor was told to ignore."""
BACKEND = "SELECT pg_backend_pid()"
PROBES = 1
"""Of the connections of a process beside its pools, the one for `/health/ready`."""
OWN_CONNECTIONS = 13
"""One that listens for events, and those of jobs and timers."""
REFUSED = (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)
MAY_CREATE = """SELECT has_database_privilege(current_database(), 'CREATE')
    AND has_schema_privilege(current_schema(), 'CREATE')"""

ALLOWED = """SELECT least(
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0),
    (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
    (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()))"""


class DatabaseUnusable(Exception):
    """The configured database cannot be used; the sentence says why, and what to do."""


class PoolerFound(DatabaseUnusable):
    """A pooler in transaction mode, or one that drops settings, where none is expected."""

    def __init__(self, variable: str) -> None:
        remedy = (
            "set DATABASE_POOLER=transaction, and DATABASE_DIRECT_URL to the same database without the pooler."
            if variable == "DATABASE_URL"
            else "it must be the address of PostgreSQL itself."
        )
        super().__init__(f"{variable} leads to a connection pooler, such as PgBouncer: {remedy}")


class DatabaseFacts(NamedTuple):
    """What a usable database says about itself."""

    version: str
    may_create: bool
    """Whether the user may create what migrations create."""


async def inspect(url: str, variable: str = "DATABASE_URL", *, pooled: bool = False) -> DatabaseFacts:
    """Ask the database at the `url` that `variable` holds; raise `DatabaseUnusable` where it does not serve.

    Unless it is to be `pooled`, a pooler must not change what a connection is.
    """
    async with connected(url, variable, {} if pooled else SENT) as connection:
        version = connection.get_server_version()
        if version.major < OLDEST_MAJOR:
            raise DatabaseUnusable(
                f"{variable} leads to PostgreSQL {version.major}; Clientele needs {OLDEST_MAJOR} or newer."
            )
        if not pooled and not (await connection.fetchval(ARRIVED) and await _is_own(connection, url, variable)):
            raise PoolerFound(variable)
        return DatabaseFacts(f"{version.major}.{version.minor}", bool(await connection.fetchval(MAY_CREATE)))


def require_create(facts: DatabaseFacts) -> None:
    """Raise `DatabaseUnusable` where migrations could not create tables."""
    if not facts.may_create:
        message = "DATABASE_URL: the database needs migrations, and its user may not create tables; grant CREATE to it."
        raise DatabaseUnusable(message)


async def _is_own(connection: Any, url: str, variable: str) -> bool:
    """Whether a connection has a server process of its own, which no other connection is given between transactions.

    The other process id alone does not say so: there are proxies that only pass on what they get.
    """
    backend = await connection.fetchval(BACKEND)
    if backend == connection.get_server_pid():
        return True
    async with connected(url, variable) as other:
        return bool(backend != await other.fetchval(BACKEND))


async def require_connections(settings: Settings, url: str) -> None:
    """Raise `DatabaseUnusable` where PostgreSQL takes fewer connections than all processes may open.

    `url` is that without a pooler: only what goes there directly counts.
    """
    server, pool = settings.server, settings.database.pool_size
    pooled = 0 if settings.database.direct_url else 2 * pool + PROBES
    of_one = pooled + OWN_CONNECTIONS
    async with connected(url, "DATABASE_DIRECT_URL" if settings.database.direct_url else "DATABASE_URL") as connection:
        allowed = int(await connection.fetchval(ALLOWED))
    if server.workers * of_one <= allowed:
        return
    fewer = [f"WORKERS to {allowed // of_one}"] if allowed >= of_one else []
    smaller = (allowed // server.workers - OWN_CONNECTIONS - PROBES) // 2
    fewer += [f"DATABASE_POOL_SIZE to {smaller}"] if pooled and smaller > 0 else []
    name = "WORKERS" if server.workers > 1 else "DATABASE_POOL_SIZE"
    raise DatabaseUnusable(
        f"{name}: {server.workers} x {of_one} connections may be opened, and PostgreSQL takes {allowed}; set "
        f"{', '.join([*fewer, ''])}max_connections of PostgreSQL, or the limit of its user or database, higher."
    )


@asynccontextmanager
async def connected(url: str, variable: str, settings: Mapping[str, str] = {}) -> AsyncIterator[Any]:
    """Open a connection for the block, which a pooler may give to others between its transactions."""
    try:
        connection = await asyncpg.connect(
            plain_url(url), timeout=CONNECT_SECONDS, statement_cache_size=0, server_settings=dict(settings)
        )
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
    except asyncpg.ProtocolViolationError as error:
        if UNSUPPORTED in str(error):
            raise PoolerFound(variable) from None
        raise DatabaseUnusable(_no_connection(url, variable, error)) from None
    except asyncpg.PostgresError as error:
        raise DatabaseUnusable(_no_connection(url, variable, error)) from None
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
    except Exception as error:
        if unavailable(error) is None:
            raise
        raise DatabaseUnusable(_no_connection(url, variable, error)) from None
    finally:
        with suppress(TimeoutError, OSError):
            await connection.close(timeout=CONNECT_SECONDS)


def _no_connection(url: str, variable: str, error: Exception) -> str:
    lines = str(error).splitlines() or [""]
    # What a pooler says of itself, such as "query_wait_timeout", has no SQLSTATE of its own.
    pooler = isinstance(error, asyncpg.PostgresConnectionError)
    reason = lines[0] if pooler else type(error).__name__
    return f"{variable}: the PostgreSQL {_place(url)} takes no connection ({reason})."


def _place(url: str) -> str:
    """Say where the server is, unless a `/` in an unencoded password has shifted the parts of the URL."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 5432
    except ValueError:
        return "there"
    return f"at {host}:{port}" if host and "@" not in parts.path + parts.query + parts.fragment else "there"
