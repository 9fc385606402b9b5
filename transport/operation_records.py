"""What became of each operation, for logs and metrics: one small record, whole when the operation has ended."""

import re
from asyncio import CancelledError
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from time import perf_counter
from typing import Any
from uuid import UUID

import structlog

from errors import Code
from transport.answers import OperationFailed

OK = "OK"
CLIENT_LEFT = "CLIENT_LEFT"
"""The client left before its answer was ready."""
CANCELLED = "CANCELLED"
"""The client of a WebSocket ended the operation, or the connection; or the process stops."""
FAILURES = frozenset({Code.INTERNAL, Code.TIMEOUT, Code.UNAVAILABLE})
"""The codes of errors that are not the client's."""

log = structlog.get_logger("clientele")

_NAME = re.compile(r"[_A-Za-z]\w{0,99}", re.ASCII)


class Transport(StrEnum):
    """How an operation arrived."""

    HTTP = "http"
    EVENT_STREAM = "sse"
    WEBSOCKET = "websocket"


class OperationRecord:
    """One query or mutation, the start of a subscription, or the answer to one of its events."""

    __slots__ = (
        "actual_cost", "admitted", "allowed_cost", "code", "cost", "customer", "execution", "kind", "name", "reason", "reference",
        "rows", "seconds", "started", "statements", "status", "transport",
    )  # fmt: skip

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.started = perf_counter()
        self.name = ""
        """The name of the operation, as the client has written it: a GraphQL name of at most 100 characters, or empty."""
        self.kind = ""
        """`query`, `mutation`, `subscription`, or `event` of a subscription; empty if it was refused before that was known."""
        self.code = ""
        """`OK`, the code of an error, `CLIENT_LEFT` or `CANCELLED`; empty while the operation runs."""
        self.reason: str | None = None
        """`extensions.reason` of the error, which tells refusals of one code apart."""
        self.reference: str | None = None
        """`extensions.reference` of an INTERNAL error."""
        self.seconds = 0.0
        """From the head of the request to the encoded answer."""
        self.statements = self.rows = 0
        """What was read; statements of transactions do not count."""
        self.cost = 0
        """The most that it could cost."""
        self.allowed_cost = 0
        """What it was allowed to cost."""
        self.actual_cost: int | None = None
        """What it did cost; None where it was refused or stopped."""
        self.execution = ""
        """`compiled`, `recovered`, or why the reference executor has completed it; empty where nothing was executed to its end."""
        self.admitted = False
        """Whether its document is in the cache, since it was sent at least twice."""
        self.customer: UUID | None = None
        """Who is signed in, once that is known."""
        self.status = 0
        """Of the HTTP response; 0 for the results in streams and over WebSockets."""

    def event(self) -> "OperationRecord":
        """Make the record of an event of this subscription."""
        record = OperationRecord(self.transport)
        record.name, record.kind, record.cost = self.name, "event", self.cost
        record.admitted, record.customer = self.admitted, self.customer
        return record


Observer = Callable[[OperationRecord], None]
"""Is called with each record when its operation has ended. It must be quick, and must not keep the record."""


def known_name(name: str | None) -> str:
    """Give the name of an operation if it can be one: other text of the client is neither logged nor counted."""
    return name if name and _NAME.fullmatch(name) else ""


class OperationRecords:
    """Passes each record to the observers when its operation has ended, whatever became of it."""

    def __init__(self, observers: Iterable[Observer] = ()) -> None:
        self.observers = list(observers)

    def ended(self, record: OperationRecord, content: Mapping[str, Any]) -> None:
        """Note the result of an operation. Whoever first knows the end of an operation notes it; later calls do nothing."""
        found = content.get("errors")
        if not found:
            self._end(record, OK)
            return
        extensions = [error["extensions"] for error in found]
        gravest = next((one for one in extensions if one.get("code") in FAILURES), extensions[0])
        record.reason, record.reference = gravest.get("reason"), gravest.get("reference")
        self._end(record, str(gravest.get("code", Code.BAD_USER_INPUT)))

    @contextmanager
    def ending(self, record: OperationRecord) -> Iterator[None]:
        """Note an exception that ends an operation."""
        try:
            yield
        except OperationFailed as failure:
            self.ended(record, failure.answer.content)
            raise
        except BaseException as error:
            self.stopped(record, error)
            raise

    def stopped(self, record: OperationRecord, error: BaseException) -> None:
        """Note that an operation ended without a result, since its client left or it was cancelled."""
        self._end(record, CANCELLED if isinstance(error, CancelledError) else CLIENT_LEFT)

    def _end(self, record: OperationRecord, code: str) -> None:
        if record.code:
            return
        record.code = code
        record.seconds = perf_counter() - record.started
        for observe in self.observers:
            try:
                observe(record)
            except Exception:  # the client gets its answer all the same
                log.exception("observer_failed")
