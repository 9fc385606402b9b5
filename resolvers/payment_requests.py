"""Beginning, verifying and refunding payments. While Razorpay is asked, no transaction is open and no connection is held."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

import errors
from actions import payment_requests, payment_verification, rate_limits, refund_requests
from actions.idempotency import run_once
from auth.refusals import Reason, refuse
from context import Context, Info
from errors.collection import collect
from errors.payment_requests import SignatureMismatch
from inputs.ids import parse_id
from inputs.money import read_payable
from inputs.payments import (
    MAX_DESCRIPTION,
    CreatePaymentInput,
    RefundPaymentInput,
    VerifyPaymentInput,
)
from loaders.customers import CustomerById
from loaders.orders import OrderById
from loaders.payments import PaymentById
from models import rules
from models.payment_transitions import PAYABLE

MAX_RAZORPAY_CHARS = 200
UNDESCRIBED = "Say what the amount is paid for."
SESSION = "Support session"


async def create(info: Info, input: CreatePaymentInput) -> dict[str, Any]:
    """Begin a payment, or go on with one; gives what Razorpay Checkout needs while it can be paid."""
    context = info.context
    me = context.require_signed_in()
    razorpay, database = context.resources.razorpay, context.resources.database
    key_id = razorpay.key_id  # refuses before anything is written where there is no account
    begin, arguments = _subject(context, input)
    limits = _limits(context, "paymentsOfCustomer", me)
    async with context.transaction() as tx:
        made = await run_once(tx, me, context.keyed_request, begin, me, *arguments)
        payable = await payment_requests.is_payable(tx, made)
        lease = await payment_requests.take_lease(tx, made, limits) if payable else None
    if lease is not None:
        await payment_requests.ensure_order(database, razorpay, made, lease)
    row = await _load_own(context, made)
    return {"payment": row, "checkout": await _checkout(context, key_id, row) if payable else None}


def _limits(context: Context, action: str, customer_id: UUID) -> dict[str, int]:
    counter = rate_limits.counter_key(context.resources.secrets, action, str(customer_id))
    return {counter: context.resources.settings.rate_limits.payments_per_minute}


def _subject(context: Context, input: CreatePaymentInput) -> tuple[Callable[..., Awaitable[UUID]], tuple[Any, ...]]:
    """Say what is paid for: the action that begins the payment, and what it needs beside the customer."""
    settings = context.resources.settings
    given = [name for name in ("amount", "order_id", "session_id") if getattr(input, name) is not None]
    with collect() as check:
        money = check(read_payable, input.amount, "amount")
        empty = rules.CLEARABLE if input.amount is None else UNDESCRIBED
        description = check(rules.single_line, input.description, "description", most=MAX_DESCRIPTION, empty=empty)
        if len(given) != 1:
            check.add(errors.InvalidInput("Give exactly one of `orderId`, `sessionId` and `amount`."))
        elif input.amount is None and input.description is not None:
            message = "Leave the description out: an order or a support session says what is paid for."
            check.add(errors.InvalidInput(message, "description"))
        elif input.amount is not None and input.description is None:
            check.add(errors.InvalidInput(UNDESCRIBED, "description"))
    if input.order_id is not None:
        return payment_requests.begin_for_order, (parse_id("Order", "order", input.order_id, "orderId"),)
    if input.session_id is not None:
        key = parse_id("SupportSession", "session", input.session_id, "sessionId")
        return payment_requests.begin_for_session, (
            key,
            settings.razorpay.session_prices,
            settings.shop.default_currency,
        )
    return payment_requests.begin, (money, description)


async def _load_own(context: Context, payment_id: UUID) -> Any:
    """Load a payment of the viewer, who may have deleted their account while Razorpay was asked."""
    row = await context.loader(PaymentById).load_one(payment_id)
    if row is None:
        refuse(Reason.ACCOUNT_DELETED)
    return row


async def _checkout(context: Context, key_id: str, row: Any) -> dict[str, Any] | None:
    if row["status"] not in PAYABLE:
        return None
    viewer = await context.loader(CustomerById).load_one(context.require_signed_in())
    known: Any = viewer or {}
    return {
        "key_id": key_id,
        "order_id": row["razorpay_order_id"],
        "amount": row["amount_minor"],
        "currency": row["currency"],
        "name": context.resources.settings.shop.name,
        "description": await _description(context, row),
        "prefill_name": known.get("name"),
        "prefill_email": known.get("email"),
        "prefill_contact": known.get("phone_number"),
    }


async def _description(context: Context, row: Any) -> str | None:
    if row["order_id"] is not None:
        order = await context.loader(OrderById).load_one(row["order_id"])
        return None if order is None else f"Order {order['number']}"
    return SESSION if row["session_id"] is not None else row["description"]


async def verify(info: Info, input: VerifyPaymentInput) -> dict[str, Any]:
    """Record that Razorpay has confirmed an attempt to pay, and what Razorpay says of it if it can be asked."""
    context = info.context
    me = context.require_signed_in()
    razorpay, database = context.resources.razorpay, context.resources.database
    order_id, payment_id, signature = input.razorpay_order_id, input.razorpay_payment_id, input.razorpay_signature
    with collect() as check:
        check(_check_length, order_id, "razorpayOrderId")
        check(_check_length, payment_id, "razorpayPaymentId")
    if not razorpay.verify_signature(order_id, payment_id, signature):
        raise SignatureMismatch
    made = await context.run(payment_requests.find_own, me, order_id)
    limits = _limits(context, "verificationsOfCustomer", me)
    await payment_verification.settle_signed(database, razorpay, order_id, payment_id, limits)
    return {"payment": await _load_own(context, made)}


def _check_length(text: str, field: str) -> None:
    if len(text) > MAX_RAZORPAY_CHARS:
        raise errors.InvalidInput("This is not an id of Razorpay: it is too long.", field)


async def refund(info: Info, input: RefundPaymentInput) -> dict[str, Any]:
    """Refund a payment, wholly or partly."""
    context = info.context
    admin = context.require_signed_in()
    razorpay, database = context.resources.razorpay, context.resources.database
    _ = razorpay.key_id  # refuses before anything is written where there is no account
    with collect() as check:
        key = check(partial(parse_id, "Payment", "payment"), input.payment_id, "paymentId")
        amount = check(read_payable, input.amount, "amount")
    async with context.transaction() as tx:
        begin, request = refund_requests.begin, context.keyed_request
        is_keyed = request is not None
        made = await run_once(tx, admin, request, begin, admin, key, amount, input.flag, is_keyed=is_keyed)
        lease = await refund_requests.take_lease(tx, made)
    await refund_requests.ensure_refund(database, razorpay, made, lease)
    row = await context.loader(PaymentById).load_one(key)
    if row is None:  # the role was lost in the meantime
        raise errors.NotFound("payment", input.payment_id, "paymentId")
    return {"payment": row}
