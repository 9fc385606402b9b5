"""How many WebSockets and streams of subscriptions are open, in all, from one address and of one customer."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import errors
from actions.rate_limits import network
from settings import LimitSettings
from transport.sampled_log import REFUSALS


class OpenConnection:
    """One open connection. Its user is known once the token is verified."""

    def __init__(self, connections: "OpenConnections", address: str | None) -> None:
        self._connections = connections
        self.network = network(address)
        self.user: str | None = None

    def identify(self, user: str | None) -> None:
        """Count the connection for its user; raises `TooMany`. An anonymous one has none."""
        if user is not None:
            self._connections.count_user(user)
            self.user = user


class OpenConnections:
    """The connections of one process."""

    def __init__(self, limits: LimitSettings) -> None:
        self._limits = limits
        self._number = 0
        self._of_network: Counter[str] = Counter()
        self._of_user: Counter[str] = Counter()

    @contextmanager
    def opened(self, address: str | None) -> Iterator[OpenConnection]:
        """Count a connection while a block runs; raises `Unavailable` or `TooMany` before it."""
        connection = OpenConnection(self, address)
        if self._number >= self._limits.connections_in_all:
            raise self._refused(
                "in_all", errors.Unavailable("The server has as many open connections as it can serve.")
            )
        if self._of_network[connection.network] >= self._limits.connections_per_address:
            number = self._limits.connections_per_address
            message = f"There are {number} WebSockets and streams from your address, the maximum. Close some first."
            raise self._refused("address", errors.TooMany(message))
        self._number += 1
        self._of_network[connection.network] += 1
        try:
            yield connection
        finally:
            self._number -= 1
            _decrease(self._of_network, connection.network)
            if connection.user is not None:
                _decrease(self._of_user, connection.user)

    def count_user(self, user: str) -> None:
        number = self._limits.connections_per_viewer
        if self._of_user[user] >= number:
            message = f"You have {number} WebSockets and streams open, the maximum. Close some first."
            raise self._refused("viewer", errors.TooMany(message))
        self._of_user[user] += 1

    def _refused(self, limit: str, error: errors.RequestError) -> errors.RequestError:
        REFUSALS.warning("connection_refused", limit, limit=limit, open=self._number)
        return error


def _decrease(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]
