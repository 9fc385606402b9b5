"""Runs operations: from the parameters of a request to its answers, for all transports.

Requests that cannot be executed are refused before a token is verified or the database is used.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from functools import partial
from typing import Any, cast

import strawberry
from graphql import GraphQLError, OperationType, default_field_resolver, default_type_resolver
from strawberry.execution import optimized_is_awaitable

import errors
from context import Context
from errors import MAX_ECHO_CHARS
from execution.deadline import Deadline, OperationStopped
from execution.documents import Document, Documents, formatted, limit_errors, too_complex
from execution.garbage import GarbageCollector
from execution.input_text import coerce_variables
from execution.operation_cost import CostLimits
from transport.answers import Answer, Answers, OperationFailed, RequestError
from transport.committed import with_committed
from transport.mutation_slots import MutationSlots
from transport.operation_log import log_unregistered
from transport.operation_records import Observer, OperationRecord, OperationRecords, known_name
from transport.persisted_documents import PersistedDocuments
from transport.prepared import CostReport, OpenRequestContext, Prepared
from transport.rate_limiter import RateLimiter
from transport.request import Parameters

TOKENS_FOR_A_POINT = 20
"""How many tokens of a document that is not in the cache are read for a point."""
POINTS_OF_A_STATEMENT = 10
"""What a statement counts for in the actual cost of a query, besides a point for each row."""
TOO_MANY_LARGE = "Too many large operations are waiting. Try again later, or ask for less at once."
MAX_WAITING = 8
"""How many large operations run or wait for each other; each of them holds a slot for requests."""


class Operations:
    """Runs operations on one schema, each for at most `seconds`."""

    def __init__(
        self,
        schema: strawberry.Schema,
        documents: Documents,
        *,
        development: bool,
        seconds: float,
        limiter: RateLimiter,
        most_bytes: int = 10_000_000,
        mutations: int = 5,
        limits: CostLimits = CostLimits(),  # noqa: B008 - frozen
        observers: Iterable[Observer] = (),
        persisted: PersistedDocuments | None = None,
    ) -> None:
        self._schema = schema._schema  # noqa: SLF001 - the schema that Strawberry passes to graphql-core
        self._executor: Any = schema.execution_context_class
        self.persisted = persisted or PersistedDocuments(documents)
        self._development = development
        self._seconds = seconds
        self.limiter = limiter
        self._reading = asyncio.Lock()
        self._large = asyncio.Lock()
        self._waiting = 0
        self._mutations = MutationSlots(mutations)
        self._limits = limits
        self.records = OperationRecords(observers)
        self.answers = Answers(messages=development, seconds=seconds, most_bytes=most_bytes)

    def garbage_collector(self) -> GarbageCollector:
        trusted = self.persisted.trusted
        own = () if trusted is None else (trusted.documents,)
        return GarbageCollector(self.persisted.documents, *own, cast("Any", self._executor).plans)

    async def prepare(self, parameters: Parameters, record: OperationRecord, *, signed_in: bool) -> Prepared:
        """Validate a request, and check its cost; raises `RequestError`. A token counts before it is verified."""
        record.name = known_name(parameters.operation_name)
        source = await self.persisted.find(parameters)
        text, documents, is_trusted, *_ = source
        document = documents.cached(text) or await self._read(documents, text)
        if document.errors:
            raise RequestError(list(document.errors))
        reading = 0 if document.admitted else document.tokens // TOKENS_FOR_A_POINT
        if is_trusted and not document.admitted:  # before anything else of the request can be wrong
            documents.admit(text, document, at_once=True)
        try:
            operation = document.operation(parameters.operation_name)
        except GraphQLError as error:
            raise RequestError([formatted(error, "operation_name")]) from None
        record.kind = operation.operation.value
        if operation.name is not None:
            record.name = operation.name.value[:MAX_ECHO_CHARS]
        values, hide_suggestions = parameters.variables or {}, not self._development
        plain = document.plain_variables(operation).coerce(values)
        variables = plain or coerce_variables(self._schema, operation, values, hide_suggestions=hide_suggestions)
        if isinstance(variables, list):
            raise RequestError(limit_errors(variables, partial(formatted, reason="bad_variables")))
        costs = document.cost(operation)
        cost = record.cost = costs.cost.of(variables.coerced)
        allowed = self._limits.signed_in if signed_in else self._limits.anonymous
        record.allowed_cost = allowed
        excess = costs.check(cost, variables.coerced, allowed, self._limits.objects)
        if excess:
            raise RequestError([too_complex(*excess)])
        if not document.admitted and operation.operation is not OperationType.SUBSCRIPTION:
            documents.admit(text, document)
        record.admitted = document.admitted
        if source.is_unregistered:
            log_unregistered(record, operation)
        if text is not parameters.query:
            parameters = parameters._replace(query=text)
        return Prepared(document, operation, variables, parameters, cost, allowed, reading, record, source.hash)

    async def register(self, prepared: Prepared, context: Context) -> None:
        """Register the document of an operation that may run, if its client wants to name it the next time."""
        if prepared.hash is not None and self.persisted.queries is not None:
            await self.persisted.queries.register(prepared.hash, prepared.parameters.query, context)

    async def _read(self, documents: Documents, text: str) -> Document:
        """Read a document that is not in the cache: one at a time, with a pause as long as the reading, for other work."""
        async with self._reading:
            time = asyncio.get_running_loop().time
            begun = time()
            document = documents.get(text)
            await asyncio.sleep(time() - begun)
        return document

    def max_age(self, prepared: Prepared) -> int:
        """For how many seconds caches may keep an answer that everybody gets."""
        return prepared.document.max_age(self._schema)

    def admit(self, prepared: Prepared) -> None:
        """Keep the document of a subscription that has started: it is executed for each event."""
        if not prepared.document.admitted:
            self.persisted.documents.admit(prepared.parameters.query, prepared.document, at_once=True)

    def deadline(self) -> asyncio.Timeout:
        """The time limit of an operation that starts now."""
        return asyncio.timeout(self._seconds)

    def run(
        self,
        prepared: Prepared,
        open_context: OpenRequestContext,
        deadline: asyncio.Timeout,
        report: CostReport | None = None,
    ) -> Coroutine[Any, Any, Answer]:
        """Run a query or a mutation within a deadline. The caller passes exceptions to `answers`."""
        is_large = prepared.is_large and report is not CostReport.DRY_RUN
        return (self._run_large if is_large else self._run)(prepared, open_context, deadline, report)

    async def _run_large(
        self, prepared: Prepared, open_context: OpenRequestContext, deadline: asyncio.Timeout, report: CostReport | None
    ) -> Answer:
        """Wait until no other large operation runs."""
        if self._waiting >= MAX_WAITING:
            raise errors.Unavailable(TOO_MANY_LARGE, reason="too_many_large_operations")
        self._waiting += 1
        try:
            async with self._large:
                return await self._run(prepared, open_context, deadline, report)
        finally:
            self._waiting -= 1

    async def _run(
        self, prepared: Prepared, open_context: OpenRequestContext, deadline: asyncio.Timeout, report: CostReport | None
    ) -> Answer:
        context = await open_context()
        prepared.record.customer = context.viewer.id
        try:
            dry = report is CostReport.DRY_RUN
            cost = prepared.reading + (1 if dry else prepared.cost)
            charge = await self.limiter.charge(context.viewer.id, context.address, cost)
            if dry:
                content: dict[str, Any] = {"data": None, "extensions": {"cost": prepared.requested}}
                return Answer(200, content, charge.headers)
            if prepared.hash is not None:
                await self.register(prepared, context)
            if prepared.kind is OperationType.MUTATION:
                with self._mutations.taken(context.viewer.id):
                    answer = await self._mutate(prepared, context, deadline)
            else:
                answer = await self.execute(prepared, context, deadline)
            rows, statements = context.reads.read, context.reads.statements
            used = rows + POINTS_OF_A_STATEMENT * statements
            actual = min(prepared.cost, used) if prepared.kind is OperationType.QUERY else prepared.cost
            prepared.record.actual_cost = actual
            await charge.settle(prepared.reading + actual)
            if report:
                measured = {"actual": actual, "rows": rows, "statements": statements}
                extensions = {"cost": prepared.requested | measured}
                answer = answer._replace(content=answer.content | {"extensions": extensions}, body=b"")
            language = b"content-language", context.language.encode()
            return answer._replace(headers=[*answer.headers, language, *charge.headers])
        finally:
            prepared.record.rows, prepared.record.statements = context.reads.read, context.reads.statements
            await context.release()

    async def _mutate(self, prepared: Prepared, context: Context, deadline: asyncio.Timeout) -> Answer:
        """Execute mutations. Whatever fails then says whether they were committed."""
        try:
            answer = self.answers.encoded(await self.execute(prepared, context, deadline), prepared.name)
        except OperationFailed as failure:
            answer = failure.answer
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - the client gets a reference to the log
            task = asyncio.current_task()
            stopped = (
                isinstance(error, asyncio.CancelledError) and deadline.expired() and task and task.cancelling() == 1
            )
            answer = self.answers.of_exception(TimeoutError() if stopped else error, deadline, prepared.name)
        if not deadline.expired():
            deadline.reschedule(None)  # the timeout must not replace an answer that says what was committed
        return with_committed(answer, context.outcomes)

    async def answer(
        self, prepared: Prepared, open_context: OpenRequestContext, report: CostReport | None = None
    ) -> Answer:
        """Run a query or a mutation within the time limit. Exceptions become answers, too."""
        deadline = self.deadline()
        try:
            async with deadline:
                return await self.run(prepared, open_context, deadline, report)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - the client gets a reference to the log
            return self.answers.of_exception(error, deadline, prepared.name)

    async def result(
        self, prepared: Prepared, open_context: OpenRequestContext, report: CostReport | None = None
    ) -> bytes:
        """Run a query or a mutation, and encode its result; raises `OperationFailed`."""
        with self.records.ending(prepared.record):
            answer = await self.answer(prepared, open_context, report)
            if "data" not in answer.content:
                raise OperationFailed(answer)
            result = answer.body or self.answers.encode(answer.content, prepared.name)
            self.records.ended(prepared.record, answer.content)
        return result

    async def execute(
        self, prepared: Prepared, context: Context, deadline: asyncio.Timeout,
        root: object = None, *, serially: bool | None = None,
    ) -> Answer:  # fmt: skip
        executor = self.executor(prepared, context, root)
        executor.deadline = Deadline(deadline.when())
        try:
            result = executor.execute_operation(serially)
            if optimized_is_awaitable(result):
                result = await result
        except OperationStopped:
            if not deadline.expired():
                deadline.reschedule(None)  # the timeout must not interrupt the release of the context
            raise
        # This is a reference cycle. Without it, everything that belongs to the request is freed at once.
        executor.async_helpers = None
        prepared.record.execution = executor.outcome
        return self.answers.of_result(result, prepared.name)

    def executor(self, prepared: Prepared, context: Context, root: object = None) -> Any:
        """Build the executor as graphql-core's execute() does, whose first part is in `prepare`."""
        document, operation, variables, parameters, *_ = prepared
        executor = self._executor(
            self._schema, document.fragment_definitions, document.fragments, root, context, operation, variables,
            default_field_resolver, default_type_resolver, default_field_resolver,
            is_awaitable=optimized_is_awaitable,
            hide_suggestions=not self._development,
            operation_extensions=parameters.extensions,
        )  # fmt: skip
        executor.plan_now = document.admitted or prepared.is_large
        return executor
