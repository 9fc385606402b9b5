"""What can go wrong with payments."""

from enum import StrEnum
from typing import Annotated

from errors import Code, GraphType, UserErrorException


class PaymentProviderErrorReason(StrEnum):
    """Why the payment provider did not do what was asked."""

    TIMEOUT = "TIMEOUT"
    UNAVAILABLE = "UNAVAILABLE"
    REJECTED = "REJECTED"


class PaymentProvider(UserErrorException):
    """The payment provider could not be reached, did not answer, or refused the request. Unless `reason` is REJECTED, repeat the mutation with the same `idempotencyKey` to continue. Nothing is charged or refunded twice."""

    code = Code.UNAVAILABLE
    reason: Annotated[PaymentProviderErrorReason, "What went wrong.", GraphType("PaymentProviderErrorReason")]
    status: int | None = None
    """The HTTP status of the provider's answer, if there was one."""
    maybe_done: bool = False
    """Whether the provider may have done what was asked, and only its answer is missing."""

    def __init__(
        self, message: str, reason: PaymentProviderErrorReason = PaymentProviderErrorReason.UNAVAILABLE,
        *, status: int | None = None, maybe_done: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.reason = reason
        self.status = status
        self.maybe_done = maybe_done

    @property
    def retryable(self) -> bool:
        return self.reason is not PaymentProviderErrorReason.REJECTED


class PaymentRejected(PaymentProvider):
    """The payment provider has refused what was asked; asking again is of no use."""

    code = Code.BAD_USER_INPUT

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message, PaymentProviderErrorReason.REJECTED, status=status)


class PaymentsNotConfigured(PaymentProvider):
    """The server has no account at a payment provider."""

    def __init__(self) -> None:
        super().__init__("Payments are not available in this shop at the moment.")

    @property
    def retryable(self) -> bool:
        return False
