"""What can go wrong when customers begin and verify payments, and admins refund them."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from errors import Code, GraphType, UserErrorException


class AlreadyPaid(UserErrorException):
    """The order or the support session is already paid, or its payment is about to be completed. The customer is not charged again."""

    code = Code.CONFLICT
    payment_id: Annotated[
        UUID | None,
        "The payment of the order or the support session. Null if the viewer cannot see it.",
        GraphType("Payment", name="payment"),
    ]

    def __init__(self, payment_id: UUID, status: str, *field: str) -> None:
        super().__init__(f"This already has a payment with the status {status}.", *field)
        self.payment_id = payment_id


class SignatureMismatch(UserErrorException):
    """The signature does not belong to these ids of Razorpay. Nothing was changed."""

    def __init__(self) -> None:
        message = (
            "The signature does not match the ids. Send all three values exactly as Razorpay Checkout returned them."
        )
        super().__init__(message, "razorpaySignature")


class RefundTooHigh(UserErrorException):
    """The amount is higher than what can still be refunded. Refunds that are pending are already subtracted."""

    code = Code.CONFLICT
    refundable: Annotated[Decimal, "How much can be refunded now. Zero if nothing can be refunded."]
    currency_code: Annotated[str, "The currency of `refundable`.", GraphType("CurrencyCode")]

    def __init__(self, refundable: Decimal, currency: str, *field: str, message: str | None = None) -> None:
        said = f"At most {refundable:f} {currency} can be refunded" if refundable else "Nothing can be refunded"
        super().__init__(message or f"{said} now. Pending refunds are already subtracted.", *field)
        self.refundable = refundable
        self.currency_code = currency
