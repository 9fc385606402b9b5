"""One timer for all connections of a server, so that no request starts or cancels one of its own."""

import asyncio
from collections import Counter
from typing import Protocol

import structlog

SECONDS_BETWEEN_CHECKS = 1.0

log = structlog.get_logger("clientele")


class Checked(Protocol):
    """A connection that ends itself when it has been waited for long enough."""

    def check(self, now: float) -> str | None:
        """End the connection if it is time to; gives what it has waited for, for the log."""


class ConnectionTimers:
    """Checks all connections regularly, as long as there are any. `shortest` is the shortest of their time limits."""

    def __init__(self, shortest: float) -> None:
        self._seconds = min(SECONDS_BETWEEN_CHECKS, shortest / 4)
        self._connections: set[Checked] = set()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._connections)

    def add(self, connection: Checked, loop: asyncio.AbstractEventLoop) -> None:
        """Check a connection from now on."""
        self._connections.add(connection)
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._check, loop)

    def discard(self, connection: Checked) -> None:
        """Check a connection no longer."""
        self._connections.discard(connection)

    def _check(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        self._timer = loop.call_later(self._seconds, self._check, loop)
        ended = Counter[str | None]()
        for connection in tuple(self._connections):
            try:
                ended[connection.check(now)] += 1
            except Exception:
                log.exception("connection_check_failed")
                self._connections.discard(connection)
        for waiting_for, count in ended.items():
            if waiting_for is not None:
                log.info("connections_timed_out", waiting_for=waiting_for, count=count)
        if not self._connections:
            self._timer.cancel()
            self._timer = None
