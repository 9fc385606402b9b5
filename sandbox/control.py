"""What Razorpay does by other means than its API: Checkout, in which somebody pays; and what is asked of the sandbox."""

import hmac
from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from auth.secrets import RazorpayKeys
from sandbox import account, behaviour, deliveries
from sandbox.api import authorize, read_json
from sandbox.behaviour import Behaviour
from sandbox.errors import ApiError, error, unauthorized
from sandbox.store import Books, Entity, Store

Handle = Callable[[Books, Request, dict[str, Any]], Any]


class Checkout(BaseModel):
    """What the page of Checkout sends when somebody pays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    order_id: str
    outcome: account.Outcome = "captured"
    amount: int | None = Field(default=None, ge=1)
    """Another one than that of the order, which Razorpay never lets happen."""
    currency: str | None = Field(default=None, min_length=3, max_length=3)
    again: bool = False
    """Whether a paid order is paid once more, which happens when two attempts succeed at the same time."""


class LaterDecision(BaseModel):
    """What the bank of whoever has tried to pay decides later, as the page of Checkout asks for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    status: Literal["authorized", "captured"]


class Release(BaseModel):
    """Which of the held webhooks are sent, in which order; all as they were made without `numbers`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    numbers: list[int] | None = None


class PaymentMove(BaseModel):
    """What becomes of a payment later."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: account.Outcome


class RefundMove(BaseModel):
    """What becomes of a pending refund."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: Literal["processed", "failed"]


def routes(store: Store, keys: RazorpayKeys, wake: Callable[[], None]) -> list[Route]:
    """Make the routes. All but Checkout need the key secret, as the API does."""

    def route(method: str, path: str, handle: Handle, *, is_public: bool = False) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                return await _answer(store, keys, request, handle, is_public=is_public)
            finally:
                wake()

        return Route(path, endpoint, methods=[method])

    def checkout(books: Books, _request: Request, given: dict[str, Any]) -> Any:
        return _pay(books, keys, Checkout.model_validate(given))

    def decide(books: Books, request: Request, given: dict[str, Any]) -> Any:
        asked = LaterDecision.model_validate(given)
        if asked.key != keys.key_id:
            raise unauthorized()
        return {"status": account.move(books, request.path_params["id"], asked.status)["status"]}

    return [
        route("POST", "/checkout", checkout, is_public=True),
        route("POST", "/checkout/{id}", decide, is_public=True),
        route("GET", "/behaviour", lambda books, *_: behaviour.read(books).model_dump()),
        route("PUT", "/behaviour", _behave),
        route("POST", "/payments/{id}", _move_payment),
        route("POST", "/refunds/{id}", _move_refund),
        route("GET", "/webhooks", lambda books, *_: deliveries.listed(books)),
        route("POST", "/webhooks/release", _release),
        route("GET", "/books", _books),
    ]


async def _answer(store: Store, keys: RazorpayKeys, request: Request, handle: Handle, *, is_public: bool) -> Response:
    try:
        if not is_public:
            authorize(request, keys)
        given = await read_json(request)
        return JSONResponse(await store.run(lambda books: handle(books, request, given)))
    except ApiError as problem:
        return JSONResponse(problem.body, problem.status)
    except ValidationError as problem:
        lines = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in problem.errors(include_input=False)]
        return JSONResponse({"error": error(" ".join(lines))}, 400)


def _pay(books: Books, keys: RazorpayKeys, given: Checkout) -> dict[str, Any]:
    """Pay an order; gives what Razorpay Checkout hands to the page: three values, of which one signs the others."""
    if given.key != keys.key_id:
        raise unauthorized()
    made = account.pay(
        books, given.order_id, given.outcome, amount=given.amount, currency=given.currency, again=given.again
    )
    if given.outcome == "failed":
        ids = {"payment_id": made["id"], "order_id": given.order_id}
        problem = error(made["error_description"], code=made["error_code"], reason=made["error_reason"], **ids)
        return {"error": problem | {"source": made["error_source"], "step": made["error_step"]}}
    signed = f"{given.order_id}|{made['id']}".encode()
    return {
        "razorpay_order_id": given.order_id,
        "razorpay_payment_id": made["id"],
        "razorpay_signature": hmac.digest(keys.key_secret.encode(), signed, "sha256").hex(),
    }


def _behave(books: Books, _request: Request, given: dict[str, Any]) -> dict[str, Any]:
    behaviour.write(books, Behaviour.model_validate(given))
    return given


def _move_payment(books: Books, request: Request, given: dict[str, Any]) -> Entity:
    return account.move(books, request.path_params["id"], PaymentMove.model_validate(given).status)


def _move_refund(books: Books, request: Request, given: dict[str, Any]) -> Entity:
    return account.move_refund(books, request.path_params["id"], RefundMove.model_validate(given).status)


def _release(books: Books, _request: Request, given: dict[str, Any]) -> dict[str, int]:
    return {"released": deliveries.release(books, Release.model_validate(given).numbers)}


def _books(books: Books, *_: Any) -> dict[str, list[Entity]]:
    """Give all that the account holds."""
    return {f"{kind}s": books.listed(kind) for kind in ("order", "payment", "refund")}
