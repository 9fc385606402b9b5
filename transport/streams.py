"""Server-sent events: one operation for each response, the "distinct connections" mode of graphql-sse.

A response that ends without the event `complete` was cut off, since the token expired, the process stops, or the
network failed. The client then sends the request again; with `Last-Event-ID`, it first gets what it missed.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack, aclosing, suppress
from typing import Any, NamedTuple

import orjson
from graphql import OperationType
from starlette.types import Receive, Send

import errors
from auth.tokens import Claims
from events.positions import MAX_CHARS, Position
from events.queues import EventQueue
from transport.answers import Answer, OperationFailed
from transport.bad_request import BadRequest
from transport.open_connections import OpenConnections
from transport.operations import Operations
from transport.prepared import CostReport, OpenRequestContext, Prepared, Verify
from transport.subscriptions import Subscriptions

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),  # otherwise nginx buffers events
    (b"x-content-type-options", b"nosniff"),
]
HEARTBEAT = b":\n\n"
COMPLETE = b"event: complete\ndata: \n\n"
PLAIN_STATUSES = {401, 429, 500, 503, 504}
"""Errors with these statuses are sent as plain responses, all others in the stream."""
END_TIMEOUT_SECONDS = 1.0

Results = AsyncGenerator[bytes, None]


class OpenStream(NamedTuple):
    """Results that can be sent, as long as the token that they were asked for with is valid."""

    results: Results
    claims: Claims | None = None
    counted: ExitStack = ExitStack()
    """Ends when the stream does."""
    queue: EventQueue | None = None
    """Where a subscription stands."""


class Streams:
    """The open streams. One that is silent for `seconds` gets a comment, so that proxies keep it open."""

    def __init__(
        self,
        operations: Operations,
        subscriptions: Subscriptions,
        verify: Verify,
        connections: OpenConnections,
        *,
        seconds: float,
    ) -> None:
        self._operations = operations
        self._subscriptions = subscriptions
        self._verify = verify
        self._connections = connections
        self._seconds = seconds
        self._deadlines: set[asyncio.Timeout] = set()

    @property
    def number(self) -> int:
        """How many are open."""
        return len(self._deadlines)

    def end(self) -> None:
        """Cut off all streams, since the process stops."""
        for deadline in self._deadlines:
            _cut_off(deadline)

    async def open(
        self, prepared: Prepared, authorization: Sequence[bytes], open_context: OpenRequestContext, address: str | None,
        report: CostReport | None = None, last_event_id: Sequence[bytes] = (),
    ) -> Answer | OpenStream:  # fmt: skip
        """Start an operation; gives an answer if it must be sent as a plain response."""
        try:
            claims = await self._verify(authorization)
            if prepared.kind is OperationType.SUBSCRIPTION:
                since = _position(last_event_id)
                with ExitStack() as counted:
                    connection = counted.enter_context(self._connections.opened(address))
                    connection.identify(claims.subject if claims else None)
                    source = await self._subscriptions.start(prepared, open_context)
                    counted.callback(source.queue.close)
                    if since is not None:
                        await source.queue.replay(since)
                    results = self._subscriptions.events(prepared, source, open_context)
                    return OpenStream(results, claims, counted.pop_all(), source.queue)
            result = await self._operations.result(prepared, open_context, report)
        except errors.KnownError as error:
            if isinstance(error, errors.Unauthenticated):
                await self._operations.limiter.charge_refused(authorization, address, None)
            return self._operations.answers.of_error(error)
        except OperationFailed as failure:
            self._operations.limiter.block_if_exceeded(failure.errors, authorization, address)
            if failure.answer.status in PLAIN_STATUSES:
                return failure.answer
            result = orjson.dumps(failure.answer.content)
        return OpenStream(_single_result(result))

    @staticmethod
    def refusal(answer: Answer) -> OpenStream:
        """Put errors into a stream, for a client that accepts only streams."""
        return OpenStream(_single_result(orjson.dumps(answer.content)))

    async def send(self, stream: OpenStream, receive: Receive, send: Send) -> None:
        """Send results until they end, the client disconnects, or the token expires."""
        with stream.counted:
            await self._send(stream, receive, send)

    async def _send(self, stream: OpenStream, receive: Receive, send: Send) -> None:
        results, claims, _, queue = stream

        async def write(part: bytes, *, more: bool = True) -> None:
            await send({"type": "http.response.body", "body": part, "more_body": more})

        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await write(HEARTBEAT)  # some browsers do not report the headers before the first byte of the body
        last = b""
        with suppress(TimeoutError):
            async with asyncio.timeout(claims.seconds_left() if claims else None) as deadline, aclosing(results):
                tasks = [
                    asyncio.create_task(self._send_heartbeats(write)),
                    asyncio.create_task(_watch(receive, deadline)),
                ]
                self._deadlines.add(deadline)
                try:
                    async for result in results:
                        await write(_event(result, queue.position if queue is not None else None))
                    last = COMPLETE
                except OperationFailed as failure:
                    if (
                        not failure.unauthenticated
                    ):  # otherwise it is cut off, and the client may reconnect with a new token
                        last = _event(orjson.dumps(failure.answer.content)) + COMPLETE
                finally:
                    self._deadlines.discard(deadline)
                    for task in tasks:
                        task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(END_TIMEOUT_SECONDS):
                await write(last, more=False)

    async def _send_heartbeats(self, write: Any) -> None:
        """Send a comment regularly, so that proxies keep the connection open."""
        while True:
            await asyncio.sleep(self._seconds)
            await write(HEARTBEAT)


async def _watch(receive: Receive, deadline: asyncio.Timeout) -> None:
    """Cut off the stream when the client disconnects."""
    while (await receive())["type"] != "http.disconnect":
        pass
    _cut_off(deadline)


def _cut_off(deadline: asyncio.Timeout) -> None:
    if not deadline.expired():
        deadline.reschedule(0)


def _event(result: bytes, position: Position | None = None) -> bytes:
    id = str(position).encode() if position else b""
    named = b"id: " + id + b"\n" if 0 < len(id) <= MAX_CHARS else b""
    return named + b"event: next\ndata: " + result + b"\n\n"


def _position(last_event_id: Sequence[bytes]) -> Position | None:
    """The position in the header Last-Event-ID; None without one."""
    text = last_event_id[0].decode("latin-1").strip() if last_event_id else ""
    position = Position.parse(text)
    if text and position is None:
        message = (
            "Last-Event-ID must be the id of an event of this stream, unchanged. Without it, the stream begins anew."
        )
        raise BadRequest(message, reason="last_event_id")
    return position


async def _single_result(result: bytes) -> Results:
    yield result
