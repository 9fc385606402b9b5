"""Writes what a worker process only knows when it is asked to where the other worker processes find it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from prometheus_client import CollectorRegistry, values

from transport.metrics.collectors import PREFIX

INTERVAL_SECONDS = 1.0
MODES = {f"{PREFIX}_jwks_age_seconds": "livemax", "process_start_time_seconds": "livemax"}
"""Gauges of which the sum would say nothing; of all others the living processes are added up."""


class Publisher:
    """Copies the counters and gauges of a registry into shared files, often enough for whoever asks another process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._values: dict[tuple[str, tuple[str, ...]], Any] = {}
        self._counted: dict[tuple[str, tuple[str, ...]], float] = {}

    @asynccontextmanager
    async def publishing(self, read: Callable[[], None]) -> AsyncIterator[None]:
        """Read and publish again and again while the block runs, and once at its end."""
        repeating = asyncio.create_task(self._repeat(read), name="metrics")
        try:
            yield
        finally:
            repeating.cancel()
            await asyncio.gather(repeating, return_exceptions=True)
            read()
            self.publish()

    def publish(self) -> None:
        """Write every value; a counter goes on from where an earlier process of the same number has left it."""
        for metric in self._registry.collect():
            for sample in metric.samples:
                names, labels = tuple(sample.labels), tuple(sample.labels.values())
                key = sample.name, labels
                kept = self._values.get(key)
                if kept is None:
                    mode = MODES.get(sample.name, "livesum")
                    kept = self._values[key] = values.ValueClass(
                        metric.type, metric.name, sample.name, names, labels, metric.documentation,
                        multiprocess_mode=mode,
                    )  # fmt: skip
                if metric.type == "counter":
                    kept.inc(sample.value - self._counted.get(key, 0.0))
                    self._counted[key] = sample.value
                else:
                    kept.set(sample.value)

    async def _repeat(self, read: Callable[[], None]) -> None:
        while True:
            read()
            self.publish()
            await asyncio.sleep(INTERVAL_SECONDS)
