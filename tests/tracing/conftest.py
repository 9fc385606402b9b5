"""Servers whose spans are kept in memory."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx2
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import application
from auth.secrets import Secrets
from settings import Settings
from tests.conftest import serving
from tests.patience import SECONDS
from tests.transport.wires import until
from tests.variables import changed
from transport.tracing import setup


class Recorder(SimpleSpanProcessor):
    """Keeps spans as soon as they end, and knows how many have not."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        super().__init__(exporter)
        self.open = 0

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        self.open += 1
        super().on_start(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        super().on_end(span)
        self.open -= 1


class Traced:
    """A running server, and the spans that have ended in it."""

    def __init__(self, app: Any, http: httpx2.AsyncClient, recorder: Recorder, exporter: InMemorySpanExporter) -> None:
        self.app = app
        self.http = http
        self._recorder = recorder
        self._exporter = exporter

    async def spans(self) -> list[ReadableSpan]:
        """The spans in the order in which they started. A request's ends a little after its answer has arrived."""
        await until(lambda: self._recorder.open == 0)
        return sorted(self._exporter.get_finished_spans(), key=lambda span: span.start_time or 0)

    async def clear(self) -> None:
        """Forget the spans so far."""
        await self.spans()
        self._exporter.clear()


Trace = Callable[..., AbstractAsyncContextManager[Traced]]


@pytest.fixture
def trace(settings: Settings, credentials: Secrets, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Trace:
    """Start a server that records traces."""

    @asynccontextmanager
    async def traced(**values: Any) -> AsyncIterator[Traced]:
        exporter = InMemorySpanExporter()
        recorder = Recorder(exporter)
        monkeypatch.setattr(setup, "BatchSpanProcessor", lambda _: recorder)
        given = changed(settings, otel_exporter_otlp_endpoint="http://127.0.0.1:9", **values)
        app = application.create(given, credentials, database_url)
        async with serving(app) as address, httpx2.AsyncClient(base_url=address, timeout=SECONDS) as http:
            yield Traced(app, http, recorder, exporter)

    return traced
