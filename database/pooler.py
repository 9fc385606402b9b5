"""A pooler in transaction mode, such as PgBouncer, between this process and PostgreSQL.

It gives each transaction any of its connections, so nothing that belongs to a session can be relied on: no prepared
statements, no LISTEN, no settings. Limits of time are settings of the role instead.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg

from database.checks import DatabaseUnusable, connected, inspect
from database.connecting import limits_of
from settings import DatabaseSettings

PREPARING = 0x636C_6965_726F_6C65
"""The advisory lock under which the role is prepared, since PostgreSQL fails where two do that at once: `clierole`."""
NONE = "0"
"""The value of a timeout that PostgreSQL takes as no limit."""
SETTINGS = "SELECT name, setting FROM pg_settings WHERE name = ANY($1)"
IDENTITY = """
    SELECT concat(oid, ' ', pg_postmaster_start_time()) FROM pg_database WHERE datname = current_database()
"""
STORED = """
    SELECT coalesce((SELECT setconfig FROM pg_db_role_setting
        WHERE setrole = (SELECT oid FROM pg_roles WHERE rolname = $1)
            AND setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())), '{}')
"""
WRITTEN = "SELECT format('ALTER ROLE %I IN DATABASE %I SET ', $1::text, current_database())"


def role_settings(settings: DatabaseSettings) -> dict[str, str]:
    """Give what the role of `DATABASE_URL` has to set, since its connections cannot."""
    limits = limits_of(settings.statement_seconds, settings.lock_seconds)
    del limits["timezone"]  # a pooler keeps it for each client
    return limits | {"jit": "off"}


async def prepare_role(settings: DatabaseSettings) -> bool:
    """Store the settings of the role in this database, and say whether that was needed.

    A role may do that for itself; raises `DatabaseUnusable` where it takes somebody else.
    """
    wanted = role_settings(settings)
    async with _direct(settings) as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", PREPARING)
        role = _user(settings) or await connection.fetchval("SELECT session_user")
        if {f"{name}={value}" for name, value in wanted.items()} <= set(await connection.fetchval(STORED, role)):
            return False
        statements = await _statements(connection, role, wanted)
        try:
            await connection.execute(statements)
        except asyncpg.UndefinedObjectError:
            raise DatabaseUnusable(
                f"DATABASE_POOLER: PostgreSQL has no role {role}; DATABASE_URL must name the role that the pooler uses."
            ) from None
        except asyncpg.InsufficientPrivilegeError:
            raise DatabaseUnusable(
                f"DATABASE_POOLER: the user of DATABASE_DIRECT_URL may not change the role {role}; have an "
                f"administrator run: {statements}"
            ) from None
    return True


async def check(settings: DatabaseSettings) -> None:
    """Raise `DatabaseUnusable` if limits do not hold behind the pooler, or it leads to another database."""
    wanted = role_settings(settings)
    async with _direct(settings) as connection:
        role = _user(settings) or await connection.fetchval("SELECT session_user")
        statements = await _statements(connection, role, wanted)
        identity = await connection.fetchval(IDENTITY)
        # Before the pooler is asked, which would go on using the connection that it opens for that.
        if role == await connection.fetchval("SELECT session_user") and (wrong := await _wrong(connection, wanted)):
            raise DatabaseUnusable(
                f"DATABASE_POOLER: the role {role} has other values of {wrong} than this server needs. Run 'python "
                f"server.py migrate', or: {statements}"
            )
    assert settings.url  # noqa: S101 - the settings demand it
    url = settings.url.get_secret_value()
    await inspect(url, pooled=True)
    async with connected(url, "DATABASE_URL") as connection:
        if identity != await connection.fetchval(IDENTITY):
            raise DatabaseUnusable("DATABASE_URL and DATABASE_DIRECT_URL lead to different databases.")
        # One that differs is from before a change, until the pooler has replaced its connections.
        if missing := await _wrong(connection, wanted, missing=True):
            raise DatabaseUnusable(
                f"DATABASE_POOLER: connections of the pooler have no {missing}. If the role has, let the pooler open "
                f"new ones (in PgBouncer's console: RECONNECT); if not, have an administrator run: {statements}"
            )


async def _wrong(connection: Any, wanted: Mapping[str, str], *, missing: bool = False) -> str:
    """Name the settings that are not as wanted, or only those that set no limit."""
    found = dict(await connection.fetch(SETTINGS, list(wanted)))
    wrong = (name for name, value in wanted.items() if (found[name] == NONE if missing else found[name] != value))
    return ", ".join(sorted(wrong))


async def _statements(connection: Any, role: str, wanted: Mapping[str, str]) -> str:
    begin = await connection.fetchval(WRITTEN, role)
    return " ".join(f"{begin}{name} = '{value}';" for name, value in wanted.items())


def _direct(settings: DatabaseSettings) -> Any:
    assert settings.direct_url  # noqa: S101 - the settings demand it
    return connected(settings.direct_url.get_secret_value(), "DATABASE_DIRECT_URL")


def _user(settings: DatabaseSettings) -> str | None:
    """The user that the pooler is asked as: asking it would open a connection with the settings from before."""
    assert settings.url  # noqa: S101 - the settings demand it
    with suppress(ValueError):
        return unquote(urlsplit(settings.url.get_secret_value()).username or "") or None
    return None
