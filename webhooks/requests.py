"""What the webhooks of all providers share: reading the message, and answering with its outcome or a problem."""

import asyncio
import re
from collections.abc import Callable
from http import HTTPStatus

import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from auth.secrets import Secrets
from context import Resources
from transport.bad_request import BadRequest
from transport.request import read_body
from transport.request_slots import Overloaded, RequestSlots
from transport.sampled_log import REFUSALS
from webhooks import inbox
from webhooks.inbox import Outcome, Provider

REFUSED = "refused"
log = structlog.get_logger()
MAX_ID_CHARS = 100
MESSAGE_ID = re.compile(rf"[\w-]{{1,{MAX_ID_CHARS}}}\Z", re.ASCII)

Verify = Callable[[Headers, bytes, Secrets], str]
"""Gives the id of a message whose signature is valid; raises `BadRequest` otherwise."""


def route(provider: Provider, verify: Verify) -> Route:
    """Receive the messages of a provider at `/webhooks/` and its name."""

    async def receive(request: Request) -> Response:
        outcome, response = await answer(request)
        request.app.state.webhook_outcomes[provider.name, outcome] += 1
        return response

    async def answer(request: Request) -> tuple[str, Response]:
        resources: Resources = request.app.state.resources
        slots: RequestSlots = request.app.state.slots
        end = asyncio.get_running_loop().time() + provider.max_seconds
        try:
            async with slots.slot(request.scope) as slot:
                body = await slot.lend_during(_read(request, resources))
                message_id = _check_id(verify(request.headers, body, resources.secrets))
                return await _apply(resources, provider, message_id, body, end)
        except Overloaded as error:
            return _problem(503, error.reason, error.message)
        except TimeoutError:
            return _refuse(provider, BadRequest("The body did not arrive in time.", 408, "body_too_slow"))
        except ClientDisconnect:
            return _refuse(provider, BadRequest("The connection ended before the body did.", 400, "body_incomplete"))
        except BadRequest as error:
            return _refuse(provider, error)

    return Route(f"/webhooks/{provider.name}", receive, methods=["POST"])


async def _read(request: Request, resources: Resources) -> bytes:
    headers: dict[bytes, list[bytes]] = {}
    for name, value in request.scope["headers"]:
        headers.setdefault(name, []).append(value)
    limits = resources.settings.limits
    async with asyncio.timeout(limits.operation_seconds):
        return await read_body(request.receive, headers, limits.webhook_body_bytes)


async def _apply(
    resources: Resources, provider: Provider, message_id: str, body: bytes, end: float
) -> tuple[str, Response]:
    """Have the effect in OPERATION_SECONDS, and by the `end` that the provider has set."""
    seconds = min(resources.settings.limits.operation_seconds, end - asyncio.get_running_loop().time())
    try:
        async with asyncio.timeout(seconds):
            return _answer(provider, await inbox.receive(resources.database, provider, message_id, body))
    except TimeoutError:
        log.error("webhook_too_slow", provider=provider.name, id=message_id, seconds=round(seconds, 1))  # noqa: TRY400 - no bug
        return _problem(503, "effect_too_slow", "The effect took too long, and was stopped. Send the message again.")


def _check_id(message_id: str) -> str:
    if not MESSAGE_ID.match(message_id):
        message = "A message id has up to 100 letters, digits, '_' and '-'."
        raise BadRequest(message, reason="message_id_malformed")
    return message_id


def _refuse(provider: Provider, error: BadRequest) -> tuple[str, Response]:
    facts = {"provider": provider.name, "status": error.status, "reason": error.reason}
    REFUSALS.warning("webhook_refused", f"{provider.name} {error.reason}", **facts)
    return _problem(error.status, error.reason, error.message)


def _answer(provider: Provider, received: inbox.Received) -> tuple[str, Response]:
    """Answer 200 once the effect is committed, and 5xx so that the provider sends the message again."""
    if received.outcome is Outcome.FAILED and not (provider.gives_up_on_errors and received.unusable):
        message = "The message is signed, but its effect failed. Send it again."
        status = 503 if received.temporary else 500
        _, problem = _problem(status, "effect_failed", message, reference=received.reference)
        return received.outcome, problem
    return received.outcome, JSONResponse({"status": received.outcome})


def _problem(status: int, code: str | None, detail: str, **more: str | None) -> tuple[str, Response]:
    """Answer with a problem (RFC 9457). The connection is closed, for some of the body may not have been read."""
    content = {"type": "about:blank", "status": status, "code": code, "detail": detail, **more}
    headers = {"connection": "close"} | ({"retry-after": "1"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {})
    return code or REFUSED, JSONResponse(content, status, headers, media_type="application/problem+json")
