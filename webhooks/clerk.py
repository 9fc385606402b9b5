"""`POST /webhooks/clerk`: what Clerk tells of its users, signed by Svix (A3, A4)."""

import asyncio
import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import phonenumbers
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from auth.tokens import END_OF_TIME, SUBJECT
from resolvers import accounts
from webhooks import inbox
from webhooks.inbox import Outcome, PayloadUnusable, Provider

MESSAGE_ID = re.compile(r"[\w-]{1,100}\Z", re.ASCII)
WEB_ADDRESS = re.compile(r"https?://[^\s\x00-\x20\x7f]+\Z")
EMAIL_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\Z")
LONGEST_NAME, LONGEST_EMAIL, LONGEST_ADDRESS = 100, 254, 2_000
UNSEEN = {"Cc", "Cs", "Co", "Cn"}
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Rejected(Exception):
    """A request that is not a message of Clerk's; `code` is for programs, the sentence tells what to do."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


async def receive(request: Request) -> Response:
    """Answer a delivery: 2xx once the effect is there to stay, 4xx for strangers, 5xx to be asked again."""
    state = request.app.state
    try:
        async with asyncio.timeout(state.resources.settings.limits.operation_seconds):
            body = await _body(request, state.resources.settings.limits.webhook_body_bytes)
        message_id = _verified(request.headers, body, state.resources.secrets.clerk_webhook_secrets)
    except TimeoutError:
        return problem(408, "body_too_slow", "The body did not arrive in time.")
    except ClientDisconnect:
        return problem(400, "body_incomplete", "The connection ended before the body did.")
    except Rejected as refusal:
        return problem(refusal.status, refusal.code, str(refusal))
    received = await inbox.receive(state.resources.database, PROVIDER, message_id, body)
    if received.outcome is Outcome.FAILED:
        message = "The message is signed, but its effect failed. It is kept for a replay; sending it again is welcome."
        return problem(503 if received.temporary else 500, "effect_failed", message, reference=received.reference)
    return JSONResponse({"status": received.outcome})


def problem(status: int, code: str, detail: str, **more: str | None) -> Response:
    """Answer with a problem (RFC 9457). The connection is closed, for some of the body may not have been read."""
    content = {"type": "about:blank", "status": status, "code": code, "detail": detail, **more}
    return JSONResponse(content, status, {"connection": "close"}, media_type="application/problem+json")


async def _body(request: Request, limit: int) -> bytes:
    """Read the raw body, and no more than `limit` bytes of it, whatever its framing says."""
    too_large = Rejected(413, "body_too_large", f"A message has at most {limit} bytes.")
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared[:20]) > limit:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise too_large
    return bytes(body)


def _verified(headers: Headers, body: bytes, secrets: Sequence[str]) -> str:
    """Give the id of a message that is signed with one of the secrets."""
    given = {}
    for name in ("id", "timestamp", "signature"):
        values = headers.getlist(f"svix-{name}") or headers.getlist(f"webhook-{name}")
        if len(values) != 1 or not values[0]:
            message = f"A message has the header svix-{name} once. Only Svix, on behalf of Clerk, may send here."
            raise Rejected(400, "signature_header_missing", message)
        given[f"svix-{name}"] = values[0]
    if not MESSAGE_ID.match(given["svix-id"]):
        raise Rejected(400, "message_id_malformed", "The header svix-id has up to 100 letters, digits, '_' and '-'.")
    refusals = [_refusal(secret, body, given) for secret in secrets]
    if None not in refusals:
        raise Rejected(400, *(refusals[0] or ("", "")))
    return given["svix-id"]


def _refusal(secret: str, body: bytes, headers: dict[str, str]) -> tuple[str, str] | None:
    """Say what is wrong with a signature under one secret, if anything."""
    from svix.webhooks import Webhook, WebhookVerificationError  # see `credentials`: where secrets are set, it is there

    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError as error:
        if "timestamp" in str(error):
            message = "The message is more than five minutes old or new; look at this machine's clock."
            return "timestamp_out_of_range", message
        message = (
            "No signature fits. Compare CLERK_WEBHOOK_SECRETS with Clerk's dashboard; proxies must not alter the body."
        )
        return "signature_mismatch", message
    except ValueError:  # Svix lets through what its parts say of malformed base64, commas and UTF-8
        return "signature_malformed", "The signature is not of the form 'v1,<base64>', or the body is not UTF-8."
    return None


async def _user_changed(tx: AsyncSession, event: dict[str, Any]) -> None:
    data = _data(event)
    await accounts.upsert(tx, profile(data), _changed_at(event, data))


async def _user_deleted(tx: AsyncSession, event: dict[str, Any]) -> None:
    await accounts.delete(tx, _data(event)["id"])


PROVIDER = Provider(
    name="clerk",
    kind_field="type",
    handlers={"user.created": _user_changed, "user.updated": _user_changed, "user.deleted": _user_deleted},
)
routes = [Route("/webhooks/clerk", receive, methods=["POST"])]


def _data(event: dict[str, Any]) -> dict[str, Any]:
    data = event.get("data")
    if not isinstance(data, dict) or not isinstance(data.get("id"), str) or not SUBJECT.match(data["id"]):
        message = "The event has no 'data.id' of a user."
        raise PayloadUnusable(message)
    return data


def _changed_at(event: dict[str, Any], data: dict[str, Any]) -> datetime:
    """Tell when the user became what the event says. Clerk gives milliseconds."""
    for given in (data.get("updated_at"), event.get("timestamp"), data.get("created_at")):
        if isinstance(given, int) and not isinstance(given, bool) and 0 < given < END_OF_TIME * 1000:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=given)
    message = "The event has no 'data.updated_at' in milliseconds, so it cannot be put in order."
    raise PayloadUnusable(message)


def profile(data: dict[str, Any]) -> accounts.Profile:
    """Read what Clerk owns out of a user. A part that is not what it should be counts as not given."""
    names = [_text(data.get(name), LONGEST_NAME) for name in ("first_name", "last_name")]
    primary_email = _primary(data, "email_address", data.get("email_addresses"))
    email = _text(primary_email.get("email_address"), LONGEST_EMAIL + 1) or ""
    picture = _text(data.get("image_url"), LONGEST_ADDRESS + 1) or ""
    return accounts.Profile(
        clerk_id=data["id"],
        name=" ".join(name for name in names if name)[:LONGEST_NAME].strip() or None,
        email=email if EMAIL_ADDRESS.match(email) and len(email) <= LONGEST_EMAIL else None,
        phone_number=_verified_phone(_primary(data, "phone_number", data.get("phone_numbers"))),
        picture_url=picture if WEB_ADDRESS.match(picture) and len(picture) <= LONGEST_ADDRESS else None,
    )


def _primary(data: dict[str, Any], kind: str, listed: object) -> dict[str, Any]:
    """Find the one that the user calls primary; being the first in the list means nothing."""
    wanted = data.get(f"primary_{kind}_id")
    found = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return next((each for each in found if isinstance(wanted, str) and each.get("id") == wanted), {})


def _verified_phone(phone: dict[str, Any]) -> str | None:
    verification = phone.get("verification")
    if not isinstance(verification, dict) or verification.get("status") != "verified":
        return None
    try:
        number = phonenumbers.parse(str(phone.get("phone_number"))[:40])
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _text(value: object, longest: int) -> str | None:
    """Clean a text of what could not be seen, or stored."""
    if not isinstance(value, str):
        return None
    seen = (sign for sign in value[: 4 * longest] if unicodedata.category(sign) not in UNSEEN and sign not in BIDI)
    return unicodedata.normalize("NFC", "".join(seen)).strip()[:longest].strip() or None
