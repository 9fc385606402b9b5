"""Where log lines go, and in which form: JSON for machines in production, text for people in development.

What libraries log by the standard library goes the same way. In production it loses its arguments, and exceptions lose
their messages: both may quote personal data.
"""

import json
import logging
import sys
from contextlib import suppress
from functools import partial
from typing import Any, BinaryIO, Literal

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from transport.request_ids import CURRENT
from transport.tracebacks import format_traceback

Format = Literal["json", "console"]
FIRST_KEYS = ("timestamp", "level", "event")

log = structlog.get_logger("clientele")


def configure(form: Format, level: str, *, messages: bool, worker: int | None = None) -> None:
    """Log from now on in this form, from this level on. `messages` of exceptions and of libraries are for development.

    `worker` is the number of this worker process, if there are several: every line has it.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            add_request_ids,
            *(() if worker is None else (partial(add_worker, worker),)),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            exception_formatter(messages=messages),
            *renderers(form),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.BytesLoggerFactory(LogStream(sys.stderr.buffer)),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers[:] = [LibraryHandler(messages=messages)]
    root.setLevel(max(number, logging.WARNING))
    logging.captureWarnings(True)
    if not messages:
        sys.excepthook = _log_crash


def add_request_ids(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Add the ids of the request that logs."""
    ids = CURRENT.get()
    if ids is not None:
        event["request_id"] = ids.request_id
        if ids.trace_id is not None:
            event["trace_id"] = ids.trace_id
        if ids.operation_id is not None:
            event["operation_id"] = ids.operation_id
    return event


def add_worker(worker: int, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Add the number of the worker process that logs."""
    event.setdefault("worker", worker)
    return event


def exception_formatter(*, messages: bool) -> Processor:
    """Put the text of `exc_info` into `trace`."""

    def format_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        given = event.pop("exc_info", None)
        if given:
            error = given if isinstance(given, BaseException) else sys.exception()
            if isinstance(given, tuple):
                error = given[1]
            if error is not None:
                event["trace"] = format_traceback(error, messages=messages)
        return event

    return format_exception


def renderers(form: Format) -> list[Any]:
    """The last processors, which make the bytes of a line."""
    if form == "json":
        return [render_json]
    console = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())

    def render(logger: WrappedLogger, method: str, event: EventDict) -> bytes:
        trace = event.pop("trace", None)
        if trace:
            event["exception"] = trace  # which the renderer writes below the line, as it is
        return str(console(logger, method, event)).encode(errors="backslashreplace")

    return [render]


def render_json(_logger: WrappedLogger, _method: str, event: EventDict) -> bytes:
    """Write one object a line: time, level and event first, then the facts."""
    ordered = {key: event[key] for key in FIRST_KEYS if key in event} | dict(event)
    try:
        return orjson.dumps(ordered, default=_type_name)
    except TypeError:  # such as a lone surrogate
        return json.dumps(ordered, default=_type_name).encode()


def _type_name(value: object) -> str:
    return type(value).__qualname__  # its text could be personal data


class LibraryHandler(logging.Handler):
    """Logs what libraries log by the standard library, as the event `library_message`."""

    def __init__(self, *, messages: bool) -> None:
        super().__init__()
        self._messages = messages

    def emit(self, record: logging.LogRecord) -> None:
        """Log one message; in production only its first line, without arguments."""
        try:
            text = record.getMessage() if self._messages else str(record.msg).partition("\n")[0]
            level = min(max(record.levelno // 10 * 10, logging.DEBUG), logging.CRITICAL)
            self.write(level, event="library_message", logger=record.name, message=text, exc_info=record.exc_info)
        except Exception:  # noqa: BLE001 - as the handlers of the standard library do
            self.handleError(record)

    def write(self, level: int, **facts: Any) -> None:
        """Log the facts of one message."""
        log.log(level, **facts)


class LogStream:
    """A stream whose failures are ignored: a full disk or a closed pipe must not fail the request that logs."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, line: bytes) -> None:
        """Write one line."""
        with suppress(OSError, ValueError):
            self._stream.write(line)

    def flush(self) -> None:
        """Hand over what was written."""
        with suppress(OSError, ValueError):
            self._stream.flush()


def _log_crash(kind: type[BaseException], error: BaseException, trace: object) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    log.critical("process_failed", error=kind.__qualname__, exc_info=error)
