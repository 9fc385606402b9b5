"""The metrics of one application: what it counts, what it reads when asked, and where it answers."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from starlette.routing import Route

from context import Resources
from settings import Settings
from transport.metrics.collectors import ProcessState
from transport.metrics.database_counts import DatabaseCounts
from transport.metrics.endpoint import MetricsEndpoint
from transport.metrics.event_loop import EventLoopLag
from transport.metrics.operations import OperationMetrics
from transport.metrics.own_port import served
from transport.metrics.sources import Sources

disable_created_metrics()  # type: ignore[no-untyped-call] # a second series for each, which no rule or dashboard uses


class Metrics:
    """The metrics of one application, in a registry of its own."""

    def __init__(self, settings: Settings, sources: Sources) -> None:
        self._registry = registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)
        self.operations = OperationMetrics(registry)
        self._lag = EventLoopLag(registry)
        self._state = ProcessState(sources)
        self._counts = DatabaseCounts()
        registry.register(self._state)
        registry.register(self._counts)
        self._resources: Resources | None = None
        self._server, self._port = settings.server, settings.telemetry.metrics_port
        self._endpoint = MetricsEndpoint(registry, self._refresh, settings.telemetry.metrics_token)

    @property
    def routes(self) -> list[Route]:
        """What the main port answers: nothing where metrics have their own."""
        return [] if self._port else [self._endpoint.route]

    @asynccontextmanager
    async def running(self, resources: Resources) -> AsyncIterator[None]:
        """Measure, and answer on METRICS_PORT, while the application runs."""
        self._resources = resources
        async with AsyncExitStack() as running:
            await running.enter_async_context(self._lag.measured())
            if self._port:
                await running.enter_async_context(served(self._server.host, self._port, self._endpoint.route))
            yield

    async def _refresh(self) -> None:
        if self._resources is not None:
            await self._counts.refresh(self._resources.database)
            self._state.read(self._resources)
