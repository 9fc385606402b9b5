"""The classes that the application is made of. Where traces are recorded, subclasses take their places."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from context import Context
from database.engine import Database
from settings import Settings
from transport.operations import Operations
from transport.subscriptions import Subscriptions

Trace = Callable[[ASGIApp, Scope, Receive, Send], Awaitable[None]]


def _unchanged(database: Database) -> Database:
    return database


async def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Components:
    """What is made once, or for each request."""

    operations: Callable[..., Operations] = Operations
    subscriptions: Callable[..., Subscriptions] = Subscriptions
    context: Callable[..., Context] = Context
    database: Callable[[Database], Database] = _unchanged
    """Takes over the open database."""
    trace: Trace | None = None
    """Answers a request within a span."""
    close: Callable[[], Awaitable[None]] = _nothing


class TracingUnusable(Exception):
    """Traces are configured, but what records them is not installed."""


def check_tracing(settings: Settings) -> None:
    """Find out whether traces can be recorded, if they are to be; raises `TracingUnusable`."""
    if settings.telemetry.traces_endpoint is None:
        return
    try:
        import opentelemetry.exporter.otlp.proto.http.trace_exporter
        import opentelemetry.sdk.trace  # noqa: F401
    except ImportError:
        message = (
            "OTEL_EXPORTER_OTLP_ENDPOINT needs packages that are not installed: "
            "run pip install --require-hashes -r requirements-tracing.txt, or leave it out."
        )
        raise TracingUnusable(message) from None
