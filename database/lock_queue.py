"""Waiting in the process for rows that other transactions of this process have locked."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, nullcontext
from uuid import UUID

import errors
from database.failures import BUSY

TRANSACTIONS_AT_A_ROW = 2
"""One has the lock, and the next one waits for it in PostgreSQL, so that no time is lost between the two."""


class _Row:
    """A row that transactions want to lock."""

    __slots__ = ("semaphore", "users")

    def __init__(self) -> None:
        self.semaphore = asyncio.Semaphore(TRANSACTIONS_AT_A_ROW)
        self.users = 0


class LockQueue:
    """Lets two transactions at a time come to the same row. The others wait here, without a connection.

    Otherwise a row that is locked for long, or that many want, would take all connections from those who want others.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._rows: dict[UUID, _Row] = {}
        self.waiting = 0
        """How many wait for their turn."""

    @property
    def rows(self) -> int:
        """How many rows are wanted by somebody."""
        return len(self._rows)

    @asynccontextmanager
    async def turn(self, ids: Collection[UUID]) -> AsyncIterator[None]:
        """A block that may lock these rows; raises `Unavailable` if its turn does not come in time."""
        wanted = [(id, self._rows.setdefault(id, _Row())) for id in sorted(set(ids))]
        for _, row in wanted:
            row.users += 1
        acquired: list[_Row] = []
        try:
            self.waiting += 1
            try:
                is_free = not any(row.semaphore.locked() for _, row in wanted)
                async with nullcontext() if is_free else asyncio.timeout(self._seconds):
                    for _, row in wanted:  # all in one order, so that no two wait for each other
                        await row.semaphore.acquire()
                        acquired.append(row)
            except TimeoutError:
                raise errors.Unavailable(BUSY, reason="lock_timeout") from None
            finally:
                self.waiting -= 1
            yield
        finally:
            for row in acquired:
                row.semaphore.release()
            for id, row in wanted:
                row.users -= 1
                if not row.users:
                    del self._rows[id]
