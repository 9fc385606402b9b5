"""The protocol graphql-transport-ws: many operations over one WebSocket.

A connection speaks for whom its token names, as said in `connection_init` or in the handshake, until that token
expires. Whatever a client must not do closes it, with the codes of the protocol.
"""

import asyncio
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeGuard

import orjson
from graphql import OperationType
from starlette.types import Receive, Scope, Send

import errors
from transport.bad_request import BadRequest
from transport.errors import INTERNAL_MESSAGE, known_error, log_internal
from transport.json_body import parse_json_object
from transport.operations import Ended, OpenContext, Operations, Prepared, Refused, Verify, address
from transport.request import check_parameters

PROTOCOL = "graphql-transport-ws"
REASON_BYTES = 123
ID_CHARACTERS = 100
GOODBYE_SECONDS = 5.0

GOING_AWAY, TOO_LARGE, BROKEN, LATER = 1001, 1009, 1011, 1013
BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, SUBPROTOCOL = 4400, 4401, 4403, 4406
INIT_TIMEOUT, SUBSCRIBER_EXISTS, TOO_MANY_INITS = 4408, 4409, 4429

Members = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a connection may be: seconds until `connection_init`, bytes of a message, operations of a kind at once."""

    init_seconds: float = 10.0
    message_bytes: int = 64 * 1024
    operations: int = 10


class Graph(NamedTuple):
    """What connections have in common: how to run operations, whose token it is, and how a context is opened."""

    operations: Operations
    verify: Verify
    open_context: OpenContext


class Close(Exception):
    """The connection ends, with a code and a sentence."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.message = {"type": "websocket.close", "code": code, "reason": _fitting(reason)}


def _fitting(reason: str) -> str:
    return reason.encode()[:REASON_BYTES].decode(errors="ignore")


class Socket:
    """One connection that was let in."""

    def __init__(self, graph: Graph, limits: Limits, scope: Scope, receive: Receive, send: Send) -> None:
        self._graph = graph
        self._limits = limits
        self._address = address(scope)
        self._authorization = [value for name, value in scope["headers"] if name == b"authorization"]
        self._receive = receive
        self._send = send
        self._deadline = asyncio.timeout(self._limits.init_seconds)
        self._why = Close(INIT_TIMEOUT, "Connection initialisation timeout")
        self._listening = self._greeted = self._acknowledged = False
        self._running: dict[str, asyncio.Task[None]] = {}
        """Operations whose results the client waits for, by the ids that it gave them."""
        self._tasks: dict[asyncio.Task[None], OperationType] = {}
        """All that runs: a mutation goes on when nobody waits for it any more."""

    async def serve(self) -> None:
        """Take messages until the connection ends."""
        close: Close | None = None
        try:
            async with self._deadline:
                await self._listen()
        except Close as reason:
            close = reason
        except TimeoutError:
            close = self._why
        except OSError:
            pass  # the client left while it was told something
        except Exception as error:  # noqa: BLE001 - the last resort, as for a request
            close = Close(BROKEN, f"{INTERNAL_MESSAGE} {log_internal(error, None, messages=False)}")
        self._running.clear()
        for task, kind in self._tasks.items():
            if kind is not OperationType.MUTATION:
                task.cancel()
        if close is not None:
            with suppress(TimeoutError, OSError):  # a client that does not read is left without a word
                async with asyncio.timeout(GOODBYE_SECONDS):
                    await self._send(close.message)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _listen(self) -> None:
        self._listening = True
        try:
            while (message := await self._receive())["type"] == "websocket.receive":
                await self._on_message(message)
        finally:
            self._listening = False

    def end(self, code: int, reason: str) -> None:
        """Have the connection closed from outside its own task, unless it ends already."""
        if self._listening and not self._deadline.expired():
            self._why = Close(code, reason)
            self._deadline.reschedule(0)

    async def _on_message(self, message: Any) -> None:
        text = (message.get("text") or "").encode()
        if len(text) > self._limits.message_bytes:
            raise Close(TOO_LARGE, f"A message has at most {self._limits.message_bytes} bytes.")
        try:
            members = parse_json_object(text)
        except BadRequest as refusal:
            await self._refuse(text, refusal)
            return
        kind, payload = members.get("type"), members.get("payload")
        if kind == "subscribe":
            await self._subscribe(members, len(text))
        elif kind == "complete":
            self._complete(members.get("id"))
        elif kind in {"connection_init", "ping", "pong"} and isinstance(payload, dict | None):
            if kind == "connection_init":
                await self._greet(payload or {})
            elif kind == "ping":
                await self._send_message({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})
        else:
            raise Close(BAD_REQUEST, "Invalid message received: its type or format is not one of the protocol.")

    async def _refuse(self, text: bytes, refusal: BadRequest) -> None:
        """Refuse JSON that is sound but too much: if it tells whose it is, the connection can go on."""
        with suppress(orjson.JSONDecodeError, KeyError, TypeError):
            members = orjson.loads(text)
            id = members["id"]
            if members["type"] == "subscribe" and self._acknowledged and _is_id(id) and id not in self._running:
                await self._send_message({"id": id, "type": "error", "payload": [known_error(refusal)]})
                return
        raise Close(BAD_REQUEST, f"Invalid message received: {refusal.message}")

    async def _greet(self, payload: Members) -> None:
        """Learn who speaks: from the payload, else from the handshake, else it is nobody."""
        if self._greeted:
            raise Close(TOO_MANY_INITS, "Too many initialisation requests")
        self._greeted = True
        given = [value for name, value in payload.items() if name.lower() == "authorization"]
        given += [f"Bearer {payload['token']}"] if "token" in payload else []
        if given:
            self._authorization = [str(value).encode() for value in given]
        try:
            claims = await self._graph.verify(self._authorization)
        except errors.Unauthenticated as refusal:
            raise Close(FORBIDDEN, f"Forbidden: {refusal.message}") from None
        except errors.Unavailable as refusal:
            raise Close(LATER, refusal.message) from None
        await self._send_message({"type": "connection_ack"})
        self._acknowledged = True
        self._why = Close(FORBIDDEN, "Forbidden: the token has expired; connect again with a new one.")
        expires = asyncio.get_running_loop().time() + claims.seconds_left() if claims else None
        self._deadline.reschedule(expires)

    async def _subscribe(self, members: Members, size: int) -> None:
        if not self._acknowledged:
            raise Close(UNAUTHORIZED, "Unauthorized: send connection_init first, and wait for connection_ack.")
        id, payload = members.get("id"), members.get("payload")
        if not _is_id(id) or not isinstance(payload, dict):
            raise Close(BAD_REQUEST, f"subscribe needs an id, 1 to {ID_CHARACTERS} characters, and a payload.")
        if id in self._running:
            raise Close(SUBSCRIBER_EXISTS, f"Subscriber for {id} already exists")
        try:
            parameters = check_parameters(payload, size)
        except BadRequest as refusal:
            raise Close(BAD_REQUEST, f"Invalid message received: {refusal.message}") from None
        try:
            prepared = self._graph.operations.prepare(parameters)
            self._require_place(prepared.kind)
        except (Refused, errors.KnownError) as refusal:
            found = self._graph.operations.failed(refusal).content["errors"]
            await self._send_message({"id": id, "type": "error", "payload": found})
            return
        task = self._running[id] = asyncio.create_task(self._run(id, prepared))
        self._tasks[task] = prepared.kind
        task.add_done_callback(self._tasks.pop)

    def _require_place(self, kind: OperationType) -> None:
        """Count subscriptions by themselves, so that a query always has a place beside them."""
        most = self._limits.operations
        lasting = kind is OperationType.SUBSCRIPTION
        if sum((one is OperationType.SUBSCRIPTION) is lasting for one in self._tasks.values()) >= most:
            what = "subscriptions" if lasting else "queries and mutations"
            raise errors.TooMany(
                f"This connection has {most} {what} under way, which is the most. Complete one, or open another one."
            )

    def _complete(self, id: object) -> None:
        if not isinstance(id, str):
            raise Close(BAD_REQUEST, "complete needs the id of an operation.")
        task = self._running.pop(id, None)
        if task is not None and self._tasks.get(task) is not OperationType.MUTATION:
            task.cancel()

    async def _run(self, id: str, prepared: Prepared) -> None:
        operations = self._graph.operations
        open_context = partial(self._graph.open_context, self._authorization, None, self._address)
        try:
            if prepared.kind is OperationType.SUBSCRIPTION:
                live = await operations.subscribe(prepared, open_context)
                async with aclosing(operations.events(prepared, live, open_context)) as results:
                    async for result in results:
                        await self._next(id, result)
            else:
                await self._next(id, await operations.result(prepared, open_context))
            await self._finish(id, {"id": id, "type": "complete"})
        except Ended as ended:
            if ended.unauthenticated:
                self.end(FORBIDDEN, f"Forbidden: {ended.found[0]['message']}")
            else:
                await self._finish(id, {"id": id, "type": "error", "payload": ended.found})
        except OSError:
            pass  # the client has left; `serve` learns of it by itself
        except Exception as error:  # noqa: BLE001 - the last resort, as for a request
            found = operations.failed(error, prepared.parameters.operation_name).content["errors"]
            await self._finish(id, {"id": id, "type": "error", "payload": found})

    async def _next(self, id: str, result: bytes) -> None:
        if self._running.get(id) is asyncio.current_task():
            await self._send_message({"id": id, "type": "next", "payload": orjson.Fragment(result)})

    async def _finish(self, id: str, message: Members) -> None:
        """Say the last word, after which the client may use the id again."""
        if self._running.get(id) is asyncio.current_task():
            del self._running[id]
            await self._send_message(message)

    async def _send_message(self, message: Members) -> None:
        await self._send({"type": "websocket.send", "text": orjson.dumps(message).decode()})


def _is_id(id: object) -> TypeGuard[str]:
    return isinstance(id, str) and 0 < len(id) <= ID_CHARACTERS
