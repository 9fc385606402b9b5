"""What all spans have in common."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, Tracer, get_current_span
from opentelemetry.util.types import AttributeValue

ERROR_TYPE = "error.type"


@contextmanager
def started(
    tracer: Tracer,
    name: str,
    attributes: Mapping[str, AttributeValue],
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    context: Context | None = None,
    links: list[Link] | None = None,
) -> Iterator[Span]:
    """Start a span that is the current one in the block. The text of an exception may hold anything: only its type is kept."""
    with tracer.start_as_current_span(
        name, context, kind, dict(attributes), links, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except BaseException as error:
            fail(span, error)
            raise


def fail(span: Span, error: BaseException | str) -> None:
    """Mark a span as failed, by a code or by the type of an exception. What was cancelled has not failed."""
    span.set_attribute(ERROR_TYPE, error if isinstance(error, str) else type(error).__qualname__)
    if isinstance(error, str | Exception):
        span.set_status(Status(StatusCode.ERROR))


def has_parent() -> bool:
    """Whether a span is current here: what no request asked for has none, and is not traced."""
    context: Any = get_current_span().get_span_context()
    return bool(context.is_valid)
