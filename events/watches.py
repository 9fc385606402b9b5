"""Notifications that are no events: nothing is recorded, so whoever relies on them must know that none is missing."""

from collections.abc import Callable
from math import inf
from time import monotonic
from typing import Any

PROOF_SECONDS = 0.4
"""How often it is proved that notifications arrive."""
MAX_PROOF_AGE = 1.0
"""How old a proof, in seconds, may be."""


class Watches:
    """Functions that are called with the payloads of notifications, and whether all of them have arrived.

    An empty payload means that some may have been missed.
    """

    def __init__(self, max_age: float = MAX_PROOF_AGE) -> None:
        self._max_age = max_age
        self._changed: dict[str, Callable[[str], None]] = {}
        self._connection: Any = None
        """The connection that listens, once it was found to bring notifications."""
        self._proved_at = -inf

    def __len__(self) -> int:
        return len(self._changed)

    @property
    def is_current(self) -> bool:
        """Whether all notifications of what was committed until a second ago have been passed on."""
        return monotonic() - self._proved_at <= self._max_age

    def add(self, channel: str, changed: Callable[[str], None]) -> None:
        """Call a function with each notification on a channel, from the next connection on."""
        self._changed[channel] = changed

    async def listen(self, connection: Any) -> None:
        """LISTEN on a new connection."""
        for channel, changed in self._changed.items():
            await connection.add_listener(channel, lambda *given, tell=changed: tell(given[-1]))
        connection.add_termination_listener(self.distrust)

    def trust(self, connection: Any) -> None:
        """Rely on a connection as soon as it is proved. What was read before its LISTEN may be out of date."""
        self.distrust()
        self._connection = connection

    def distrust(self, _connection: Any = None) -> None:
        """Rely on no connection."""
        self._connection, self._proved_at = None, -inf
        for changed in self._changed.values():
            changed("")

    async def prove(self) -> None:
        """Let PostgreSQL answer, which it does after it has sent the notifications of all that is committed by now.

        Without this, a connection that was cut looks like one on which nothing happens. If another process answers
        than the connection was made to, there is a pooler between, which may give the process that listens to others.
        """
        connection, asked = self._connection, monotonic()
        if connection is None:
            return
        answered = await connection.fetchval("SELECT pg_backend_pid()")
        if answered == connection.get_server_pid() and connection is self._connection:
            self._proved_at = asked
