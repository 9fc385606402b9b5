"""The mutations of payments."""

import strawberry

from errors import InvalidInput, NotFound, RateLimited
from errors.orders import OrderNotPayable
from errors.payment_requests import AlreadyPaid, RefundTooHigh, SignatureMismatch
from errors.payments import PaymentProvider
from inputs.scalars import CurrencyCode, EmailAddress, PhoneNumber
from models.customers import Role
from resolvers import payment_requests
from schema.errors import Payload
from schema.fields import field, mutation
from schema.mutations import mutations
from schema.payments import Payment


@strawberry.type(
    description="The options to open Razorpay Checkout with: `new Razorpay({ key, order_id, amount, currency, "
    "name, description, prefill: { name, email, contact } })`."
)
class RazorpayCheckout:
    """The source is made for the answer."""

    key_id: str = field("The option `key`, for example `rzp_live_ILgsfZCZoFIKMb`.")
    order_id: str = field("The option `order_id`: Razorpay's id of the order, for example `order_EKwxwAgItmmXdp`.")
    amount: int = field("The amount in minor units of the currency, for example 12950 for 129.50 AED.")
    currency: CurrencyCode = field("The currency of the amount.")
    name: str = field("The name of the shop.")
    description: str | None = field("What is paid for. Null if there is nothing to say.")
    prefill_name: str | None = field("The customer's name. Null if it is not known.")
    prefill_email: EmailAddress | None = field("The customer's e-mail address. Null if it is not known.")
    prefill_contact: PhoneNumber | None = field("The customer's phone number. Null if it is not known.")


@strawberry.type(description="The result of a mutation that changes a payment.")
class PaymentPayload(Payload):
    """What these payloads share."""

    payment: Payment | None = field("The payment. Null if the mutation failed.")


@strawberry.type(description="The result of `createPayment`.")
class CreatePaymentPayload(PaymentPayload):
    """With what the front end needs next."""

    checkout: RazorpayCheckout | None = field(
        "The options to open Razorpay Checkout with. Null if the mutation failed. Also null if the mutation is repeated after the payment was completed, or after its order or support session was cancelled."
    )


@mutations
class Mutations:
    """The mutations of payments."""

    create_payment: CreatePaymentPayload = mutation(
        payment_requests.create,
        "Creates a payment for an order, a support session or any amount, and the order at Razorpay that the customer pays. An order or a session has one payment: if it exists already, for example after a failed attempt to pay, the mutation returns it. If Razorpay does not answer, the payment stays PENDING; repeat the mutation to continue. For payments of any amount, send an `idempotencyKey` so that a repeated mutation does not create a second payment.",
        errors=(InvalidInput, NotFound, AlreadyPaid, OrderNotPayable, PaymentProvider, RateLimited),
    )
    verify_payment: PaymentPayload = mutation(
        payment_requests.verify,
        "Confirms a payment that the viewer has made in Razorpay Checkout. The payment becomes COMPLETED if Razorpay has captured the amount. If Razorpay does not answer, the payment becomes AUTHORIZED, and COMPLETED when Razorpay confirms it later: see `paymentUpdated`. Repeating the mutation has no further effect.",
        errors=(InvalidInput, NotFound, SignatureMismatch, PaymentProvider),
    )
    refund_payment: PaymentPayload = mutation(
        payment_requests.refund,
        "Refunds all or part of a payment. All refunds together, including pending ones, never exceed the amount that was captured. If Razorpay does not answer, the refund stays PENDING; repeat the mutation with the same `idempotencyKey` to continue. To "
        "refund the same `amount` again, an `idempotencyKey` is required. If flagged money of the payment was refunded before, give `flag` or an `idempotencyKey`. Recorded in the audit log.",
        access=Role.ADMIN,
        errors=(InvalidInput, NotFound, RefundTooHigh, PaymentProvider),
    )
