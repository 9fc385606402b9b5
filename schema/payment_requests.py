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
    description="What Razorpay Checkout needs, by the names of its options: `new Razorpay({ key, order_id, amount, currency, "
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
        "What to open Razorpay Checkout with. Null if the mutation failed, and if the payment need not be paid any more, "
        "which only a request that is sent again can find."
    )


@mutations
class Mutations:
    """The mutations of payments."""

    create_payment: CreatePaymentPayload = mutation(
        payment_requests.create,
        "Begins a payment for an order, for a support session, or of any amount, and has Razorpay make an order for it. There is "
        "one payment for an order or a session: the mutation goes on with it, also after an attempt to pay has failed. If "
        "Razorpay does not answer, the payment stays PENDING, and the same request once more goes on where this one stopped. "
        "To begin payments of any amount safely, send an `idempotencyKey`.",
        errors=(InvalidInput, NotFound, AlreadyPaid, OrderNotPayable, PaymentProvider, RateLimited),
    )
    verify_payment: PaymentPayload = mutation(
        payment_requests.verify,
        "Tells the server that the viewer has paid in Razorpay Checkout. The payment is COMPLETED if Razorpay says that the "
        "amount is captured. If Razorpay does not answer, it is AUTHORIZED, and completed as soon as Razorpay says so: see "
        "`paymentUpdated`. The same once more has no effect.",
        errors=(InvalidInput, NotFound, SignatureMismatch, PaymentProvider),
    )
    refund_payment: PaymentPayload = mutation(
        payment_requests.refund,
        "Refunds a payment, wholly or partly. Refunds are never more than what was captured, those included that "
        "Razorpay has not processed yet. If Razorpay does not answer, the refund stays PENDING, and the same request once "
        "more goes on with it. Recorded in the audit log.",
        access=Role.ADMIN,
        errors=(InvalidInput, NotFound, RefundTooHigh, PaymentProvider),
    )
