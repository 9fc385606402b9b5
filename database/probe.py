"""Whether the database answers, asked over a connection that requests cannot use up."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from math import inf
from typing import Any

import asyncpg

PROBE_SECONDS = 1.5


class Probe:
    """One connection, opened again when it is lost or too old. Whoever asks while an answer is awaited gets the same one."""

    def __init__(
        self, connect: Callable[[], Awaitable[Any]], seconds: float = PROBE_SECONDS, max_age: float = inf
    ) -> None:
        self._connect = connect
        self._seconds = seconds
        self._max_age = max_age
        self._expires_at = inf
        self._connection: Any = None
        self._asking: asyncio.Task[bool] | None = None

    async def answers(self) -> bool:
        """Whether the database answers in time."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asking)  # one who leaves does not take the answer from the others

    async def _ask(self) -> bool:
        try:
            async with asyncio.timeout(self._seconds):
                now = asyncio.get_running_loop().time()
                if self._connection is None or self._connection.is_closed() or now >= self._expires_at:
                    self._end()
                    self._connection = await self._connect()
                    self._expires_at = now + self._max_age
                await self._connection.fetchval("SELECT 1")
        except asyncpg.TooManyConnectionsError:
            return True  # it is busy, and it has said so
        except Exception:  # noqa: BLE001 - whatever it is, requests cannot be answered
            self._end()
            return False
        except asyncio.CancelledError:
            self._end()
            raise
        return True

    def expire(self) -> None:
        """Ask over another connection the next time: this one leads to a server that requests no longer use."""
        self._expires_at = -inf

    def _end(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def close(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            with suppress(asyncio.CancelledError):
                await self._asking
        self._end()
