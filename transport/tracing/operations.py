"""Spans of operations and of the events of subscriptions."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, Tracer, get_current_span

import errors
from events.queues import EndSubscription
from transport.answers import Answer, OperationFailed, RequestError
from transport.operation_records import FAILURES
from transport.operations import Operations
from transport.prepared import Prepared
from transport.subscriptions import Subscriptions
from transport.tracing.spans import fail

CODE = "graphql.error.code"


class TracedOperations(Operations):
    """Operations with a span for each query and mutation."""

    def __init__(self, tracer: Tracer, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.tracer = tracer

    async def run(self, prepared: Prepared, *given: Any) -> Answer:
        with operation_span(self.tracer, prepared, prepared.kind.value) as span:
            answer = await super().run(prepared, *given)
            note(span, answer)
            return answer


class TracedSubscriptions(Subscriptions):
    """Subscriptions with a span for their start, and a trace of its own for each event and all who are answered together."""

    def __init__(self, tracer: Tracer, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._tracer = tracer

    async def start(self, prepared: Prepared, *given: Any) -> Any:
        with operation_span(self._tracer, prepared, "subscription"):
            return await super().start(prepared, *given)

    def _observed(self, prepared: Prepared) -> AbstractContextManager[Span]:
        """One span for all who are answered together."""
        return operation_span(self._tracer, prepared, "event", apart=True)

    async def _event(self, prepared: Prepared, *given: Any) -> Answer | None:
        with operation_span(self._tracer, prepared, "event", apart=True) as span:
            answer = await super()._event(prepared, *given)
            if answer is not None:
                note(span, answer)
            return answer


@contextmanager
def operation_span(tracer: Tracer, prepared: Prepared, kind: str, *, apart: bool = False) -> Iterator[Span]:
    """Start a span. One that is `apart` begins a trace that is linked to the current one, which may have ended long ago."""
    name = prepared.record.name
    attributes = {"graphql.operation.type": kind} | ({"graphql.operation.name": name} if name else {})
    before = get_current_span().get_span_context()
    context, links = (Context(), [Link(before)] if before.is_valid else []) if apart else (None, None)
    with tracer.start_as_current_span(
        f"{kind} {name}".rstrip(), context, SpanKind.INTERNAL, attributes, links,
        record_exception=False, set_status_on_exception=False,
    ) as span:  # fmt: skip
        try:
            yield span
        except OperationFailed as failure:
            note(span, failure.answer)
            raise
        except (errors.KnownError, RequestError) as error:
            code = str(getattr(error, "code", errors.Code.BAD_USER_INPUT))
            _note_code(span, code)
            raise
        except EndSubscription:
            raise
        except BaseException as error:
            fail(span, error)
            raise


def note(span: Span, answer: Answer) -> None:
    """Record the codes of an answer's errors, and whether one of them is a failure of ours."""
    codes = {str(error["extensions"].get("code")) for error in answer.content.get("errors", ())}
    for code in sorted(codes, key=FAILURES.__contains__):
        _note_code(span, code)


def _note_code(span: Span, code: str) -> None:
    span.set_attribute(CODE, code)
    if code in FAILURES:
        fail(span, code)
