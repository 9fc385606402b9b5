"""What can go wrong when customers begin and verify payments, and admins refund them."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from errors import Code, GraphType, UserErrorException


class AlreadyPaid(UserErrorException):
    """The order or the support session was paid already, or its payment is about to be completed. Nothing is charged again."""

    code = Code.CONFLICT
    payment_id: Annotated[
        UUID | None,
        "The payment that has paid it. Null if the viewer cannot see it.",
        GraphType("Payment", name="payment"),
    ]

    def __init__(self, payment_id: UUID, status: str, *field: str) -> None:
        super().__init__(f"There is a payment for this already; its status is {status}.", *field)
        self.payment_id = payment_id


class SignatureMismatch(UserErrorException):
    """The signature is not Razorpay's for this order and this payment. Nothing was changed."""

    def __init__(self) -> None:
        message = "This does not confirm a payment: send the three values as Razorpay Checkout has given them."
        super().__init__(message, "razorpaySignature")


class RefundTooHigh(UserErrorException):
    """There is not so much left to refund: it was never captured, was refunded already, or is being refunded."""

    code = Code.CONFLICT
    refundable: Annotated[Decimal, "How much can be refunded now. Zero if nothing can."]
    currency_code: Annotated[str, "The currency of `refundable`.", GraphType("CurrencyCode")]

    def __init__(self, refundable: Decimal, currency: str, *field: str) -> None:
        said = f"At most {refundable:f} {currency} of this can be refunded" if refundable else "Nothing can be refunded"
        super().__init__(f"{said} now. Refunds that are under way count.", *field)
        self.refundable = refundable
        self.currency_code = currency
