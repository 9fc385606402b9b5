"""Server-sent events: one operation for each response, as graphql-sse has it in its "distinct connections" mode.

A response that ends without the event `complete` was cut, by the end of the token, of this process or of the network:
the client asks again.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from typing import Any

import orjson
from graphql import OperationType
from starlette.types import Receive, Send

import errors
from auth.tokens import Claims
from transport.operations import Answer, Ended, Open, Operations, Prepared, Verify

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),  # nginx would hold events back
    (b"x-content-type-options", b"nosniff"),
]
BEAT = b":\n\n"
COMPLETE = b"event: complete\ndata: \n\n"
TOLD_BY_STATUS = {401, 500, 503, 504}
"""What keeps an operation from being executed. Whatever else is wrong with it is told in the stream."""
GOODBYE_SECONDS = 1.0

Results = AsyncGenerator[bytes, None]


class Streams:
    """The responses under way that last. `seconds` is how long one may be silent."""

    def __init__(self, operations: Operations, verify: Verify, *, seconds: float) -> None:
        self._operations = operations
        self._verify = verify
        self._seconds = seconds
        self._under_way: set[asyncio.Timeout] = set()

    def end(self) -> None:
        """Cut them all: the process is about to leave."""
        for deadline in self._under_way:
            _cut(deadline)

    async def respond(
        self,
        prepared: Prepared,
        authorization: Sequence[bytes],
        open_context: Open,
        receive: Receive,
        send: Send,
    ) -> Answer | None:
        """Answer with a stream; gives the answer instead where a status tells it."""
        try:
            claims = await self._verify(authorization)
            if prepared.kind is OperationType.SUBSCRIPTION:
                live = await self._operations.subscribe(prepared, open_context)
                await self._stream(self._operations.events(prepared, live, open_context), claims, receive, send)
                return None
            result = await self._operations.result(prepared, open_context)
        except errors.KnownError as refusal:
            return self._operations.failed(refusal)
        except Ended as ended:
            if ended.answer.status in TOLD_BY_STATUS:
                return ended.answer
            result = orjson.dumps(ended.answer.content)
        await self._stream(_once(result), None, receive, send)
        return None

    async def refuse(self, answer: Answer, receive: Receive, send: Send) -> None:
        """Tell in a stream what is wrong with a document, as its client must be told."""
        await self._stream(_once(orjson.dumps(answer.content)), None, receive, send)

    async def _stream(self, results: Results, claims: Claims | None, receive: Receive, send: Send) -> None:
        """Send what comes, until it is over, the client leaves, or the token has expired."""

        async def write(part: bytes, *, more: bool = True) -> None:
            await send({"type": "http.response.body", "body": part, "more_body": more})

        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await write(BEAT)  # some browsers tell nobody of headers without a body
        last = b""
        with suppress(TimeoutError):
            async with asyncio.timeout(claims.seconds_left() if claims else None) as deadline, aclosing(results):
                beside = [asyncio.create_task(self._beat(write)), asyncio.create_task(_watch(receive, deadline))]
                self._under_way.add(deadline)
                try:
                    async for result in results:
                        await write(_event(result))
                    last = COMPLETE
                except Ended as ended:
                    if not ended.unauthenticated:  # who may come back with another token is cut instead
                        last = _event(orjson.dumps(ended.answer.content)) + COMPLETE
                finally:
                    self._under_way.discard(deadline)
                    for task in beside:
                        task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await write(last, more=False)

    async def _beat(self, write: Any) -> None:
        """Show whoever stands between that the connection is alive."""
        while True:
            await asyncio.sleep(self._seconds)
            await write(BEAT)


async def _watch(receive: Receive, deadline: asyncio.Timeout) -> None:
    """Notice that the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
    _cut(deadline)


def _cut(deadline: asyncio.Timeout) -> None:
    if not deadline.expired():
        deadline.reschedule(0)


def _event(result: bytes) -> bytes:
    return b"event: next\ndata: " + result + b"\n\n"


async def _once(result: bytes) -> Results:
    yield result
