"""Formatting errors: a sentence and a code for the client, the rest for the log, without personal data."""

import secrets
import traceback
from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from graphql import GraphQLError

import errors
from errors import MAX_ECHO_CHARS, Code
from execution.documents import FormattedError, limit_errors, truncate
from transport.tracebacks import format_traceback

INTERNAL_MESSAGE = "Something broke on our side; quote the reference."

# Where graphql-core and Strawberry read what the client wrote: a GraphQLError from there is the client's.
_COERCION = frozenset({"get_argument_values", "get_directive_values", "convert_arguments", "convert_argument"})

log = structlog.get_logger("clientele")


def known_error(error: errors.KnownError) -> FormattedError:
    """Format an expected error."""
    extensions: dict[str, Any] = {"code": error.code, "retryable": error.retryable}
    reason = getattr(error, "reason", None)
    if reason is not None:
        extensions["reason"] = reason
    if isinstance(error, errors.RateLimited | errors.RateExceeded):
        extensions["retryAfter"] = error.retry_after
    return {"message": truncate(error.message), "extensions": extensions}


def log_internal(error: BaseException, operation: str | None, path: Iterable[str | int] = (), *, messages: bool) -> str:
    """Log a bug and give its reference. `messages` of exceptions may hold personal data: not in production."""
    reference = secrets.token_hex(6)
    log.error(
        "internal_error",
        reference=reference,
        error=type(error).__qualname__,
        operation=(operation or "")[:MAX_ECHO_CHARS],
        path=".".join(map(str, path)),
        trace=format_traceback(error, messages=messages),
    )
    return reference


def internal_error(reference: str) -> FormattedError:
    """Format an unexpected error; the log has the rest under the reference."""
    return {
        "message": INTERNAL_MESSAGE,
        "extensions": {"code": Code.INTERNAL, "retryable": Code.INTERNAL.retryable, "reference": reference},
    }


def field_errors(found: Sequence[GraphQLError], operation: str | None, *, messages: bool) -> list[FormattedError]:
    """Format the errors of an execution. The same bug at many items is logged once."""
    references: dict[object, str] = {}

    def format_(error: GraphQLError) -> FormattedError:
        cause = _cause(error)
        if isinstance(cause, errors.KnownError):
            answer = known_error(cause)
        elif isinstance(cause, GraphQLError) and _of_client(cause):
            extensions = {"code": Code.BAD_USER_INPUT, "retryable": False, **(cause.extensions or {})}
            answer = {"message": truncate(cause.message), "extensions": extensions}
        else:
            where = (type(cause), *_last_line(cause))
            if where not in references:
                references[where] = log_internal(cause, operation, error.path or (), messages=messages)
            answer = internal_error(references[where])
        if error.locations:
            answer["locations"] = [place.formatted for place in error.locations[:5]]
        if error.path is not None:
            answer["path"] = error.path
        return answer

    try:
        return limit_errors(found, format_)
    finally:
        for error in found:
            _drop_frames(error)


def _cause(error: BaseException) -> BaseException:
    while isinstance(error, GraphQLError) and error.original_error is not None:
        error = error.original_error
    return error


def _drop_frames(error: BaseException) -> None:
    """Let go of the frames of an error, which refer to its answer: else only the garbage collector would free that.

    Errors may refer to each other in a circle: one of a loader that many fields share is raised again by each of them.
    """
    others: list[BaseException | None] = [error]
    known: set[int] = set()
    while others:
        one = others.pop()
        if one is None or id(one) in known:
            continue
        known.add(id(one))
        one.__traceback__ = None
        others += getattr(one, "original_error", None), one.__cause__, one.__context__
        others += one.exceptions if isinstance(one, BaseExceptionGroup) else ()


def _of_client(error: GraphQLError) -> bool:
    if "code" in (error.extensions or {}):
        return True
    return any(frame.f_code.co_name in _COERCION for frame, _ in traceback.walk_tb(error.__traceback__))


def _last_line(error: BaseException) -> tuple[object, ...]:
    place: tuple[object, ...] = ()
    for frame, line in traceback.walk_tb(error.__traceback__):
        place = (frame.f_code, line)
    return place
