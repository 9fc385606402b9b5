"""Answers of operations, before they are encoded: results, errors, and what an exception becomes."""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from graphql import ExecutionResult, GraphQLError

import errors
from errors import Code
from execution.deadline import DeadlineExceeded, TooManyRows
from execution.documents import VALIDATION_FAILED, FormattedError, formatted
from transport.bad_request import BadRequest
from transport.errors import field_errors, internal_error, known_error, log_internal

REQUEST_ERROR = 0
REFUSED_COST = 100
"""What a request costs that is refused because its document, its variables or its token are invalid."""
STATUS = {
    Code.UNAUTHENTICATED: 401,
    Code.FORBIDDEN: 403,
    Code.CONFLICT: 409,
    Code.RATE_LIMITED: 429,
    Code.UNAVAILABLE: 503,
    Code.TIMEOUT: 504,
}


RETRIED = {STATUS[Code.RATE_LIMITED], STATUS[Code.UNAVAILABLE]}
"""The statuses that tell the client after how many seconds to try again."""


class Answer(NamedTuple):
    """A response before it is encoded. The status REQUEST_ERROR means 400, or 200 for clients that accept plain JSON only."""

    status: int
    content: dict[str, Any]
    headers: Sequence[tuple[bytes, bytes]] = ()
    """Headers of its own, such as those of rate limits."""
    max_age: int = 0
    """For how many seconds caches may keep it."""
    body: bytes = b""
    """The content, if it has been encoded already."""


class RequestError(Exception):
    """The document, the operation name or the variables of a request are invalid."""

    def __init__(self, found: list[FormattedError], status: int = REQUEST_ERROR, points: int = REFUSED_COST) -> None:
        super().__init__()
        self.errors = found
        self.status = status
        self.points = points
        """What the client is charged for it."""


class OperationFailed(Exception):
    """An operation ended with errors and without data."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer
        self.errors: list[FormattedError] = answer.content["errors"]

    @property
    def unauthenticated(self) -> bool:  # the token is invalid or has expired
        return self.answer.status == STATUS[Code.UNAUTHENTICATED]


class Answers:
    """Makes answers. `messages` of exceptions are logged in development only; an operation may take `seconds`."""

    def __init__(self, *, messages: bool, seconds: float, most_bytes: int) -> None:
        self._messages = messages
        self._seconds = seconds
        self._bytes = most_bytes

    def of_result(self, result: ExecutionResult, name: str | None) -> Answer:
        """The answer of an operation that was executed."""
        if not result.errors:
            return Answer(200, {"data": result.data})
        found = field_errors(result.errors, name, messages=self._messages)
        unavailable = result.data is None and any(one["extensions"]["code"] == Code.UNAVAILABLE for one in found)
        if unavailable:
            return Answer(STATUS[Code.UNAVAILABLE], {"errors": found, "data": None}, [(b"retry-after", b"1")])
        return Answer(200, {"errors": found, "data": result.data})

    def of_exception(self, error: BaseException, deadline: asyncio.Timeout, name: str | None = None) -> Answer:
        """The answer for an exception that ended an operation. Raises it again if the operation itself was cancelled."""
        task = asyncio.current_task()
        # The reference executor may cancel a future of a field; that does not cancel the operation.
        if isinstance(error, asyncio.CancelledError) and (task is None or task.cancelling()):
            raise error
        if isinstance(error, DeadlineExceeded) or (isinstance(error, TimeoutError) and deadline.expired()):
            error = errors.TooSlow(self._seconds)
        elif isinstance(error, TooManyRows):
            error = errors.TooLarge(f"The operation read more than {error.allowed:,} rows")
        return self.of_error(error, name)

    def of_error(self, error: BaseException, name: str | None = None) -> Answer:
        """The answer for an error; one that was not foreseen is logged."""
        if isinstance(error, RequestError):
            return Answer(error.status, {"errors": error.errors})
        if isinstance(error, errors.KnownError):
            status = error.status if isinstance(error, BadRequest) else STATUS.get(error.code, 400)
            seconds = getattr(error, "retry_after", 1)
            headers = [(b"retry-after", b"%d" % seconds)] if status in RETRIED else []
            return Answer(status, {"errors": [known_error(error)]}, headers)
        if isinstance(error, GraphQLError):
            return Answer(REQUEST_ERROR, {"errors": [formatted(error, VALIDATION_FAILED)]})
        return Answer(500, {"errors": [internal_error(log_internal(error, name, messages=self._messages))]})

    def encoded(self, answer: Answer, name: str | None = None) -> Answer:
        """Encode an answer before it is sent. Whoever changes its content removes the `body`. Raises as `encode` does."""
        return answer._replace(body=self.encode(answer.content, name))

    def encode(self, content: dict[str, Any], name: str | None = None) -> bytes:
        """Encode a result as JSON; raises `OperationFailed` for one that JSON cannot represent, or that is too large."""
        try:
            body = orjson.dumps(content)
        except TypeError as error:
            raise OperationFailed(self.of_error(error, name)) from None
        if len(body) > self._bytes:
            too_large = errors.TooLarge(f"The response would have more than {self._bytes:,} bytes")
            raise OperationFailed(self.of_error(too_large, name))
        return body
