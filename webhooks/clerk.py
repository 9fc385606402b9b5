"""`POST /webhooks/clerk`: what Clerk reports of its users, in messages signed by Svix."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import phonenumbers
from starlette.datastructures import Headers

from actions import account_deletion, accounts
from auth.secrets import Secrets
from auth.tokens import END_OF_TIME, USER_ID
from database.transactions import Transaction
from execution.input_text import LINE_BREAKS, is_allowed
from models.text_direction import remove_marks
from transport.bad_request import BadRequest
from webhooks import requests
from webhooks.inbox import PayloadUnusable, Provider

WEB_URL = re.compile(r"https?://[^\s\x00-\x20\x7f]+\Z")
EMAIL_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\Z")
MAX_NAME_CHARS, MAX_EMAIL_CHARS, MAX_URL_CHARS = 100, 254, 2_000


def verify(headers: Headers, body: bytes, secrets: Secrets) -> str:
    """Give the id of a message that Svix, which sends for Clerk, has signed with one of the secrets."""
    given = {}
    for name in ("id", "timestamp", "signature"):
        values = headers.getlist(f"svix-{name}") or headers.getlist(f"webhook-{name}")
        if len(values) != 1 or not values[0]:
            message = f"A message has exactly one header svix-{name}. Only Svix, on behalf of Clerk, may send here."
            raise BadRequest(message, reason="signature_header_missing")
        given[f"svix-{name}"] = values[0]
    refusals = [_check_signature(secret, body, given) for secret in secrets.clerk_webhook_secrets]
    if None not in refusals:
        raise refusals[0] or BadRequest("No secret is configured.", reason="signature_mismatch")
    return given["svix-id"]


def _check_signature(secret: str, body: bytes, headers: dict[str, str]) -> BadRequest | None:
    """Give what is wrong with the signature under one secret, or None."""
    from svix.webhooks import Webhook, WebhookVerificationError  # a slow import, done by `auth.secrets` where it counts

    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError as error:
        if "timestamp" in str(error):
            message = "The message is more than five minutes old or new; check the clock of this machine."
            return BadRequest(message, reason="timestamp_out_of_range")
        message = (
            "The signature does not match. Compare CLERK_WEBHOOK_SECRETS with Clerk's dashboard; proxies must not "
            "alter the body."
        )
        return BadRequest(message, reason="signature_mismatch")
    except ValueError:  # Svix passes on errors about malformed base64, missing commas and UTF-8
        message = "The signature is not of the form 'v1,<base64>', or the body is not UTF-8."
        return BadRequest(message, reason="signature_malformed")
    return None


async def _user_changed(tx: Transaction, event: dict[str, Any]) -> None:
    data = _data(event)
    await accounts.upsert(tx, profile(data), _changed_at(event, data))


async def _user_deleted(tx: Transaction, event: dict[str, Any]) -> None:
    await account_deletion.delete(tx, _data(event)["id"])


def _subject(event: Mapping[str, Any]) -> str | None:
    """Give the id of the user that an event is about, if it has one."""
    data = event.get("data")
    given = [data.get(name) for name in ("id", "user_id")] if isinstance(data, dict) else []
    return next((id for id in given if isinstance(id, str) and USER_ID.match(id)), None)


PROVIDER = Provider(
    name="clerk",
    kind_field="type",
    subject=_subject,
    handlers={"user.created": _user_changed, "user.updated": _user_changed, "user.deleted": _user_deleted},
)
routes = [requests.route(PROVIDER, verify)]


def _data(event: dict[str, Any]) -> dict[str, Any]:
    data = event.get("data")
    if not isinstance(data, dict) or not isinstance(data.get("id"), str) or not USER_ID.match(data["id"]):
        message = "The event has no 'data.id' of a user."
        raise PayloadUnusable(message)
    return data


def _changed_at(event: dict[str, Any], data: dict[str, Any]) -> datetime:
    """Give the time of the change that the event reports. Clerk sends milliseconds."""
    for given in (data.get("updated_at"), event.get("timestamp"), data.get("created_at")):
        if isinstance(given, int) and not isinstance(given, bool) and 0 < given < END_OF_TIME * 1000:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=given)
    message = "The event has no 'data.updated_at' in milliseconds, so it cannot be put in order."
    raise PayloadUnusable(message)


def profile(data: dict[str, Any]) -> accounts.Profile:
    """Read the profile that Clerk owns from its user object. A malformed or unverified part counts as absent."""
    names = [_text(data.get(name), MAX_NAME_CHARS) for name in ("first_name", "last_name")]
    primary_email = _primary(data, "email_address", data.get("email_addresses"))
    email = _text(primary_email.get("email_address"), MAX_EMAIL_CHARS + 1) or ""
    is_address = EMAIL_ADDRESS.match(email) and len(email) <= MAX_EMAIL_CHARS
    picture = _text(data.get("image_url"), MAX_URL_CHARS + 1) or ""
    return accounts.Profile(
        clerk_id=data["id"],
        name=" ".join(name for name in names if name)[:MAX_NAME_CHARS].strip() or None,
        email=email if is_address and _is_verified(primary_email) else None,
        phone_number=_verified_phone(_primary(data, "phone_number", data.get("phone_numbers"))),
        picture_url=picture if WEB_URL.match(picture) and len(picture) <= MAX_URL_CHARS else None,
    )


def _primary(data: dict[str, Any], kind: str, listed: object) -> dict[str, Any]:
    """Find the address or number that the user marked as primary; the order of the list means nothing."""
    wanted = data.get(f"primary_{kind}_id")
    found = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return next((each for each in found if isinstance(wanted, str) and each.get("id") == wanted), {})


def _is_verified(identification: dict[str, Any]) -> bool:
    """Whether the user has proven that an address or number is theirs. Clerk may have ones that nobody has proven."""
    verification = identification.get("verification")
    return isinstance(verification, dict) and verification.get("status") == "verified"


def _verified_phone(phone: dict[str, Any]) -> str | None:
    if not _is_verified(phone):
        return None
    try:
        number = phonenumbers.parse(str(phone.get("phone_number"))[:40])
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _text(value: object, max_chars: int) -> str | None:
    """Remove what cannot be seen or stored from a text, and cut it."""
    if not isinstance(value, str):
        return None
    given = remove_marks(value[: 4 * max_chars])
    visible = (char for char in given if is_allowed(char) and char not in LINE_BREAKS)
    return unicodedata.normalize("NFC", "".join(visible)).strip()[:max_chars].strip() or None
