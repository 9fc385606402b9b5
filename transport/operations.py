"""From the parameters of a request to its answers, whatever has carried them.

What cannot be executed is refused before anybody is asked who they are, so it costs neither a signature nor the
database. A subscription is executed once for each thing that it hears, in a context of that moment.
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
from graphql.execution.values import VariableValues, get_variable_values
from starlette.types import Scope
from strawberry.execution import optimized_is_awaitable

import errors
from auth.tokens import Claims
from context import Context
from errors import Code
from events.subscriber import RESYNC, EndSubscription, EventSource, ReceivedEvent
from execution.deadline import Deadline, DeadlineExceeded
from execution.documents import Document, Documents, FormattedError, formatted
from execution.input_text import clean_variables
from transport.bad_request import BadRequest
from transport.errors import field_errors, internal_error, known_error, log_internal
from transport.request import Parameters

OpenContext = Callable[[list[bytes], str | None, str | None], Awaitable[Context]]
"""Opens the context of a request: by its Authorization headers, its idempotency key, and the address of its client."""
Open = Callable[[], Awaitable[Context]]
Verify = Callable[[Sequence[bytes]], Awaitable[Claims | None]]

REQUEST_ERROR = 0
MAX_ERRORS = 50
STATUS = {
    Code.UNAUTHENTICATED: 401,
    Code.FORBIDDEN: 403,
    Code.CONFLICT: 409,
    Code.RATE_LIMITED: 429,
    Code.UNAVAILABLE: 503,
    Code.TIMEOUT: 504,
}
PAUSES = (0.5, 10.0)
"""Seconds before what could not be answered is tried again: at first, and at most."""


class Answer(NamedTuple):
    """A response before it is written. REQUEST_ERROR is 400, or 200 for clients that know plain JSON only."""

    status: int
    content: dict[str, Any]


class Refused(Exception):
    """A request whose document, operation or variables are wrong."""

    def __init__(self, found: list[FormattedError]) -> None:
        super().__init__()
        self.found = found


class Ended(Exception):
    """An operation that ended with errors and no data."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer
        self.found: list[FormattedError] = answer.content["errors"]

    @property
    def unauthenticated(self) -> bool:
        """Whether it ended since the token is not good, or no longer."""
        return self.answer.status == STATUS[Code.UNAUTHENTICATED]


class Prepared(NamedTuple):
    """An operation that can be executed."""

    document: Document
    operation: OperationDefinitionNode
    variables: VariableValues
    parameters: Parameters

    @property
    def kind(self) -> OperationType:
        """Whether it is a query, a mutation or a subscription."""
        return self.operation.operation


def address(scope: Scope) -> str | None:
    """Give the address of the client."""
    client = scope.get("client")
    return client[0] if client else None


class Operations:
    """How operations on one schema are run. `turns` is how many events of subscriptions may be answered at once."""

    def __init__(
        self, schema: strawberry.Schema, documents: Documents, *, development: bool, seconds: float, turns: int = 5
    ) -> None:
        self._schema = schema._schema  # noqa: SLF001 - what Strawberry itself hands to graphql-core
        self._executor: Any = schema.execution_context_class
        self._documents = documents
        self._development = development
        self._seconds = seconds
        self._turns = asyncio.Semaphore(turns)

    def prepare(self, parameters: Parameters) -> Prepared:
        """Read what is to be executed, or say what is wrong with it: `Refused`."""
        document = self._documents.get(parameters.query)
        if document.errors:
            raise Refused(list(document.errors))
        try:
            operation = document.operation(parameters.operation_name)
        except GraphQLError as error:
            raise Refused([formatted(error)]) from None
        definitions = operation.variable_definitions or ()
        values, wrong = clean_variables(self._schema, definitions, parameters.variables or {})
        variables = get_variable_values(
            self._schema, definitions, values, MAX_ERRORS, hide_suggestions=not self._development
        )
        if wrong or isinstance(variables, list):
            wrong += variables if isinstance(variables, list) else ()
            raise Refused([formatted(error) for error in wrong[:MAX_ERRORS]])
        excess = document.too_many_objects(operation, variables.coerced)
        if excess:
            raise Refused([excess])
        return Prepared(document, operation, variables, parameters)

    async def run(self, prepared: Prepared, open_context: Open, deadline: asyncio.Timeout) -> Answer:
        """Run a query or a mutation within a deadline that was begun. Whatever is raised is for `stopped`."""
        context = await open_context()
        try:
            return await self._executed(prepared, context, deadline)
        finally:
            await context.release()

    async def answer(self, prepared: Prepared, open_context: Open) -> Answer:
        """Run a query or a mutation in its time, and say what happened, whatever happened."""
        deadline = asyncio.timeout(self._seconds)
        try:
            async with deadline:
                return await self.run(prepared, open_context, deadline)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - the last resort: the client gets a reference
            return self.stopped(error, deadline, prepared.parameters)

    async def result(self, prepared: Prepared, open_context: Open) -> bytes:
        """Run a query or a mutation, and write what it found, or raise `Ended`."""
        answer = await self.answer(prepared, open_context)
        if "data" not in answer.content:
            raise Ended(answer)
        return self.written(answer.content, prepared)

    async def subscribe(self, prepared: Prepared, open_context: Open) -> EventSource:
        """Begin a subscription, or raise `Ended`."""
        deadline = asyncio.timeout(self._seconds)
        try:
            async with deadline:
                context = await open_context()
                executor = self._executor_of(prepared, context)
                try:
                    stream: Any = create_source_event_stream(executor)
                    if optimized_is_awaitable(stream):
                        stream = await stream
                finally:
                    await context.release()
                executor.async_helpers = None
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - as above
            raise Ended(self.stopped(error, deadline, prepared.parameters)) from None
        if isinstance(stream, EventSource):
            return stream
        answer = self._result(stream, prepared)
        raise Ended(Answer(answer.status, {"errors": answer.content["errors"]}))

    async def events(self, prepared: Prepared, live: EventSource, open_context: Open) -> AsyncGenerator[bytes, None]:
        """Write an answer to each thing that a subscription hears, until it is over or, by `Ended`, an error ends it.

        What the database cannot answer just now is not lost: it is tried again, as a RESYNC.
        """
        shortest, longest = PAUSES
        pause = shortest
        try:
            async for received in live:
                try:
                    async with self._turns:
                        answer = await self._event(prepared, live, received, open_context)
                except EndSubscription:
                    return
                if answer is None:
                    continue
                if answer.status == STATUS[Code.UNAVAILABLE]:
                    live.queue.put(RESYNC)
                    await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - no secret
                    pause = min(pause * 2, longest)
                    continue
                if "data" not in answer.content:
                    raise Ended(answer)
                pause = shortest
                extensions = {"extensions": {"resync": True}} if received is RESYNC else {}
                yield self.written(answer.content | extensions, prepared)
        finally:
            live.queue.close()

    async def _event(
        self, prepared: Prepared, live: EventSource, received: ReceivedEvent, open_context: Open
    ) -> Answer | None:
        """Execute the operation for one thing that was received; None where it is not for this viewer."""
        deadline = asyncio.timeout(self._seconds)
        try:
            async with deadline:
                context = await open_context()
                try:
                    root = await live.find(context, received)
                    if root is None:
                        return None
                    return await self._executed(prepared, context, deadline, root, serially=False)
                finally:
                    await context.release()
        except EndSubscription:
            raise
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - as above
            return self.stopped(error, deadline, prepared.parameters)

    async def _executed(
        self, prepared: Prepared, context: Context, deadline: asyncio.Timeout,
        root: object = None, *, serially: bool | None = None,
    ) -> Answer:  # fmt: skip
        executor = self._executor_of(prepared, context, root)
        executor.deadline = Deadline(deadline.when())
        try:
            result = executor.execute_operation(serially)
            if optimized_is_awaitable(result):
                result = await result
        except DeadlineExceeded:
            if not deadline.expired():
                deadline.reschedule(None)  # it would interrupt whoever gives back now what the request took
            raise
        # It refers to itself in there: without that circle it, and all of the request, goes at once.
        executor.async_helpers = None
        return self._result(result, prepared)

    def _executor_of(self, prepared: Prepared, context: Context, root: object = None) -> Any:
        """Go the way of graphql-core's own execute(), whose first step, `prepare`, needs to know nobody."""
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

    def stopped(self, error: BaseException, deadline: asyncio.Timeout, parameters: Parameters | None) -> Answer:
        """Say what stopped an operation, unless it was whoever wanted the answer."""
        task = asyncio.current_task()
        # The reference executor cancels what another field still waits for; nobody has cancelled this operation then.
        if isinstance(error, asyncio.CancelledError) and (task is None or task.cancelling()):
            raise error
        if isinstance(error, DeadlineExceeded) or (isinstance(error, TimeoutError) and deadline.expired()):
            error = errors.TooSlow(self._seconds)
        return self.failed(error, parameters.operation_name if parameters else None)

    def written(self, content: dict[str, Any], prepared: Prepared) -> bytes:
        """Write a result as JSON; one that holds what JSON cannot say ends its operation."""
        try:
            return orjson.dumps(content)
        except TypeError as error:
            raise Ended(self.failed(error, prepared.parameters.operation_name)) from None

    def failed(self, error: BaseException, name: str | None = None) -> Answer:
        """Say what kept a request from being answered."""
        if isinstance(error, Refused):
            return Answer(REQUEST_ERROR, {"errors": error.found})
        if isinstance(error, errors.KnownError):
            status = error.status if isinstance(error, BadRequest) else STATUS.get(error.code, 400)
            return Answer(status, {"errors": [known_error(error)]})
        if isinstance(error, GraphQLError):
            return Answer(REQUEST_ERROR, {"errors": [formatted(error)]})
        return Answer(500, {"errors": [internal_error(log_internal(error, name, messages=self._development))]})
