"""`GET /receipts/…`: receipts for whoever has their address, which mails and the graph give. No token is needed."""

import asyncio
import re

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

import errors
from context import Resources
from loaders import receipt_pages
from models.languages import choose_language
from transport.clients import client_of
from transport.receipt_page import LANGUAGES, POLICY, page, problem_page
from transport.request_slots import Overloaded, RequestSlots
from transport.sampled_log import REFUSALS

NUMBER = re.compile(r"RC-[0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{3}")
TOKEN = re.compile(r"[\w-]{20,64}", re.ASCII)
RETRY_SECONDS = "10"
HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
"""The address is the key to the page, so nobody keeps it, lists it, or learns it from a link on the page."""


async def show(request: Request) -> Response:
    """Answer with the page of a receipt; 404 if there is none with this number and token, whichever is wrong."""
    resources: Resources = request.app.state.resources
    slots: RequestSlots = request.app.state.slots
    try:
        async with slots.slot(request.scope), asyncio.timeout(resources.settings.limits.operation_seconds):
            found = await _find(resources, request.path_params["number"], request.path_params["token"])
    except Overloaded:  # which has its line in the log
        return _answer(request, None, "unavailable", 503, {"Retry-After": RETRY_SECONDS})
    except (errors.Unavailable, TimeoutError) as error:
        reason = error.reason if isinstance(error, errors.Unavailable) else "too_slow"
        REFUSALS.warning("receipt_unavailable", str(reason), reason=reason)
        return _answer(request, None, "unavailable", 503, {"Retry-After": RETRY_SECONDS})
    return _answer(request, found, "missing", 404)


async def _find(resources: Resources, number: str, token: str) -> receipt_pages.ReceiptPage | None:
    if not NUMBER.fullmatch(number) or not TOKEN.fullmatch(token):
        return None
    reads = resources.database.reads()
    try:
        return await receipt_pages.find(reads, number, token)
    finally:
        await reads.release()


def _answer(
    request: Request,
    found: receipt_pages.ReceiptPage | None,
    problem: str,
    status: int,
    headers: dict[str, str] | None = None,
) -> Response:
    resources: Resources = request.app.state.resources
    chosen = request.query_params.get("language")
    if chosen not in LANGUAGES:
        chosen = choose_language(client_of(request.scope).accept_language, found and found.language, LANGUAGES)
    shop = resources.settings.shop.name
    if found is None:
        return HTMLResponse(problem_page(chosen, shop, problem), status, HEADERS | (headers or {}))
    return HTMLResponse(page(found, chosen, shop), headers=HEADERS | {"Content-Language": chosen})


routes = [Route("/receipts/{number}/{token}", show)]
