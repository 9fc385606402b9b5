"""Timers: run by one process of all, which holds an advisory lock on a connection of its own.

The lock goes with the connection, so the next process to ask gets it as soon as PostgreSQL notices that its holder has
died. The holder asks again and again whether it still has it, and stops its timers at once if it has not.
"""

import asyncio
import traceback
from contextlib import suppress

import asyncpg
import structlog

from database.urls import plain_url
from jobs.kinds import TIMERS, Timer, WorkContext

APPLICATION_NAME = "clientele timers"
"""The `application_name` in pg_stat_activity."""
LOCK = 0x636C_6965_6E74_656C
"""The number of the advisory lock: `clientel` in ASCII."""
CHECK_SECONDS = 10.0
TAKE = "SELECT pg_try_advisory_lock($1)"
IS_HELD = """
    SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted
        AND (classid::bigint << 32) | objid::bigint = $1 AND objsubid = 1)
"""
OPTIONS = {
    "application_name": APPLICATION_NAME,
    "statement_timeout": "5000",
    # PostgreSQL notices within 25 seconds that the machine of this connection is gone, and frees the lock.
    "tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3",
}  # fmt: skip

log = structlog.get_logger()


async def lead(url: str, context: WorkContext) -> None:
    """Wait to become the process that runs the timers, and run them; begin again if the connection is lost."""
    while True:
        try:
            connection = await asyncpg.connect(plain_url(url), server_settings=OPTIONS, timeout=CHECK_SECONDS)
            try:
                await _lead(connection, context)
            finally:
                connection.terminate()
        except Exception as error:  # noqa: BLE001 - whatever the driver says of a lost database
            log.warning("timers_interrupted", error=type(error).__qualname__)
        await asyncio.sleep(CHECK_SECONDS)


async def _lead(connection: asyncpg.Connection, context: WorkContext) -> None:
    while not await connection.fetchval(TAKE, LOCK):  # noqa: ASYNC110 - nobody tells when it is free
        await asyncio.sleep(CHECK_SECONDS)
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())
    running = [asyncio.create_task(_repeat(timer, context)) for timer in TIMERS.values()]
    try:
        while not lost.is_set() and await connection.fetchval(IS_HELD, LOCK, timeout=CHECK_SECONDS):
            with suppress(TimeoutError):
                async with asyncio.timeout(CHECK_SECONDS):
                    await lost.wait()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _repeat(timer: Timer, context: WorkContext) -> None:
    while True:
        try:
            await timer.run(context)
        except Exception as error:  # noqa: BLE001 - its text may hold people's data; the next run may succeed
            trace = "".join(traceback.format_tb(error.__traceback__))
            log.warning("timer_failed", timer=timer.name, error=type(error).__qualname__, trace=trace)
        await asyncio.sleep(timer.every.total_seconds())
