"""Traces of one application: what is recorded, and where it is sent."""

import asyncio
from functools import partial

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.util.re import parse_env_headers

from settings import TelemetrySettings
from transport.components import Components
from transport.tracing.http import RequestSpans
from transport.tracing.loaders import TracedContext, TracedLoaders
from transport.tracing.operations import TracedOperations, TracedSubscriptions
from transport.tracing.statements import TracedDatabase

EXPORT_SECONDS = 3.0
"""After this time the spans of an export are dropped; the end of the process waits for the last one."""


class Tracing:
    """A tracer of its own, so that there can be several in one process. Spans are sent in a thread, some at a time."""

    def __init__(self, settings: TelemetrySettings, exporter: SpanExporter) -> None:
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(settings.traces_share)),
            resource=Resource.create({"service.name": settings.service_name}),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        tracer = self._provider.get_tracer("clientele")
        self.components = Components(
            operations=partial(TracedOperations, tracer),
            subscriptions=partial(TracedSubscriptions, tracer),
            context=partial(TracedContext, TracedLoaders(tracer)),
            database=partial(TracedDatabase.of, tracer=tracer),
            trace=RequestSpans(tracer).trace,
            close=self.close,
        )

    async def close(self) -> None:
        """Send what is left, and stop."""
        await asyncio.to_thread(self._provider.shutdown)


def otlp_exporter(settings: TelemetrySettings) -> SpanExporter:
    """Send spans to OTEL_EXPORTER_OTLP_ENDPOINT."""
    headers = settings.traces_headers.get_secret_value() if settings.traces_headers else ""
    address = (settings.traces_endpoint or "").rstrip("/")
    given = parse_env_headers(headers, liberal=True) or None
    return OTLPSpanExporter(f"{address}/v1/traces", headers=given, timeout=EXPORT_SECONDS)
