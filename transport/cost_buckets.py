"""Token buckets: how many points of cost a client can spend at once, and how fast they are restored."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import NamedTuple, Protocol

MAX_BUCKETS = 100_000


@dataclass(frozen=True, slots=True)
class Rate:
    """The size of a bucket, and how many points it gets back in a second."""

    points: int
    per_second: int


class Balance(NamedTuple):
    """What is left in a bucket, and, if there was not enough, after how many seconds there will be."""

    points: float
    seconds_to_wait: float = 0.0


class Buckets(Protocol):
    """Holds the buckets of all clients."""

    async def charge(self, key: str, rate: Rate, cost: int) -> Balance:
        """Take the cost out of a bucket if it has as much, or if it is full."""
        ...

    async def adjust(self, key: str, rate: Rate, points: float) -> Balance:
        """Put points into a bucket, or take them out whatever it has; it is never below zero."""
        ...

    async def close(self) -> None:
        """Close what the buckets are in."""
        ...


class MemoryBuckets:
    """Buckets of this process alone. The least recently used are forgotten, which makes them full."""

    def __init__(self, clock: Callable[[], float] = monotonic, most: int = MAX_BUCKETS) -> None:
        self._clock = clock
        self._most = most
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """The points of each client, and when they were counted."""

    async def charge(self, key: str, rate: Rate, cost: int) -> Balance:
        points, wanted = self._points(key, rate), min(cost, rate.points)
        if points < wanted:
            return Balance(points, (wanted - points) / rate.per_second)
        return self._set(key, points - wanted)

    async def adjust(self, key: str, rate: Rate, points: float) -> Balance:
        return self._set(key, max(0.0, min(float(rate.points), self._points(key, rate) + points)))

    async def close(self) -> None:
        """There is nothing to close."""

    def _points(self, key: str, rate: Rate) -> float:
        known = self._buckets.get(key)
        if known is None:
            return rate.points
        points, at = known
        return min(float(rate.points), points + (self._clock() - at) * rate.per_second)

    def _set(self, key: str, points: float) -> Balance:
        self._buckets[key] = points, self._clock()
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return Balance(points)
