"""Runs operations: from the parameters of a request to its answers, for all transports.

Requests that cannot be executed are refused before a token is verified or the database is used. A subscription is
executed once for each event, each time in a new context.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import orjson
import strawberry
from graphql import (
    ExecutionResult,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    default_field_resolver,
    default_type_resolver,
)
from graphql.execution import create_source_event_stream
from graphql.execution.values import VariableValues
from starlette.types import Scope
from strawberry.execution import optimized_is_awaitable

import errors
from auth.tokens import Claims
from context import Context
from errors import Code
from events.subscriber import RESYNC, EndSubscription, EventSource, ReceivedEvent
from execution.deadline import Deadline, DeadlineExceeded
from execution.documents import Document, Documents, FormattedError, formatted
from execution.input_text import coerce_variables
from transport.bad_request import BadRequest
from transport.errors import field_errors, internal_error, known_error, log_internal
from transport.request import Parameters

OpenContext = Callable[[list[bytes], str | None, str | None], Awaitable[Context]]
"""Opens a context for the Authorization headers, the idempotency key and the client address of a request."""
OpenRequestContext = Callable[[], Awaitable[Context]]
Verify = Callable[[Sequence[bytes]], Awaitable[Claims | None]]

REQUEST_ERROR = 0
STATUS = {
    Code.UNAUTHENTICATED: 401,
    Code.FORBIDDEN: 403,
    Code.CONFLICT: 409,
    Code.RATE_LIMITED: 429,
    Code.UNAVAILABLE: 503,
    Code.TIMEOUT: 504,
}
RETRY_PAUSES = (0.5, 10.0)
"""Seconds before an event that could not be answered is retried: at first, and at most."""


class Answer(NamedTuple):
    """A response before it is encoded. The status REQUEST_ERROR means 400, or 200 for clients that accept plain JSON only."""

    status: int
    content: dict[str, Any]


class RequestError(Exception):
    """The document, the operation name or the variables of a request are invalid."""

    def __init__(self, found: list[FormattedError]) -> None:
        super().__init__()
        self.errors = found


class OperationFailed(Exception):
    """An operation ended with errors and without data."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer
        self.errors: list[FormattedError] = answer.content["errors"]

    @property
    def unauthenticated(self) -> bool:  # the token is invalid or has expired
        return self.answer.status == STATUS[Code.UNAUTHENTICATED]


class Prepared(NamedTuple):
    """An operation that can be executed."""

    document: Document
    operation: OperationDefinitionNode
    variables: VariableValues
    parameters: Parameters

    @property
    def kind(self) -> OperationType:
        return self.operation.operation


def client_address(scope: Scope) -> str | None:
    """The IP address of the client, if it is known."""
    client = scope.get("client")
    return client[0] if client else None


class Operations:
    """Runs operations on one schema. At most `event_slots` events of subscriptions are answered at once."""

    def __init__(
        self,
        schema: strawberry.Schema,
        documents: Documents,
        *,
        development: bool,
        seconds: float,
        event_slots: int = 5,
    ) -> None:
        self._schema = schema._schema  # noqa: SLF001 - the schema that Strawberry passes to graphql-core
        self._executor: Any = schema.execution_context_class
        self._documents = documents
        self._development = development
        self._seconds = seconds
        self._event_slots = asyncio.Semaphore(event_slots)

    def prepare(self, parameters: Parameters) -> Prepared:
        """Validate a request; raises `RequestError`."""
        document = self._documents.get(parameters.query)
        if document.errors:
            raise RequestError(list(document.errors))
        try:
            operation = document.operation(parameters.operation_name)
        except GraphQLError as error:
            raise RequestError([formatted(error)]) from None
        values, hide_suggestions = parameters.variables or {}, not self._development
        variables = coerce_variables(self._schema, operation, values, hide_suggestions=hide_suggestions)
        if isinstance(variables, list):
            raise RequestError([formatted(error) for error in variables])
        excess = document.too_many_objects(operation, variables.coerced)
        if excess:
            raise RequestError([excess])
        return Prepared(document, operation, variables, parameters)

    async def run(self, prepared: Prepared, open_context: OpenRequestContext, deadline: asyncio.Timeout) -> Answer:
        """Run a query or a mutation within a deadline. The caller passes exceptions to `answer_exception`."""
        context = await open_context()
        try:
            return await self._execute(prepared, context, deadline)
        finally:
            await context.release()

    async def answer(self, prepared: Prepared, open_context: OpenRequestContext) -> Answer:
        """Run a query or a mutation within the time limit. Exceptions become answers, too."""
        deadline = asyncio.timeout(self._seconds)
        try:
            async with deadline:
                return await self.run(prepared, open_context, deadline)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - the client gets a reference to the log
            return self.answer_exception(error, deadline, prepared.parameters)

    async def result(self, prepared: Prepared, open_context: OpenRequestContext) -> bytes:
        """Run a query or a mutation, and encode its result; raises `OperationFailed`."""
        answer = await self.answer(prepared, open_context)
        if "data" not in answer.content:
            raise OperationFailed(answer)
        return self.encode(answer.content, prepared)

    async def subscribe(self, prepared: Prepared, open_context: OpenRequestContext) -> EventSource:
        """Start a subscription; raises `OperationFailed`."""
        deadline = asyncio.timeout(self._seconds)
        try:
            async with deadline:
                context = await open_context()
                executor = self._build_executor(prepared, context)
                try:
                    stream: Any = create_source_event_stream(executor)
                    if optimized_is_awaitable(stream):
                        stream = await stream
                finally:
                    await context.release()
                executor.async_helpers = None
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - as in `answer`
            raise OperationFailed(self.answer_exception(error, deadline, prepared.parameters)) from None
        if isinstance(stream, EventSource):
            return stream
        answer = self._result(stream, prepared)
        raise OperationFailed(Answer(answer.status, {"errors": answer.content["errors"]}))

    async def events(
        self, prepared: Prepared, source: EventSource, open_context: OpenRequestContext
    ) -> AsyncGenerator[bytes, None]:
        """The encoded answer to each event of a subscription; raises `OperationFailed` if an error ends it.

        If the database is unavailable, the events are not lost: after a pause, they are replaced by a RESYNC.
        """
        pause, longest = RETRY_PAUSES
        try:
            async for received in source:
                try:
                    async with self._event_slots:
                        answer = await self._event(prepared, source, received, open_context)
                except EndSubscription:
                    return
                if answer is None:
                    continue
                if answer.status == STATUS[Code.UNAVAILABLE]:
                    source.queue.put(RESYNC)
                    await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - no secret
                    pause = min(pause * 2, longest)
                    continue
                if "data" not in answer.content:
                    raise OperationFailed(answer)
                pause = RETRY_PAUSES[0]
                extensions = {"extensions": {"resync": True}} if received is RESYNC else {}
                yield self.encode(answer.content | extensions, prepared)
        finally:
            source.queue.close()

    async def _event(
        self, prepared: Prepared, source: EventSource, received: ReceivedEvent, open_context: OpenRequestContext
    ) -> Answer | None:
        """Execute the operation for one event; None for an event that is not for this viewer."""
        deadline = asyncio.timeout(self._seconds)
        try:
            async with deadline:
                context = await open_context()
                try:
                    root = await source.find(context, received)
                    if root is None:
                        return None
                    return await self._execute(prepared, context, deadline, root, serially=False)
                finally:
                    await context.release()
        except EndSubscription:
            raise
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - as in `answer`
            return self.answer_exception(error, deadline, prepared.parameters)

    async def _execute(
        self, prepared: Prepared, context: Context, deadline: asyncio.Timeout,
        root: object = None, *, serially: bool | None = None,
    ) -> Answer:  # fmt: skip
        executor = self._build_executor(prepared, context, root)
        executor.deadline = Deadline(deadline.when())
        try:
            result = executor.execute_operation(serially)
            if optimized_is_awaitable(result):
                result = await result
        except DeadlineExceeded:
            if not deadline.expired():
                deadline.reschedule(None)  # the timeout must not interrupt the release of the context
            raise
        # This is a reference cycle. Without it, everything that belongs to the request is freed at once.
        executor.async_helpers = None
        return self._result(result, prepared)

    def _build_executor(self, prepared: Prepared, context: Context, root: object = None) -> Any:
        """Build the executor as graphql-core's execute() does, whose first part is in `prepare`."""
        document, operation, variables, parameters = prepared
        return self._executor(
            self._schema, document.fragment_definitions, document.fragments, root, context, operation, variables,
            default_field_resolver, default_type_resolver, default_field_resolver,
            is_awaitable=optimized_is_awaitable,
            hide_suggestions=not self._development,
            operation_extensions=parameters.extensions,
        )  # fmt: skip

    def _result(self, result: ExecutionResult, prepared: Prepared) -> Answer:
        if not result.errors:
            return Answer(200, {"data": result.data})
        name = prepared.parameters.operation_name
        found = field_errors(result.errors, name, messages=self._development)
        unavailable = result.data is None and any(one["extensions"]["code"] == Code.UNAVAILABLE for one in found)
        return Answer(STATUS[Code.UNAVAILABLE] if unavailable else 200, {"errors": found, "data": result.data})

    def answer_exception(
        self, error: BaseException, deadline: asyncio.Timeout, parameters: Parameters | None
    ) -> Answer:
        """The answer for an exception that ended an operation. Raises it again if the operation itself was cancelled."""
        task = asyncio.current_task()
        # The reference executor may cancel a future of a field; that does not cancel the operation.
        if isinstance(error, asyncio.CancelledError) and (task is None or task.cancelling()):
            raise error
        if isinstance(error, DeadlineExceeded) or (isinstance(error, TimeoutError) and deadline.expired()):
            error = errors.TooSlow(self._seconds)
        return self.error_answer(error, parameters.operation_name if parameters else None)

    def encode(self, content: dict[str, Any], prepared: Prepared) -> bytes:
        """Encode a result as JSON; raises `OperationFailed` for a value that JSON cannot represent."""
        try:
            return orjson.dumps(content)
        except TypeError as error:
            raise OperationFailed(self.error_answer(error, prepared.parameters.operation_name)) from None

    def error_answer(self, error: BaseException, name: str | None = None) -> Answer:
        if isinstance(error, RequestError):
            return Answer(REQUEST_ERROR, {"errors": error.errors})
        if isinstance(error, errors.KnownError):
            status = error.status if isinstance(error, BadRequest) else STATUS.get(error.code, 400)
            return Answer(status, {"errors": [known_error(error)]})
        if isinstance(error, GraphQLError):
            return Answer(REQUEST_ERROR, {"errors": [formatted(error)]})
        return Answer(500, {"errors": [internal_error(log_internal(error, name, messages=self._development))]})
