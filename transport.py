"""GraphQL over HTTP, as a bare ASGI application.

In order: method, media type, body, document, variables, and only then who asks. So what cannot be executed costs
neither a signature nor the database, and nothing is executed before its token was trusted.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple

import orjson
import strawberry
from graphql import ExecutionResult, GraphQLError, OperationType, default_field_resolver, default_type_resolver
from graphql.execution.values import get_variable_values
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.execution import optimized_is_awaitable

import errors
import faults
import intake
from context import Context
from errors import Code
from execution.documents import Documents, formatted

OpenContext = Callable[[list[bytes], str | None, str | None], AbstractAsyncContextManager[Context]]
Headers = Mapping[bytes, list[bytes]]

REQUEST_ERROR = 0
STATUS = {
    Code.UNAUTHENTICATED: 401,
    Code.FORBIDDEN: 403,
    Code.CONFLICT: 409,
    Code.RATE_LIMITED: 429,
    Code.UNAVAILABLE: 503,
    Code.TIMEOUT: 504,
}
EXTRA = {
    401: [(b"www-authenticate", b'Bearer error="invalid_token"')],
    405: [(b"allow", b"POST")],
    429: [(b"retry-after", b"1")],
    503: [(b"retry-after", b"1")],
}
SAFE = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
HEADERS = {kind: [(b"content-type", kind + b"; charset=utf-8"), *SAFE] for kind in (intake.JSON, intake.GRAPHQL_JSON)}


class Answer(NamedTuple):
    """A response before it is written. REQUEST_ERROR is 400, or 200 for clients that know plain JSON only."""

    status: int
    content: dict[str, Any]


class Endpoint:
    """The graph at one path. `open_context` says who asks, and at its end gives back what the request took."""

    def __init__(
        self,
        schema: strawberry.Schema,
        documents: Documents,
        open_context: OpenContext,
        *,
        development: bool,
        body_bytes: int,
        seconds: float,
        page: Callable[[], Response] | None = None,
    ) -> None:
        self._schema = schema._schema  # noqa: SLF001 - what Strawberry itself hands to graphql-core
        self._executor: Any = schema.execution_context_class
        self._documents = documents
        self._open_context = open_context
        self._development = development
        self._body_bytes = body_bytes
        self._seconds = seconds
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name, []).append(value)
        if self._page is not None and _wants_page(scope, headers):
            await self._page()(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            allow = b"GET, HEAD, OPTIONS, POST" if self._development or self._page else b"OPTIONS, POST"
            await _send(send, 204, [*SAFE, (b"allow", allow)], b"")
            return
        kind = intake.media_type(headers.get(b"accept", ()))
        try:
            status, content = await self._answer(scope, receive, headers, acceptable=kind is not None)
        except ClientDisconnect:
            return
        if status == REQUEST_ERROR:
            status = 400 if kind is intake.GRAPHQL_JSON else 200
        try:
            body = orjson.dumps(content)
        except TypeError as error:
            status, body = 500, orjson.dumps({"errors": [self._broken(error, None)]})
        length = (b"content-length", b"%d" % len(body))
        await _send(send, status, [*HEADERS[kind or intake.JSON], *EXTRA.get(status, ()), length], body)

    async def _answer(self, scope: Scope, receive: Receive, headers: Headers, *, acceptable: bool) -> Answer:
        """Say what happened, whatever happened."""
        name: str | None = None
        deadline = asyncio.timeout(self._seconds)
        try:
            parameters = await self._parameters(scope, receive, headers, acceptable=acceptable)
            name = parameters.operation_name
            async with deadline:
                return await self._operate(scope, headers, parameters)
        except ClientDisconnect:
            raise
        except errors.Expected as refusal:
            status = refusal.status if isinstance(refusal, intake.Unreadable) else STATUS.get(refusal.code, 400)
            return Answer(status, {"errors": [faults.expected(refusal)]})
        except GraphQLError as error:
            return Answer(REQUEST_ERROR, {"errors": [formatted(error)]})
        except asyncio.CancelledError as error:
            # The stock executor cancels what another field still waits for; nobody has cancelled this request then.
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return Answer(500, {"errors": [self._broken(error, name)]})
        except Exception as error:  # noqa: BLE001 - the last resort: the client gets a reference
            if isinstance(error, TimeoutError) and deadline.expired():
                message = f"The operation took longer than {self._seconds:g} seconds and was stopped."
                extensions = {"code": Code.TIMEOUT, "retryable": Code.TIMEOUT.retryable}
                return Answer(STATUS[Code.TIMEOUT], {"errors": [{"message": message, "extensions": extensions}]})
            return Answer(500, {"errors": [self._broken(error, name)]})

    async def _parameters(
        self, scope: Scope, receive: Receive, headers: Headers, *, acceptable: bool
    ) -> intake.Parameters:
        method = scope["method"]
        reading = method in {"GET", "HEAD"} and self._development
        if method != "POST" and not reading:
            message = "Send operations by POST." if method in {"GET", "HEAD"} else "This method is not supported here."
            raise intake.Unreadable(message, 405, "method")
        if not acceptable:
            message = "Accept must allow 'application/graphql-response+json' or 'application/json'."
            raise intake.Unreadable(message, 406, "accept")
        if reading:
            return intake.from_url(scope["query_string"], self._body_bytes)
        intake.require_json(headers)
        return intake.from_body(await intake.body(receive, headers, self._body_bytes, self._seconds))

    async def _operate(self, scope: Scope, headers: Headers, parameters: intake.Parameters) -> Answer:
        document = self._documents.get(parameters.query)
        if document.errors:
            return Answer(REQUEST_ERROR, {"errors": document.errors})
        operation = document.operation(parameters.operation_name)
        kind = operation.operation
        if kind is OperationType.SUBSCRIPTION:
            raise intake.Unreadable("Subscriptions are not answered over plain HTTP.", reason="subscription")
        if kind is OperationType.MUTATION and scope["method"] != "POST":
            raise intake.Unreadable("Mutations are taken by POST only.", 405, "method")
        # The way of graphql-core's own execute(), in two steps: the first needs to know nobody.
        definitions, given = operation.variable_definitions or (), parameters.variables or {}
        variables = get_variable_values(self._schema, definitions, given, 50, hide_suggestions=not self._development)
        if isinstance(variables, list):
            return Answer(REQUEST_ERROR, {"errors": [formatted(error) for error in variables]})
        executor = self._executor(
            self._schema, document.fragment_definitions, document.fragments, None, None, operation, variables,
            default_field_resolver, default_type_resolver, default_field_resolver,
            is_awaitable=optimized_is_awaitable,
            hide_suggestions=not self._development,
            operation_extensions=parameters.extensions,
        )  # fmt: skip
        key, client = headers.get(b"idempotency-key"), scope.get("client")
        async with self._open_context(
            headers.get(b"authorization", []), key[0].decode("latin-1") if key else None, client[0] if client else None
        ) as executor.context_value:
            result = executor.execute_operation()
            if optimized_is_awaitable(result):
                result = await result
        # It refers to itself in there: without that circle it, and all of the request, goes at once.
        executor.async_helpers = None
        return self._result(result, parameters.operation_name)

    def _result(self, result: ExecutionResult, name: str | None) -> Answer:
        if not result.errors:
            return Answer(200, {"data": result.data})
        found = faults.in_fields(result.errors, name, messages=self._development)
        unavailable = result.data is None and any(one["extensions"]["code"] == Code.UNAVAILABLE for one in found)
        return Answer(STATUS[Code.UNAVAILABLE] if unavailable else 200, {"errors": found, "data": result.data})

    def _broken(self, error: BaseException, name: str | None) -> dict[str, Any]:
        return faults.broken(faults.internal(error, name, messages=self._development))


def _wants_page(scope: Scope, headers: Headers) -> bool:
    """Whether a person's browser asks, rather than a program with a query."""
    return (
        scope["method"] in {"GET", "HEAD"}
        and any(b"text/html" in wish.lower() for wish in headers.get(b"accept", ()))
        and b"query=" not in scope["query_string"]
    )


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
