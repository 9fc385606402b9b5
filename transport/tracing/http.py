"""Spans of requests. Starlette's own middleware for them would record addresses, and queries with their literals."""

from collections.abc import Awaitable, Callable

from opentelemetry import context as contexts
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, Tracer, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from transport.tracing.spans import fail

UNTRACED = ("/health/", "/metrics")
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
SERVER_ERROR = 500
STREAM = b"text/event-stream"

PROPAGATOR = TraceContextTextMapPropagator()


class RequestSpans:
    """Starts a span for each HTTP request, below the span that the header `traceparent` names."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    async def trace(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request within a span. A WebSocket has none: it may last for days; its operations have one each."""
        if scope["type"] == "lifespan" or scope["path"].startswith(UNTRACED):
            await app(scope, receive, send)
            return
        parent = _parent(scope)
        if scope["type"] == "http":
            await self._request(app, scope, receive, send, parent)
        else:
            await _within(parent, app, scope, receive, send)

    async def _request(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, parent: Context) -> None:
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        attributes = {"http.request.method": method, "url.scheme": scope["scheme"]}
        span = self._tracer.start_span(method, parent, SpanKind.SERVER, attributes)
        _name_trace(scope, set_span_in_context(span, parent))

        async def traced_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                status = message["status"]
                span.set_attribute("http.response.status_code", status)
                if status >= SERVER_ERROR:
                    fail(span, str(status))
            await send(message)

        try:
            await _within(set_span_in_context(span, parent), app, scope, receive, traced_send)
        except BaseException as error:
            fail(span, error)
            raise
        finally:
            route = "/graphql" if scope["path"] == "/graphql" else getattr(scope.get("route"), "path", None)
            if route is not None:
                span.update_name(f"{method} {route}")
                span.set_attribute("http.route", route)
            span.end()


def _parent(scope: Scope) -> Context:
    headers = {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in scope["headers"]
        if name in {b"traceparent", b"tracestate"}
    }
    return PROPAGATOR.extract(headers, Context())


def _name_trace(scope: Scope, context: Context) -> None:
    """Name the trace in the request, if its client has not, so that log lines bear its id."""
    if all(name != b"traceparent" for name, _ in scope["headers"]):
        carrier: dict[str, str] = {}
        PROPAGATOR.inject(carrier, context)
        scope["headers"] = [*scope["headers"], *((name.encode(), value.encode()) for name, value in carrier.items())]


async def _within(
    context: Context, app: Callable[[Scope, Receive, Send], Awaitable[None]], scope: Scope, receive: Receive, send: Send
) -> None:
    token = contexts.attach(context)
    try:
        await app(scope, receive, send)
    finally:
        contexts.detach(token)
