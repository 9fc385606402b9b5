"""GraphQL over HTTP, as a bare ASGI application.

In order: method, media type, body, document, variables, and only then the token. So what cannot be executed costs
neither a signature nor the database (but for one look-up of a hash that this process does not know), and nothing is
executed before its token is verified.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

import orjson
from graphql import OperationType
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

import errors
from transport.answers import REFUSED_COST, REQUEST_ERROR, Answer, OperationFailed, RequestError
from transport.bad_request import BadRequest
from transport.caching import cache_headers, has_tag, may_be_kept
from transport.clients import client_of
from transport.compression import IDENTITY, Coding, choose_coding, require_coding
from transport.disconnects import while_connected
from transport.media_types import GRAPHQL_JSON, JSON, accepts_events, choose_media_type, require_json
from transport.operation_records import OperationRecord, Transport
from transport.operations import Operations
from transport.prepared import CostReport, OpenContext, Prepared, Verify
from transport.request import DOCUMENT_IDS, Parameters, parameters_from_body, parameters_from_url, read_body
from transport.request_slots import RequestSlots, Slot
from transport.response_headers import NO_SNIFFING, SAFE
from transport.streams import OpenStream, Streams

Headers = Mapping[bytes, list[bytes]]

GRAPHIQL = b"x-graphiql"
"""The header by which GraphiQL says what it is; it counts in development only."""
METHODS = b"GET, HEAD, OPTIONS, POST"
VARY = (b"vary", b"accept-encoding")
"""Of answers that are encoded; those that caches keep have a longer one."""
OTHER_SITES = frozenset({b"cross-site", b"same-site"})
EXTRA = {
    401: [(b"www-authenticate", b'Bearer error="invalid_token"')],
    405: [(b"allow", METHODS)],
}
CACHED = {kind: [(b"content-type", kind + b"; charset=utf-8"), NO_SNIFFING] for kind in (JSON, GRAPHQL_JSON)}
HEADERS = {kind: [(b"content-type", kind + b"; charset=utf-8"), *SAFE] for kind in (JSON, GRAPHQL_JSON)}

_OPERATION = re.compile(rb"(?:^|&)(?:query|extensions|%b)=" % "|".join(DOCUMENT_IDS).encode())


class Endpoint:
    """The graph at one path. `open_context` verifies the token and makes the context of a request.

    `by_host` says that answers contain the address that the client has named in `Host`: no shared cache may keep them.
    """

    def __init__(
        self,
        operations: Operations,
        streams: Streams,
        open_context: OpenContext,
        slots: RequestSlots,
        *,
        body_bytes: int,
        seconds: float,
        verify: Verify,
        page: Callable[[], Response] | None = None,
        by_host: bool = False,
    ) -> None:
        self._operations = operations
        self._streams = streams
        self._open_context = open_context
        self._slots = slots
        self._body_bytes = body_bytes
        self._seconds = seconds
        self._verify = verify
        self._page = page
        self._by_host = by_host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name, []).append(value)
        if self._page is not None and _wants_page(scope, headers):
            await self._page()(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            await _send(send, 204, [*SAFE, (b"allow", METHODS)], b"")
            return
        record = OperationRecord(Transport.HTTP)
        accept = headers.get(b"accept", ())
        kind, streamable = choose_media_type(accept), accepts_events(accept)
        coding = choose_coding(headers.get(b"accept-encoding", ()))
        try:
            answer = await self._answer(
                scope, receive, headers, record, coding, plain=kind is not None, streamable=streamable
            )
        except (ClientDisconnect, asyncio.CancelledError) as error:
            self._operations.records.stopped(record, error)
            if isinstance(error, ClientDisconnect):
                return
            raise
        if isinstance(answer, OpenStream):
            await self._streams.send(answer, receive, send)
            return
        await self._respond(send, answer, record, headers, kind or JSON, coding or IDENTITY)

    async def _respond(
        self, send: Send, answer: Answer, record: OperationRecord, headers: Headers, kind: bytes, coding: Coding
    ) -> None:
        status, content, own_headers, max_age, body = answer
        if status == REQUEST_ERROR:
            status = 400 if kind is GRAPHQL_JSON else 200
        try:
            body = body or self._operations.answers.encode(content, record.name)
        except OperationFailed as failure:
            status, content, own_headers, max_age, _ = failure.answer
            body = orjson.dumps(content)
        record.status = status
        self._operations.records.ended(record, content)
        if max_age:
            tag, own_headers = cache_headers(own_headers, body, max_age, shared=not self._by_host)
            if has_tag(headers.get(b"if-none-match", ()), tag):
                await _send(send, 304, own_headers, b"")
                return
        body, encoding = await coding.encode(body)
        fixed = CACHED[kind] if max_age else [*HEADERS[kind], VARY] if encoding else HEADERS[kind]
        length = (b"content-length", b"%d" % len(body))
        await _send(send, status, [*fixed, *EXTRA.get(status, ()), *own_headers, *encoding, length], body)

    async def _answer(
        self, scope: Scope, receive: Receive, headers: Headers, record: OperationRecord, coding: Coding | None,
        *, plain: bool, streamable: bool,
    ) -> Answer | OpenStream:  # fmt: skip
        """Give the answer, or the stream of events that is the answer, whatever happens."""
        parameters: Parameters | None = None
        key, authorization = headers.get(b"idempotency-key"), headers.get(b"authorization", [])
        idempotency_key, client = key[0].decode("latin-1") if key else None, client_of(scope)
        address = client.address
        open_context = partial(self._open_context, authorization, idempotency_key, client)
        deadline = asyncio.timeout(self._seconds)
        try:
            self._operations.limiter.check(authorization, address)
            async with self._slots.slot(scope) as slot:
                async with deadline:
                    if self._operations.limiter.has_no_points(address):
                        await self._verify(authorization)
                    require_coding(coding)
                    parameters = await self._parameters(scope, receive, headers, slot, acceptable=plain or streamable)
                    if self._page is not None and GRAPHIQL in headers:
                        parameters = parameters._replace(any_document=True)
                    prepared = await self._operations.prepare(parameters, record, signed_in=bool(authorization))
                    self._require_method(scope, prepared, streamable=streamable)
                    report = _cost_report(headers, prepared)
                    if plain and prepared.kind is not OperationType.SUBSCRIPTION:
                        running = self._operations.run(prepared, open_context, deadline, report)
                        if prepared.is_large and prepared.kind is OperationType.QUERY:
                            running = while_connected(receive, running)
                        answer = await running
                        if may_be_kept(scope["method"], headers, answer.content):
                            answer = answer._replace(max_age=self._operations.max_age(prepared))
                        return answer
                record.transport, last_event_id = Transport.EVENT_STREAM, headers.get(b"last-event-id", ())
                return await self._streams.open(prepared, authorization, open_context, address, report, last_event_id)
        except ClientDisconnect:
            raise
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - the last resort: the client gets a reference
            answer = self._stopped(error, deadline, record, parsed=parameters is not None)
            await self._charge_refused(error, authorization, address)
            if plain or not isinstance(error, RequestError):
                return answer
            record.transport = Transport.EVENT_STREAM
            self._operations.records.ended(record, answer.content)
            return self._streams.refusal(answer)

    async def _charge_refused(self, error: BaseException, authorization: list[bytes], address: str | None) -> None:
        if isinstance(error, errors.RateExceeded):
            self._operations.limiter.block(authorization, address, error.retry_after)
        elif isinstance(error, RequestError | BadRequest | errors.Unauthenticated):
            claims, points = None, error.points if isinstance(error, RequestError) else REFUSED_COST
            if authorization:
                with suppress(Exception):  # a token that is refused as well is charged to the address
                    claims = await self._verify(authorization)
            user = claims.subject if claims else None
            await self._operations.limiter.charge_refused(authorization, address, user, points)

    def _stopped(
        self, error: BaseException, deadline: asyncio.Timeout, record: OperationRecord, *, parsed: bool
    ) -> Answer:
        if not parsed and isinstance(error, TimeoutError) and deadline.expired():
            message = f"The body did not arrive within {self._seconds:g} seconds."
            error = BadRequest(message, 408, "body_too_slow")
        return self._operations.answers.of_exception(error, deadline, record.name)

    async def _parameters(
        self, scope: Scope, receive: Receive, headers: Headers, slot: Slot, *, acceptable: bool
    ) -> Parameters:
        method = scope["method"]
        reading = method in {"GET", "HEAD"}
        if method != "POST" and not reading:
            raise BadRequest("This method is not supported here.", 405, "method")
        if not acceptable:
            message = "Accept must allow 'application/graphql-response+json' or 'application/json'."
            raise BadRequest(message, 406, "accept")
        if reading:
            if b"origin" not in headers and not OTHER_SITES.isdisjoint(headers.get(b"sec-fetch-site", ())):
                message = (
                    "Another website may link to no operation: send it by fetch(), from an origin in CORS_ORIGINS."
                )
                raise errors.Forbidden(message, reason="other_site")
            return parameters_from_url(scope["query_string"], self._body_bytes)
        require_json(headers)
        return parameters_from_body(await slot.lend_during(read_body(receive, headers, self._body_bytes)))

    @staticmethod
    def _require_method(scope: Scope, prepared: Prepared, *, streamable: bool) -> None:
        """Refuse an operation that this method, or the accepted media types, cannot carry."""
        if prepared.kind is OperationType.MUTATION and scope["method"] != "POST":
            raise BadRequest("Mutations are taken by POST only.", 405, "method")
        if prepared.kind is OperationType.SUBSCRIPTION and (not streamable or scope["method"] == "HEAD"):
            message = "A subscription is answered as 'Accept: text/event-stream', or over a WebSocket."
            raise BadRequest(message, reason="subscription")


def _cost_report(headers: Headers, prepared: Prepared) -> CostReport | None:
    wanted = headers.get(b"graphql-cost")
    if wanted is None:
        return None
    if prepared.kind is OperationType.SUBSCRIPTION:
        message = "The header GraphQL-Cost is for queries and mutations."
        raise BadRequest(message, reason="cost_report")
    try:
        return CostReport(wanted[0].decode("latin-1").strip().lower())
    except ValueError:
        message = f"The header GraphQL-Cost can be {' or '.join(CostReport)}."
        raise BadRequest(message, reason="cost_report") from None


def _wants_page(scope: Scope, headers: Headers) -> bool:
    """Whether a browser asks for the page, rather than a program for an operation."""
    return (
        scope["method"] in {"GET", "HEAD"}
        and any(b"text/html" in wish.lower() for wish in headers.get(b"accept", ()))
        and _OPERATION.search(scope["query_string"]) is None
    )


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
