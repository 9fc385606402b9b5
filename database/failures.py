"""What the driver says of a lost or exhausted database, as an error that clients can act on."""

from typing import Self

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

import errors

BROKEN = (OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError)
OVERLOADED = (
    TimeoutError, PoolTimeoutError,
    asyncpg.TooManyConnectionsError, asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError,
)  # fmt: skip
"""Looked at before `BROKEN`, since a TimeoutError is an OSError as well."""


class map_database_errors:  # noqa: N801 - reads as a statement
    """Turn what the driver says of a lost or exhausted database into `errors.Unavailable`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig else error
        if isinstance(cause, OVERLOADED):
            raise errors.Unavailable("The database is too busy to answer in time; try again in a moment.") from error
        if isinstance(cause, BROKEN):
            raise errors.Unavailable("The database cannot be reached just now; try again in a moment.") from error
