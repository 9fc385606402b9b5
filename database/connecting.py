"""Opening connections: with which settings, and so that a server which does not answer is told apart from a full pool."""

from typing import Any

import asyncpg

from database.failures import ConnectTimeout

IDLE_IN_TRANSACTION = "10000"
"""Milliseconds after which PostgreSQL ends a transaction that does nothing."""
# Planning takes PostgreSQL longer than running most reads. It would plan them anew each time: a plan for a known number
# of keys always looks cheaper than one for any number.
FOR_READS = {
    "jit": "off", "plan_cache_mode": "force_generic_plan", "enable_memoize": "off",
    "default_transaction_read_only": "on",
}  # fmt: skip
"""What connections for reads have besides the limits."""
KEPT_BY_POOLERS = {"timezone": "UTC", "client_encoding": "UTF8"}
"""What a pooler sets again for each client. PgBouncer refuses a connection that sends anything else.

It compares the texts: asyncpg's own 'utf-8' would have it send a SET before each transaction.
"""


def limits_of(statement: float, lock: float) -> dict[str, str]:
    """Give the settings of a connection whose statements and waits for locks may take so many seconds."""
    return {
        "statement_timeout": f"{statement * 1000:.0f}",
        "lock_timeout": f"{lock * 1000:.0f}",
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION,
        "timezone": "UTC",
    }


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
