"""`POST /webhooks/razorpay`: what Razorpay reports of payments and refunds, in messages that it signs."""

import hmac
import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, TypeVar

import orjson
from starlette.datastructures import Headers

from actions.payment_reports import settle_payment, settle_refunded
from auth.secrets import Secrets
from database.transactions import Transaction
from payments.entities import EntityUnusable, read_order, read_payment, read_refund
from transport.bad_request import BadRequest
from webhooks import requests
from webhooks.inbox import NO_BODY, PayloadUnusable, Provider

T = TypeVar("T")
SIGNATURE, EVENT_ID = "x-razorpay-signature", "x-razorpay-event-id"
HEX_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
MAX_SECONDS = 4.5
"""Razorpay waits for 5 seconds; then it takes the message for not delivered."""
READ = {
    "payment": ("id", "order_id", "status", "amount", "currency", "captured", "error_description"),
    "order": ("id", "amount", "currency", "receipt"),
    "refund": ("id", "payment_id", "status", "amount", "currency"),
}
"""The fields of entities that the handlers read, besides the id of our refund. None of them is about a person."""


def verify(headers: Headers, body: bytes, secrets: Secrets) -> str:
    """Give the id of a message that Razorpay has signed with one of the secrets."""
    given = headers.getlist(SIGNATURE)
    if len(given) != 1 or not given[0]:
        message = f"A message has exactly one header {SIGNATURE}. Only Razorpay may send here."
        raise BadRequest(message, reason="signature_header_missing")
    if not HEX_DIGEST.match(given[0]):
        message = "The signature is not of the form of an HMAC-SHA256 in 64 hexadecimal digits."
        raise BadRequest(message, reason="signature_malformed")
    known = secrets.razorpay.webhook_secrets if secrets.razorpay else ()
    digests = [hmac.digest(secret.encode(), body, "sha256").hex() for secret in known]
    if not any([hmac.compare_digest(digest, given[0]) for digest in digests]):  # noqa: C419 - all of them, in any case
        message = (
            "The signature does not match. Compare RAZORPAY_WEBHOOK_SECRETS with Razorpay's dashboard; proxies must not "
            "alter the body."
        )
        raise BadRequest(message, reason="signature_mismatch")
    return _event_id(headers, body)


def _event_id(headers: Headers, body: bytes) -> str:
    """Give the id of the event, which is not signed. A message without one is known by its content."""
    ids = headers.getlist(EVENT_ID)
    if len(ids) > 1:
        raise BadRequest(f"A message has at most one header {EVENT_ID}.", reason="message_id_malformed")
    return ids[0] if ids and ids[0] else f"sha256-{sha256(body).hexdigest()}"


def _entity(event: Mapping[str, Any], name: str) -> object:
    """Find an entity in the payload, where Razorpay wraps each of them in `entity`."""
    payload = event.get("payload")
    wrapped = payload.get(name) if isinstance(payload, dict) else None
    return wrapped.get("entity") if isinstance(wrapped, dict) else None


def _read(read: Callable[[object], T], event: Mapping[str, Any], name: str) -> T:
    try:
        return read(_entity(event, name))
    except EntityUnusable as error:
        message = f"payload.{name}: {error}"
        raise PayloadUnusable(message) from None


async def _payment_changed(tx: Transaction, event: dict[str, Any]) -> None:
    await settle_payment(tx, _read(read_payment, event, "payment"))


async def _order_paid(tx: Transaction, event: dict[str, Any]) -> None:
    order, payment = _read(read_order, event, "order"), _read(read_payment, event, "payment")
    if payment.order_id != order.id:
        message = "The payment is not one of the order."
        raise PayloadUnusable(message)
    await settle_payment(tx, payment, order.receipt)


async def _refund_changed(tx: Transaction, event: dict[str, Any]) -> None:
    refund = _read(read_refund, event, "refund")
    payment = _read(read_payment, event, "payment") if _entity(event, "payment") is not None else None
    if payment is not None and payment.id != refund.payment_id:
        message = "The refund is not one of the payment."
        raise PayloadUnusable(message)
    await settle_refunded(tx, refund, payment)


def _effect(event: Mapping[str, Any]) -> str | None:
    """Name the event and the entity that it is about; None where it has none, which its handler then refuses."""
    kind = str(event.get("event"))
    entity = _entity(event, kind.partition(".")[0])
    id = entity.get("id") if isinstance(entity, dict) else None
    if kind == "order.paid":  # of an order that was paid twice, each payment is reported
        payment = _entity(event, "payment")
        id = f"{id} {payment.get('id')}" if isinstance(payment, dict) else None
    usable = isinstance(id, str) and len(id) <= requests.MAX_ID_CHARS and id.isprintable()
    return f"{kind} {id}" if usable else None


def _without_personal_data(_body: bytes, event: Mapping[str, Any]) -> bytes:
    """Keep what a replay needs. Names, addresses, numbers of cards and phones, and notes are not kept for a moment."""
    found = {name: entity for name in READ if isinstance(entity := _entity(event, name), dict)}
    if not found:
        return NO_BODY
    payload = {
        name: {"entity": {field: _plain(entity.get(field)) for field in READ[name]}} for name, entity in found.items()
    }
    notes = found.get("refund", {}).get("notes")
    if isinstance(notes, dict):
        payload["refund"]["entity"]["notes"] = {"refund_id": _plain(notes.get("refund_id"))}
    return orjson.dumps({"event": event.get("event"), "payload": payload})


def _plain(value: object) -> object:
    """Leave out what is not of the form that the handlers read."""
    return value if isinstance(value, str | int | float | bool) else None


PROVIDER = Provider(
    name="razorpay",
    kind_field="event",
    subject=lambda _: None,
    handlers={
        "payment.authorized": _payment_changed,
        "payment.captured": _payment_changed,
        "payment.failed": _payment_changed,
        "order.paid": _order_paid,
        "refund.created": _refund_changed,
        "refund.processed": _refund_changed,
        "refund.failed": _refund_changed,
    },
    effect=_effect,
    kept=_without_personal_data,
    max_seconds=MAX_SECONDS,
    gives_up_on_errors=True,
)
routes = [requests.route(PROVIDER, verify)]
