"""Razorpay, as the rest of the program asks it. No transaction may be open, and no connection held, meanwhile."""

import hmac
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

import structlog

from auth.secrets import RazorpayKeys, Secrets
from errors.payments import PaymentProvider, PaymentRejected, PaymentsNotConfigured
from payments import failures
from payments.calls import Calls
from payments.entities import (
    ORDER_ID,
    PAYMENT_ID,
    EntityUnusable,
    ProviderOrder,
    ProviderPayment,
    ProviderRefund,
    read_items,
    read_order,
    read_payment,
    read_refund,
)
from settings import Settings

API = "https://api.razorpay.com"
SANDBOX_PATH = "/sandbox/razorpay"
MAX_LISTED = 100
NOT_UNIQUE = "receipt should be unique"
"""Part of Razorpay's description where there is an order with this receipt already."""
UNKNOWN_ID = "This is not an id of the payment provider."

T = TypeVar("T")
log = structlog.get_logger()


def signature_of(razorpay_order_id: str, razorpay_payment_id: str, key_secret: str) -> str:
    """Sign as Razorpay Checkout does when a payment of an order has succeeded."""
    signed = f"{razorpay_order_id}|{razorpay_payment_id}".encode("utf-8", "replace")
    return hmac.digest(key_secret.encode(), signed, "sha256").hex()


class Razorpay:
    """The account at Razorpay, or the sandbox. Every method that calls it raises `errors.payments.PaymentProvider`."""

    def __init__(self, keys: RazorpayKeys | None, calls: Calls | None) -> None:
        self._keys = keys
        self.calls = calls

    @classmethod
    def of(cls, settings: Settings, secrets: Secrets) -> "Razorpay":
        """Use the configured account, in development the sandbox of this server; without either, refuse all calls."""
        given, keys = settings.razorpay, secrets.razorpay
        if keys is None:
            return cls(None, None)
        default = settings.own_address + SANDBOX_PATH if settings.has_payment_sandbox else API
        return cls(keys, Calls(keys, given.url or default, given))

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, secrets: Secrets) -> AsyncIterator["Razorpay"]:
        """Use it for a while."""
        made = cls.of(settings, secrets)
        try:
            yield made
        finally:
            await made.close()

    @property
    def key_id(self) -> str:
        """What Razorpay Checkout needs to know of us; raises `PaymentsNotConfigured`."""
        return self._configured().key_id

    def verify_signature(self, razorpay_order_id: str, razorpay_payment_id: str, signature: str) -> bool:
        """Whether Razorpay has signed that this payment of this order succeeded. It does not say how much was paid."""
        right = signature_of(razorpay_order_id, razorpay_payment_id, self._configured().key_secret)
        return hmac.compare_digest(right.encode(), signature.encode("utf-8", "replace"))

    async def create_order(
        self, payment_id: UUID, amount_minor: int, currency: str, notes: Mapping[str, str] | None = None,
        *, repeated: bool = False,
    ) -> str:  # fmt: skip
        """Make the order of a payment of ours, and give its id. There is one for a payment, however often this is called.

        `repeated`: there was a call before, whose result is not known.
        """
        receipt = str(payment_id)
        if repeated and (found := await self.find_order(receipt)):
            return _checked(found, amount_minor, currency)
        data = {
            "amount": amount_minor, "currency": currency, "receipt": receipt, "unique_receipt": True,
            "notes": dict(notes or {}),
        }  # fmt: skip
        try:
            # Not repeated by `run`: whether the first try has made the order is looked up before the second.
            made = await self._ask("create_order", lambda sdk: sdk.order.create(data), read_order, idempotent=False)
        except PaymentRejected as error:
            if NOT_UNIQUE not in error.message or (known := await self.find_order(receipt)) is None:
                raise
            made = known
        except PaymentProvider as error:
            if not error.maybe_done or repeated or error.reason == "TIMEOUT":
                raise
            return await self.create_order(payment_id, amount_minor, currency, notes, repeated=True)
        return _checked(made, amount_minor, currency)

    async def find_order(self, receipt: str) -> ProviderOrder | None:
        """Find the first order with a receipt, which for ours is the id of the payment."""
        query = {"receipt": receipt, "count": MAX_LISTED}
        items = await self._ask("find_order", lambda sdk: sdk.order.all(query), read_items)
        orders = _read_all(items, read_order)
        return min((order for order in orders if order.receipt == receipt), key=lambda order: order.id, default=None)

    async def fetch_payments(self, razorpay_order_id: str) -> list[ProviderPayment]:
        """List all attempts to pay an order."""
        _require(ORDER_ID.match(razorpay_order_id))
        items = await self._ask("fetch_payments", lambda sdk: sdk.order.payments(razorpay_order_id), read_items)
        return _read_all(items, read_payment)

    async def fetch_payment(self, razorpay_payment_id: str) -> ProviderPayment:
        """Fetch one attempt to pay."""
        _require(PAYMENT_ID.match(razorpay_payment_id))
        return await self._ask("fetch_payment", lambda sdk: sdk.payment.fetch(razorpay_payment_id), read_payment)

    async def create_refund(self, razorpay_payment_id: str, amount_minor: int, key: str) -> ProviderRefund:
        """Refund a captured payment, wholly or partly. With the same `key`, the id of our refund, it is done once."""
        _require(PAYMENT_ID.match(razorpay_payment_id))
        data = {"amount": amount_minor, "speed": "normal", "receipt": key, "notes": {"refund_id": key}}
        return await self._ask(
            "create_refund",
            lambda sdk: sdk.payment.refund(razorpay_payment_id, data, headers={"X-Refund-Idempotency": key}),
            read_refund,
        )

    async def fetch_refunds(self, razorpay_payment_id: str) -> list[ProviderRefund]:
        """List the refunds of a payment."""
        _require(PAYMENT_ID.match(razorpay_payment_id))
        query = {"count": MAX_LISTED}
        items = await self._ask(
            "fetch_refunds", lambda sdk: sdk.payment.fetch_multiple_refund(razorpay_payment_id, query), read_items
        )
        return _read_all(items, read_refund)

    def list_payments(self, since: datetime, until: datetime) -> AsyncIterator[list[ProviderPayment]]:
        """List the attempts of the whole account that were made from `since` until before `until`, page by page."""
        return self._pages("list_payments", lambda sdk, query: sdk.payment.all(query), read_payment, since, until)

    def list_refunds(self, since: datetime, until: datetime) -> AsyncIterator[list[ProviderRefund]]:
        """List the refunds of the whole account that were requested from `since` until before `until`, page by page."""
        return self._pages("list_refunds", lambda sdk, query: sdk.refund.all(query), read_refund, since, until)

    async def _pages(
        self, name: str, call: Callable[[Any, dict[str, int]], Any], read: Callable[[object], T],
        since: datetime, until: datetime,
    ) -> AsyncIterator[list[T]]:  # fmt: skip
        period = {"from": int(since.timestamp()), "to": int(until.timestamp()) - 1, "count": MAX_LISTED}
        for skip in count(0, MAX_LISTED):
            query = period | {"skip": skip}
            items = await self._ask(name, partial(_with_query, call, query), read_items)
            yield _read_usable(items, read)
            if len(items) < MAX_LISTED:
                return

    async def close(self) -> None:
        """Make no more calls."""
        if self.calls is not None:
            await self.calls.close()

    async def _ask(
        self, name: str, call: Callable[[Any], Any], read: Callable[[object], T], *, idempotent: bool = True
    ) -> T:
        self._configured()
        assert self.calls is not None  # noqa: S101
        answer = await self.calls.run(name, call, idempotent=idempotent)
        try:
            return read(answer)
        except EntityUnusable:
            raise failures.AnswerUnusable from None

    def _configured(self) -> RazorpayKeys:
        if self._keys is None:
            raise PaymentsNotConfigured
        return self._keys


NO_PROVIDER = Razorpay(None, None)
"""Where no payments are taken."""


def _read_all(items: list[Any], read: Callable[[object], T]) -> list[T]:
    try:
        return [read(item) for item in items]
    except EntityUnusable:
        raise PaymentProvider(failures.NOT_WORKING) from None


def _read_usable(items: list[Any], read: Callable[[object], T]) -> list[T]:
    """Leave out what is not as documented, so that one item does not hide all others."""
    found = list[T]()
    for item in items:
        try:
            found.append(read(item))
        except EntityUnusable as error:
            log.warning("payment_entity_unusable", error=str(error))
    return found


def _with_query(call: Callable[[Any, dict[str, int]], Any], query: dict[str, int], sdk: Any) -> Any:
    return call(sdk, query)


def _require(match: object) -> None:
    """Refuse what would become part of another path."""
    if not match:
        raise PaymentRejected(UNKNOWN_ID)


def _checked(order: ProviderOrder, amount_minor: int, currency: str) -> str:
    """Give the id of an order; of an amount that is not that of the payment nobody may pay."""
    if (order.amount_minor, order.currency) != (amount_minor, currency):
        raise PaymentRejected("The payment provider has an order with another amount for this payment.")
    return order.id
