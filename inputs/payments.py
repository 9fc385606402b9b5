"""Inputs, arguments and enums of payments, and the enums of orders."""

from typing import Annotated

import strawberry
from strawberry import ID, argument

from inputs.arguments import input_field
from inputs.enums import described
from inputs.money import MoneyInput
from models.orders import OrderStatus
from models.payments import PaymentFlag, PaymentStatus, RefundStatus

MAX_DESCRIPTION = 200
described(
    PaymentStatus,
    "The status of a payment.",
    PENDING="The customer has not paid yet.",
    AUTHORIZED="The customer's bank has authorized the amount, and it is about to be captured. It is not paid yet.",
    COMPLETED="The amount is paid.",
    FAILED="The latest attempt to pay has failed. The customer can try again, and banks authorize some payments days later: "
    "the payment can still become AUTHORIZED or COMPLETED.",
    PARTIALLY_REFUNDED="A part of the amount was refunded.",
    REFUNDED="The whole amount was refunded. This status is final.",
)
described(
    PaymentFlag,
    "Why an admin has to review an amount that was paid, and usually refund it. The flag is removed when that amount has been refunded.",
    SECOND_CAPTURE="The customer has paid twice: the second amount is not part of the payment.",
    AMOUNT_DIFFERS="Another amount than that of the payment was paid. The payment is not completed by it.",
    CURRENCY_DIFFERS="The amount was paid in another currency than that of the payment. The payment is not completed by it.",
    UNKNOWN_ORDER="The amount was paid for an order at Razorpay that the shop does not know. The payment has no customer.",
    ORDER_CANCELLED="The amount was paid after the order was cancelled.",
    SESSION_CANCELLED="The amount was paid after the support session was cancelled.",
    ACCOUNT_DELETED="The amount, which is for no order and no support session, was paid after the customer's account was deleted.",
)
described(
    RefundStatus,
    "The status of a refund.",
    PENDING="The refund was requested and is not done yet.",
    FAILED="The refund has failed: nothing was given back.",
    PROCESSED="The amount was given back.",
)
described(
    OrderStatus,
    "The status of an order. It follows that of its payment.",
    PENDING="The order is not paid yet.",
    PAID="The order is paid.",
    CANCELLED="The order was cancelled before it was paid.",
    REFUNDED="The whole payment of the order was refunded.",
)

Statuses = Annotated[
    list[PaymentStatus] | None, argument(description="Return only payments that have one of these statuses.")
]
Flagged = Annotated[
    bool | None, argument(description="Return only payments with a flag if true, only those without one if false.")
]
PaymentId = Annotated[ID, argument(description="The id of the payment.")]


@strawberry.input(
    description="The input of `createPayment`. Give exactly one of `orderId`, `sessionId`, and `amount` with `description`."
)
class CreatePaymentInput:
    """What is paid for."""

    order_id: ID | None = input_field("The id of an order of the viewer, to pay its total.", default=None)
    session_id: ID | None = input_field(
        "The id of a support session on a ticket of the viewer, to pay the price of its tier.", default=None
    )
    amount: MoneyInput | None = input_field("Any other amount to pay.", default=None)
    description: str | None = input_field(
        f"What `amount` is paid for, at most {MAX_DESCRIPTION} characters. The customer sees it in Razorpay Checkout and on "
        "the receipt.",
        default=None,
    )


@strawberry.input(description="The input of `verifyPayment`: what Razorpay Checkout gives to its `handler`.")
class VerifyPaymentInput:
    """Two ids and their signature."""

    razorpay_order_id: str = input_field("`razorpay_order_id`, for example `order_EKwxwAgItmmXdp`.")
    razorpay_payment_id: str = input_field("`razorpay_payment_id`, for example `pay_29QQoUBi66xm2f`.")
    razorpay_signature: str = input_field("`razorpay_signature`: 64 hexadecimal digits.")


@strawberry.input(description="The input of `refundPayment`.")
class RefundPaymentInput:
    """A payment and how much of it."""

    payment_id: ID = input_field("The id of the payment.")
    amount: MoneyInput | None = input_field(
        "How much to refund, in the currency in which it was paid. If left out, everything that can still be "
        "refunded. To refund the same amount of a payment again, an `idempotencyKey` is required.",
        default=None,
    )
    flag: PaymentFlag | None = input_field(
        "Refund the money with this flag, and nothing else. Always send it to refund flagged money: if another admin has "
        "already refunded that money, the mutation fails with RefundTooHighError instead of refunding the payment itself. If "
        "left out, the flagged money is refunded, the earliest first; if the payment has no flag, the money that completed it.",
        default=None,
    )
