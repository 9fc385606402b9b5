"""How the connection pools of a process are used, for metrics."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import NamedTuple


class PoolUsage(NamedTuple):
    """The connections of a pool now, and how often and how long connections have been waited for since its start."""

    size: int
    open: int
    idle: int
    waiting: int
    waits: int
    waited_seconds: float
    prepared: int = 0
    """How many statements were prepared, since the connection had not run them yet, or too long ago."""


class Waits:
    """Who waits for a connection. A connection that is there at once costs nothing here."""

    def __init__(self) -> None:
        self.waiting = self.number = 0
        self.seconds = 0.0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count one that waits while the block runs."""
        self.waiting += 1
        self.number += 1
        started = perf_counter()
        try:
            yield
        finally:
            self.waiting -= 1
            self.seconds += perf_counter() - started
