"""Errors of the driver about an unreachable or overloaded database, as errors for clients."""

from typing import Self

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

import errors

UNREACHABLE = (OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError)
OVERLOADED = (
    TimeoutError, PoolTimeoutError,
    asyncpg.TooManyConnectionsError, asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError,
)  # fmt: skip
"""Checked before `UNREACHABLE`, since a TimeoutError is also an OSError."""


class map_database_errors:  # noqa: N801 - reads as a statement
    """Turn errors of the driver about an unreachable or overloaded database into `errors.Unavailable`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig else error
        if isinstance(cause, OVERLOADED):
            raise errors.Unavailable("The database is too busy to answer in time; try again in a moment.") from error
        if isinstance(cause, UNREACHABLE):
            raise errors.Unavailable("The database cannot be reached just now; try again in a moment.") from error
