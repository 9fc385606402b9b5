"""How late the event loop runs what is due: the delay that every request in the process has."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import CollectorRegistry, Histogram

INTERVAL_SECONDS = 0.5
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class EventLoopLag:
    """Sleeps for a fixed time again and again, and measures by how much it wakes up too late."""

    def __init__(self, registry: CollectorRegistry, interval: float = INTERVAL_SECONDS) -> None:
        self._interval = interval
        self._lag = Histogram(
            "clientele_event_loop_lag_seconds", "By how much a sleep in the event loop ended too late.",
            buckets=BUCKETS, registry=registry,
        )  # fmt: skip

    @asynccontextmanager
    async def measured(self) -> AsyncIterator[None]:
        """Measure while a block runs."""
        measuring = asyncio.create_task(self._measure(), name="event loop lag")
        try:
            yield
        finally:
            measuring.cancel()
            await asyncio.gather(measuring, return_exceptions=True)

    async def _measure(self) -> None:
        time = asyncio.get_running_loop().time
        while True:
            due = time() + self._interval
            await asyncio.sleep(self._interval)
            self._lag.observe(max(0.0, time() - due))
