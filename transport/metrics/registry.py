"""The metrics of one application: what it counts, what it reads when asked, and where it answers."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.routing import Route

from context import Resources
from settings import Settings
from transport.metrics import shared
from transport.metrics.collectors import ProcessState
from transport.metrics.database_counts import DatabaseCounts
from transport.metrics.endpoint import MetricsEndpoint
from transport.metrics.event_loop import EventLoopLag
from transport.metrics.operations import OperationMetrics
from transport.metrics.own_port import served
from transport.metrics.publisher import Publisher
from transport.metrics.sources import Sources
from transport.uvicorn_server import bind_metrics_port

disable_created_metrics()  # type: ignore[no-untyped-call] # a second series for each, which no rule or dashboard uses


class Metrics:
    """The metrics of one application, in a registry of its own."""

    def __init__(self, settings: Settings, sources: Sources) -> None:
        self._worker = worker = shared.find_worker()
        shown = CollectorRegistry()
        counted, of_process = (CollectorRegistry(), CollectorRegistry()) if worker else (shown, shown)
        PlatformCollector(registry=shown)
        for collector in (ProcessCollector, GCCollector):
            collector(registry=of_process)
        self.operations = OperationMetrics(counted, worker.counted("operation") if worker else ())
        self._lag = EventLoopLag(counted)
        self._state = ProcessState(sources)
        self._counts = DatabaseCounts()
        of_process.register(self._state)
        shown.register(self._counts)
        self._publisher = Publisher(of_process) if worker else None
        if worker:
            MultiProcessCollector(shown, str(worker.folder))  # type: ignore[no-untyped-call]
        self._resources: Resources | None = None
        self._settings, self._port = settings, settings.telemetry.metrics_port
        self._endpoint = MetricsEndpoint(shown, self._refresh, settings.telemetry.metrics_token)

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
            socket = self._worker.socket if self._worker else bind_metrics_port(self._settings)
            if socket:
                await running.enter_async_context(served(socket, self._endpoint.route))
            if self._publisher:
                await running.enter_async_context(self._publisher.publishing(partial(self._state.read, resources)))
            yield

    async def _refresh(self) -> None:
        if self._resources is not None:
            await self._counts.refresh(self._resources.database)
            self._state.read(self._resources)
            if self._publisher:
                self._publisher.publish()
