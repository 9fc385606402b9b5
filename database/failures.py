"""Errors of the driver that say nothing about a request, only about the database: clients may try again.

They are told apart by SQLSTATE where PostgreSQL has answered. What is not listed here is a bug.
"""

from typing import Self

import asyncpg

import errors

BUSY = "The database is too busy to answer in time; try again in a moment."
UNREACHABLE = "The database cannot be reached just now; try again in a moment."
CONCURRENT = "Others were changing the same at the same time; try again."
READ_ONLY = "The database takes no changes just now; try again in a moment."

UNREACHED = "database_unreachable"

QUERY_CANCELED, LOCK_NOT_AVAILABLE, READ_ONLY_TRANSACTION = "57014", "55P03", "25006"
SHUTDOWN = ("57P01", "57P02", "57P03", "57P04", "57P05")
"""Shut down by an administrator, crashed, not yet started, database dropped, idle session ended."""
MESSAGES = {
    "40001": CONCURRENT,  # serialization failure
    "40P01": CONCURRENT,  # deadlock
    LOCK_NOT_AVAILABLE: BUSY,
    QUERY_CANCELED: BUSY,
    "53": BUSY,  # too many connections, out of memory, disk full
    READ_ONLY_TRANSACTION: READ_ONLY,
    "08": UNREACHABLE,  # connection exceptions
    "25P03": UNREACHABLE,  # idle in a transaction for too long
    "25P04": UNREACHABLE,  # transaction timeout
    "28": UNREACHABLE,  # the password or role was changed
    "3D000": UNREACHABLE,  # the database was renamed
    "26000": UNREACHABLE,  # a pooler has changed the connection: what was prepared is on another one
    "42P05": UNREACHABLE,  # as above: it is there already
    "40003": UNREACHABLE,  # whether the statement was completed is not known
    **dict.fromkeys(SHUTDOWN, UNREACHABLE),
}
"""Sentences for clients, by SQLSTATE or its class."""
REASONS = {
    "40001": "serialization_failure",
    "40P01": "deadlock",
    LOCK_NOT_AVAILABLE: "lock_timeout",
    QUERY_CANCELED: "statement_timeout",
    "26000": "prepared_statement_lost",
    "42P05": "prepared_statement_lost",
    "53100": "disk_full",
    "53200": "out_of_memory",
    "53300": "too_many_connections",
    READ_ONLY_TRANSACTION: "database_read_only",
}
"""What `extensions.reason` and the log say, by SQLSTATE; all others are `database_unreachable`."""
DISCONNECTED = (OSError, EOFError, asyncpg.InternalClientError)
CLOSED = "connection is closed"
"""What asyncpg says where a closed connection is used. On an open one its InterfaceError is a bug of ours."""


class ConnectTimeout(TimeoutError):
    """A new connection was not opened in time, since the server did not answer."""


def unavailable(error: BaseException | None) -> errors.Unavailable | None:
    """The error for clients, if it is one of the database's state and not a bug."""
    if isinstance(error, ConnectTimeout):
        return errors.Unavailable(UNREACHABLE, reason="connect_timeout")
    if isinstance(error, TimeoutError):  # before OSError, which TimeoutError is one of
        return errors.Unavailable(BUSY, reason="no_free_connection")
    if isinstance(error, asyncpg.InvalidCachedStatementError):  # a migration has changed the table
        return errors.Unavailable(CONCURRENT, reason="schema_changed")
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        message = MESSAGES.get(state) or MESSAGES.get(state[:2])
        return errors.Unavailable(message, reason=REASONS.get(state, UNREACHED)) if message else None
    if isinstance(error, DISCONNECTED) or _is_closed(error):
        return errors.Unavailable(UNREACHABLE, reason=UNREACHED)
    return None


def _is_closed(error: BaseException | None) -> bool:
    if not isinstance(error, asyncpg.InterfaceError) or isinstance(error, ValueError):  # whose message quotes a value
        return False
    return CLOSED in str(error)


def is_only_of_statement(error: BaseException) -> bool:
    """Whether a statement failed on a connection that others can use."""
    return isinstance(error, asyncpg.PostgresError) and not _ends_connection(error)


def must_disconnect(error: BaseException | None) -> bool:
    """Whether no connection opened before can be relied on: the server is going, or is no longer the primary."""
    return isinstance(error, asyncpg.PostgresError) and error.sqlstate in {READ_ONLY_TRANSACTION, *SHUTDOWN}


def was_refused(error: BaseException) -> bool:
    """Whether PostgreSQL has answered a COMMIT with an error, so that nothing was stored."""
    return isinstance(error, asyncpg.PostgresError) and not _ends_connection(error) and error.sqlstate != "40003"


def _ends_connection(error: asyncpg.PostgresError) -> bool:
    state = error.sqlstate or ""
    return state in SHUTDOWN or state.startswith("08") or state in {"25P03", "25P04"}


class map_database_errors:  # noqa: N801 - reads as a statement
    """Turn errors of the driver about the state of the database into `errors.Unavailable`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        found = None if error is None else unavailable(error)
        if found is not None:
            raise found from error
