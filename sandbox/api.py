"""Razorpay's HTTP API, as far as this program uses it."""

import asyncio
import base64
import hmac
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from auth.secrets import RazorpayKeys
from sandbox import account, behaviour
from sandbox.behaviour import Behaviour
from sandbox.entities import collection
from sandbox.errors import ApiError, error, unauthorized, unknown_id
from sandbox.store import Books, Entity, Store

Answer = Callable[[Books, Request, dict[str, Any]], Any]
DEFAULT_COUNT, MAX_COUNT = 10, 100
MAX_BODY_BYTES = 100_000


class Lost(Response):
    """An answer whose end never comes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head and a part of the body; the server then ends the connection."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b'{"id": "', "more_body": True})


def authorize(request: Request, keys: RazorpayKeys) -> None:
    """Check the key id and secret, which HTTP clients send by basic authentication; raises `ApiError`."""
    right = base64.b64encode(f"{keys.key_id}:{keys.key_secret}".encode())
    given = request.headers.get("authorization", "").encode("latin-1")
    if not hmac.compare_digest(given, b"Basic " + right):
        raise unauthorized()


async def read_json(request: Request) -> dict[str, Any]:
    """Read an object; raises `ApiError`."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise ApiError("The request body is too large.", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        given = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict):
        raise ApiError("The request body is not valid JSON.")
    return given


def routes(store: Store, keys: RazorpayKeys, wake: Callable[[], None]) -> list[Route]:
    """Make the routes below `/v1`."""

    def route(method: str, path: str, answer: Answer) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                authorize(request, keys)
                given = await read_json(request)
            except ApiError as problem:
                return JSONResponse(problem.body, problem.status)
            how = await store.run(lambda books: behaviour.take(books, f"{method} {path}"))
            response = await _do(store, answer, request, given) if how.done else PlainTextResponse("")
            wake()
            await asyncio.sleep(how.delay_seconds)
            return _as_asked(how, response)

        return Route(path, endpoint, methods=[method])

    return [
        route("POST", "/v1/orders", lambda books, _, given: account.create_order(books, given)),
        route("GET", "/v1/orders", _orders),
        route("GET", "/v1/orders/{id}", lambda books, request, _: _one(books, "order", request)),
        route("GET", "/v1/orders/{id}/payments", _payments),
        route("GET", "/v1/payments", lambda books, request, _: _made_in_period(books, "payment", request)),
        route("GET", "/v1/payments/{id}", lambda books, request, _: _one(books, "payment", request)),
        route("POST", "/v1/payments/{id}/capture", _capture),
        route("POST", "/v1/payments/{id}/refund", _refund),
        route("GET", "/v1/payments/{id}/refunds", _refunds),
        route("GET", "/v1/refunds", lambda books, request, _: _made_in_period(books, "refund", request)),
        route("GET", "/v1/refunds/{id}", lambda books, request, _: _one(books, "refund", request)),
    ]


async def _do(store: Store, answer: Answer, request: Request, given: dict[str, Any]) -> Response:
    try:
        return JSONResponse(await store.run(lambda books: answer(books, request, given)))
    except ApiError as problem:
        return JSONResponse(problem.body, problem.status)


FAULTS: dict[str, Callable[[], Response]] = {
    "html": lambda: HTMLResponse("<!doctype html><h1>Bad gateway</h1>", HTTPStatus.BAD_GATEWAY),
    "server_error": lambda: _failed(500, "We are facing some trouble completing your request.", "SERVER_ERROR"),
    "gateway_error": lambda: _failed(504, "The gateway request timed out.", "GATEWAY_ERROR"),
    "not_json": lambda: HTMLResponse("<!doctype html><h1>Welcome to the hotel's network</h1>"),
    "redirect": lambda: Response(status_code=302, headers={"location": "https://elsewhere.example/"}),
    "busy": lambda: _failed(429, "Too many requests", "BAD_REQUEST_ERROR"),
    "refused": lambda: _failed(400, "The id provided does not exist", "BAD_REQUEST_ERROR"),
    "lost": Lost,
}


def _failed(status: int, description: str, code: str) -> Response:
    return JSONResponse({"error": error(description, code=code)}, status)


def _as_asked(how: Behaviour, response: Response) -> Response:
    return FAULTS[how.reply]() if how.reply in FAULTS else response


def _one(books: Books, kind: str, request: Request) -> Entity:
    found = books.find(kind, request.path_params["id"])
    if found is None:
        raise unknown_id()
    return found


def _page(request: Request, items: list[Entity]) -> dict[str, Any]:
    query = request.query_params
    try:
        count, skip = int(query.get("count", DEFAULT_COUNT)), int(query.get("skip", 0))
    except ValueError:
        raise ApiError("The count must be an integer.", field="count") from None
    if not 1 <= count <= MAX_COUNT or skip < 0:
        raise ApiError("The count may not be greater than 100.", field="count")
    return collection(items[skip : skip + count])


def _orders(books: Books, request: Request, _given: dict[str, Any]) -> dict[str, Any]:
    return _page(request, books.listed("order", receipt=request.query_params.get("receipt")))


def _payments(books: Books, request: Request, _given: dict[str, Any]) -> dict[str, Any]:
    return collection(books.listed("payment", parent=_one(books, "order", request)["id"]))


def _capture(books: Books, request: Request, given: dict[str, Any]) -> Entity:
    return account.capture(books, request.path_params["id"], given)


def _refund(books: Books, request: Request, given: dict[str, Any]) -> Entity:
    key = request.headers.get("x-refund-idempotency")
    return account.create_refund(books, request.path_params["id"], given, key)


def _refunds(books: Books, request: Request, _given: dict[str, Any]) -> dict[str, Any]:
    return _page(request, books.listed("refund", parent=_one(books, "payment", request)["id"]))


def _made_in_period(books: Books, kind: str, request: Request) -> dict[str, Any]:
    query = request.query_params
    try:
        since, until = (int(query[name]) if name in query else None for name in ("from", "to"))
    except ValueError:
        raise ApiError("from and to must be Unix timestamps.", field="from") from None
    made = [one for one in books.listed(kind) if (since or 0) <= one["created_at"] <= (until or one["created_at"])]
    return _page(request, made)
