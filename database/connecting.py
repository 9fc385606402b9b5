"""Opening connections, so that a server which does not answer is told apart from a pool that has no free connection."""

from typing import Any

import asyncpg

from database.failures import ConnectTimeout


async def connect(*arguments: Any, **options: Any) -> Any:
    """Open a connection as `asyncpg.connect` does; raises `ConnectTimeout` if the server does not answer in time."""
    try:
        return await asyncpg.connect(*arguments, **options)
    except TimeoutError as error:
        raise ConnectTimeout from error
    except asyncpg.InterfaceError as error:
        if isinstance(error, ValueError):  # our own options are wrong
            raise
        raise ConnectionError(*error.args) from error  # such as an authentication that asyncpg does not know
