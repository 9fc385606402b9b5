"""Razorpay's payments, refunds and orders, as its API and its webhooks hold them. Whatever is not of their form is refused."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

S = TypeVar("S", bound=StrEnum)
MAX_MINOR = 10**12
PAYMENT_ID, ORDER_ID, REFUND_ID = (re.compile(rf"{kind}_[A-Za-z0-9]{{1,40}}\Z") for kind in ("pay", "order", "rfnd"))
CURRENCY = re.compile(r"[A-Z]{3}\Z")
MAX_REASON_CHARS = 200


class EntityUnusable(Exception):
    """Something else than what Razorpay documents. The sentence names fields, never values."""


class ProviderPaymentStatus(StrEnum):
    """The status of a payment at Razorpay."""

    CREATED = "created"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    REFUNDED = "refunded"
    FAILED = "failed"


class ProviderRefundStatus(StrEnum):
    """The status of a refund at Razorpay."""

    PENDING = "pending"
    PROCESSED = "processed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ProviderPayment:
    """One attempt to pay (`pay_…`)."""

    id: str
    order_id: str | None
    status: ProviderPaymentStatus
    amount_minor: int
    currency: str
    captured: bool
    """Whether the money was taken; of one that was given back without, the status is `refunded` as well."""
    failure_reason: str | None


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    """A refund (`rfnd_…`) of a payment."""

    id: str
    payment_id: str
    status: ProviderRefundStatus
    amount_minor: int
    currency: str
    refund_id: UUID | None
    """Ours, which the request for it had in `notes`; None for refunds that somebody has made in Razorpay's dashboard."""


@dataclass(frozen=True, slots=True)
class ProviderOrder:
    """What is to be paid (`order_…`)."""

    id: str
    amount_minor: int
    currency: str
    receipt: str | None


def read_payment(entity: object) -> ProviderPayment:
    """Read a payment; raises `EntityUnusable`."""
    data = _object(entity, "payment")
    order_id = data.get("order_id")
    return ProviderPayment(
        id=_id(data, "id", PAYMENT_ID),
        order_id=_id(data, "order_id", ORDER_ID) if order_id is not None else None,
        status=_status(data, ProviderPaymentStatus),
        amount_minor=_amount(data),
        currency=_currency(data),
        captured=data.get("captured") is not False,
        failure_reason=_reason(data),
    )


def read_refund(entity: object) -> ProviderRefund:
    """Read a refund; raises `EntityUnusable`."""
    data = _object(entity, "refund")
    return ProviderRefund(
        id=_id(data, "id", REFUND_ID),
        payment_id=_id(data, "payment_id", PAYMENT_ID),
        status=_status(data, ProviderRefundStatus),
        amount_minor=_amount(data),
        currency=_currency(data),
        refund_id=_own_id(data),
    )


def read_order(entity: object) -> ProviderOrder:
    """Read an order; raises `EntityUnusable`."""
    data = _object(entity, "order")
    receipt = data.get("receipt")
    return ProviderOrder(
        id=_id(data, "id", ORDER_ID),
        amount_minor=_amount(data),
        currency=_currency(data),
        receipt=receipt if isinstance(receipt, str) else None,
    )


def read_items(collection: object) -> list[Any]:
    """Read a list as Razorpay answers it; raises `EntityUnusable`."""
    items = collection.get("items") if isinstance(collection, dict) else None
    if not isinstance(items, list):
        raise EntityUnusable("The answer has no list 'items'.")
    return items


def _object(entity: object, kind: str) -> dict[str, Any]:
    if not isinstance(entity, dict):
        raise EntityUnusable(f"There is no object '{kind}'.")
    return entity


def _id(data: dict[str, Any], name: str, form: re.Pattern[str]) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not form.match(value):
        raise EntityUnusable(f"'{name}' is not an id of Razorpay.")
    return value


def _amount(data: dict[str, Any]) -> int:
    """Give the amount in minor units. Texts, fractions and booleans are none, whatever they could be read as."""
    value = data.get("amount")
    if type(value) is not int or not 0 <= value <= MAX_MINOR:
        raise EntityUnusable("'amount' is not a whole number of minor units.")
    return value


def _currency(data: dict[str, Any]) -> str:
    value = data.get("currency")
    if not isinstance(value, str) or not CURRENCY.match(value):
        raise EntityUnusable("'currency' is not a code of three letters.")
    return value


def _status(data: dict[str, Any], statuses: type[S]) -> S:
    try:
        return statuses(str(data.get("status")))
    except ValueError:
        raise EntityUnusable("'status' is none that is known.") from None


def _reason(data: dict[str, Any]) -> str | None:
    """Give why the payment has failed, in Razorpay's words for the customer."""
    value = data.get("error_description")
    text = "".join(char for char in " ".join(value.split()) if char.isprintable()) if isinstance(value, str) else ""
    return text[:MAX_REASON_CHARS].strip() or None


def _own_id(data: dict[str, Any]) -> UUID | None:
    notes = data.get("notes")
    value = notes.get("refund_id") if isinstance(notes, dict) else None
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
