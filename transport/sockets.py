"""The protocol graphql-transport-ws: many operations over one WebSocket.

A connection is authenticated by the token in `connection_init` or in the handshake, and is closed when that token
expires. A violation of the protocol closes it with the code that the protocol defines.
"""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing, suppress
from functools import partial
from typing import Any, NamedTuple

import orjson
from graphql import OperationType
from starlette.types import Receive, Scope, Send

import errors
from auth.tokens import Claims
from transport.answers import OperationFailed, RequestError
from transport.bad_request import BadRequest
from transport.clients import client_of
from transport.errors import INTERNAL_MESSAGE, known_error, log_internal
from transport.json_body import parse_json_object
from transport.open_connections import OpenConnection, OpenConnections
from transport.operation_records import OperationRecord, Transport
from transport.operations import Operations
from transport.prepared import OpenContext, Prepared, Verify
from transport.request import Parameters, check_parameters
from transport.request_ids import operation_id
from transport.sampled_log import REFUSALS
from transport.socket_protocol import (
    BAD_REQUEST,
    BROKEN,
    CLOSE_TIMEOUT_SECONDS,
    FORBIDDEN,
    GOING_AWAY,
    ID_CHARACTERS,
    INIT_TIMEOUT,
    LATER,
    SUBSCRIBER_EXISTS,
    TOO_LARGE,
    TOO_MANY_INITS,
    UNAUTHORIZED,
    Close,
    SocketLimits,
    is_id,
)
from transport.socket_tokens import authorization, has_token, members
from transport.subscriptions import Subscriptions

Members = dict[str, Any]


class SocketServices(NamedTuple):
    """The services that all connections use."""

    operations: Operations
    subscriptions: Subscriptions
    verify: Verify
    open_context: OpenContext
    connections: OpenConnections


class Socket:
    """One accepted connection."""

    def __init__(
        self, services: SocketServices, limits: SocketLimits, connection: OpenConnection, scope: Scope,
        receive: Receive, send: Send,
    ) -> None:  # fmt: skip
        self._services = services
        self._limits = limits
        self._connection = connection
        self._client = client_of(scope)
        self._address = self._client.address
        self._authorization = [value for name, value in scope["headers"] if name == b"authorization"]
        """Changed in place by a fresh token, so that operations that run already have it, too."""
        self._receive = receive
        self._send = send
        self._deadline = asyncio.timeout(self._limits.init_seconds)
        self._close_reason = Close(INIT_TIMEOUT, "Connection initialisation timeout")
        self._listening = self._init_received = self._acknowledged = self._is_ending = False
        self._running: dict[str, asyncio.Task[None]] = {}
        """Operations whose results the client expects, by the ids that it gave them."""
        self._tasks: dict[asyncio.Task[None], OperationType] = {}
        """All running operations, including mutations that the client has completed: these are not cancelled."""

    async def serve(self) -> None:
        """Process messages until the connection ends."""
        close: Close | None = None
        try:
            async with self._deadline:
                await self._listen()
        except Close as reason:
            close = reason
        except TimeoutError:
            close = self._close_reason
        except OSError:
            pass  # the client disconnected while a message was sent
        except Exception as error:  # noqa: BLE001 - as for a request: the client gets a reference
            close = Close(BROKEN, f"{INTERNAL_MESSAGE} {log_internal(error, None, messages=False)}")
        self._running.clear()
        for task, kind in self._tasks.items():
            if kind is not OperationType.MUTATION:
                task.cancel()
        if close is not None:
            if close.code != GOING_AWAY:
                REFUSALS.warning("websocket_closed", str(close.code), code=close.code)
            with suppress(TimeoutError, OSError):  # a client that does not read gets no close message
                async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
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
        """Close the connection from another task, unless it is closing already."""
        if self._listening and not self._deadline.expired():
            self._close_reason, self._is_ending = Close(code, reason), True
            self._deadline.reschedule(0)

    async def _on_message(self, message: Any) -> None:
        text = (message.get("text") or "").encode()
        if len(text) > self._limits.message_bytes:
            raise Close(TOO_LARGE, f"A message has at most {self._limits.message_bytes} bytes.")
        try:
            members = parse_json_object(text)
        except BadRequest as error:
            await self._refuse(text, error)
            return
        kind, payload = members.get("type"), members.get("payload")
        if kind == "subscribe":
            await self._subscribe(members, len(text))
        elif kind == "complete":
            self._complete(members.get("id"))
        elif kind in {"connection_init", "ping", "pong"} and isinstance(payload, dict | None):
            if kind == "connection_init":
                await self._on_connection_init(payload or {})
            elif kind == "ping":
                await self._on_ping(payload)
        else:
            raise Close(BAD_REQUEST, "Invalid message received: its type or format is not one of the protocol.")

    async def _refuse(self, text: bytes, error: BadRequest) -> None:
        """Refuse a message that exceeds a limit. If it has the id of an operation, the connection stays open."""
        with suppress(orjson.JSONDecodeError, KeyError, TypeError):
            members = orjson.loads(text)
            id = members["id"]
            if members["type"] == "subscribe" and self._acknowledged and is_id(id) and id not in self._running:
                await self._send_message({"id": id, "type": "error", "payload": [known_error(error)]})
                return
        raise Close(BAD_REQUEST, f"Invalid message received: {error.message}")

    async def _on_connection_init(self, payload: Members) -> None:
        """Authenticate the connection by the payload, else by the handshake; without a token it is anonymous."""
        if self._init_received:
            raise Close(TOO_MANY_INITS, "Too many initialisation requests")
        self._init_received = True
        for name, value in members(payload):
            if name.lower() == "accept-language" and isinstance(value, str):
                # browsers cannot choose that of a handshake
                self._client = self._client._replace(accept_language=value)
        claims, self._authorization[:] = await self._verify(payload)
        try:
            self._connection.identify(claims.subject if claims else None)
        except (errors.Unavailable, errors.TooMany) as error:
            raise Close(LATER, error.message) from None
        await self._send_message({"type": "connection_ack"})
        self._acknowledged = True
        self._expire_with(claims)

    async def _on_ping(self, payload: Members | None) -> None:
        """Answer with the same payload, unless it has a fresh token: that replaces the one by which operations run."""
        if payload and has_token(payload):
            claims, fresh = await self._verify(payload) if self._acknowledged else (None, ())
            if claims is None or claims.subject != self._connection.user:
                raise Close(
                    FORBIDDEN, "Forbidden: a fresh token must belong to the same user; connect again to sign in."
                )
            self._authorization[:] = fresh
            self._expire_with(claims)
            payload = None
        await self._send_message({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})

    async def _verify(self, payload: Members) -> tuple[Claims | None, Sequence[bytes]]:
        """Verify the token in a payload, else that of the handshake; also gives the values of `Authorization`."""
        given: Sequence[bytes] = self._authorization
        try:
            given = authorization(payload) or given
            return await self._services.verify(given), given
        except errors.Unauthenticated as error:
            await self._services.operations.limiter.charge_refused(given, self._address, None)
            raise Close(FORBIDDEN, f"Forbidden: {error.message}") from None
        except errors.Unavailable as error:
            raise Close(LATER, error.message) from None

    def _expire_with(self, claims: Claims | None) -> None:
        if self._is_ending:
            return  # a later end would replace the one that `end` has set
        self._close_reason = Close(FORBIDDEN, "Forbidden: the token has expired; connect again with a new one.")
        self._deadline.reschedule(asyncio.get_running_loop().time() + claims.seconds_left() if claims else None)

    async def _subscribe(self, members: Members, size: int) -> None:
        if not self._acknowledged:
            raise Close(UNAUTHORIZED, "Unauthorized: send connection_init first, and wait for connection_ack.")
        id, payload = members.get("id"), members.get("payload")
        if not is_id(id) or not isinstance(payload, dict):
            raise Close(BAD_REQUEST, f"subscribe needs an id, 1 to {ID_CHARACTERS} characters, and a payload.")
        if id in self._running:
            raise Close(SUBSCRIBER_EXISTS, f"Subscriber for {id} already exists")
        try:
            parameters = check_parameters(payload, size)
        except BadRequest as error:
            raise Close(BAD_REQUEST, f"Invalid message received: {error.message}") from None
        with operation_id(id):
            await self._start(id, parameters)

    async def _start(self, id: str, parameters: Parameters) -> None:
        operations, record = self._services.operations, OperationRecord(Transport.WEBSOCKET)
        try:
            operations.limiter.check(self._authorization, self._address)
            prepared = await operations.prepare(parameters, record, signed_in=bool(self._authorization))
            self._require_capacity(prepared.kind)
        except (RequestError, errors.KnownError) as error:
            if isinstance(error, RequestError):
                user = self._connection.user
                await operations.limiter.charge_refused(self._authorization, self._address, user, error.points)
            content = operations.answers.of_error(error).content
            operations.records.ended(record, content)
            await self._send_message({"id": id, "type": "error", "payload": content["errors"]})
            return
        task = self._running[id] = asyncio.create_task(self._run(id, prepared))
        self._tasks[task] = prepared.kind
        task.add_done_callback(self._tasks.pop)

    def _require_capacity(self, kind: OperationType) -> None:
        """Refuse an operation over the limit. Subscriptions have a limit of their own, so that they do not block queries."""
        limit = self._limits.operations
        is_subscription = kind is OperationType.SUBSCRIPTION
        if sum((one is OperationType.SUBSCRIPTION) is is_subscription for one in self._tasks.values()) >= limit:
            what = "subscriptions" if is_subscription else "queries and mutations"
            raise errors.TooMany(
                f"This connection already has {limit} running {what}, the maximum. Complete one, or open another connection."
            )

    def _complete(self, id: object) -> None:
        if not isinstance(id, str):
            raise Close(BAD_REQUEST, "complete needs the id of an operation.")
        task = self._running.pop(id, None)
        if task is not None and self._tasks.get(task) is not OperationType.MUTATION:
            task.cancel()

    async def _run(self, id: str, prepared: Prepared) -> None:
        operations, subscriptions = self._services.operations, self._services.subscriptions
        open_context = partial(self._services.open_context, self._authorization, None, self._client)
        task = asyncio.current_task()
        try:
            if prepared.kind is OperationType.SUBSCRIPTION:
                source = await subscriptions.start(prepared, open_context)
                async with aclosing(subscriptions.events(prepared, source, open_context)) as results:
                    async for result in results:
                        await self._next(id, result, task)
            else:
                await self._next(id, await operations.result(prepared, open_context), task)
            await self._finish(id, {"id": id, "type": "complete"})
        except OperationFailed as failure:
            operations.limiter.block_if_exceeded(failure.errors, self._authorization, self._address)
            if failure.unauthenticated:
                self.end(FORBIDDEN, f"Forbidden: {failure.errors[0]['message']}")
            else:
                await self._finish(id, {"id": id, "type": "error", "payload": failure.errors})
        except OSError:
            pass  # the client has disconnected; `serve` notices that itself
        except Exception as error:  # noqa: BLE001 - as for a request: the client gets a reference
            details = operations.answers.of_error(error, prepared.name).content["errors"]
            await self._finish(id, {"id": id, "type": "error", "payload": details})

    async def _next(self, id: str, result: bytes, task: asyncio.Task[None] | None) -> None:
        if self._running.get(id) is task:
            await self._send_message({"id": id, "type": "next", "payload": orjson.Fragment(result)})

    async def _finish(self, id: str, message: Members) -> None:
        """Send the last message of an operation, after which the client may use its id again."""
        if self._running.get(id) is asyncio.current_task():
            del self._running[id]
            await self._send_message(message)

    async def _send_message(self, message: Members) -> None:
        await self._send({"type": "websocket.send", "text": orjson.dumps(message).decode()})
