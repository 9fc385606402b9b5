"""What can go wrong with orders."""

from enum import StrEnum
from typing import Annotated

from errors import Code, GraphType, UserErrorException


class ListingUnavailableReason(StrEnum):
    """Why a listing cannot be ordered."""

    ENDED = "ENDED"
    NO_PRICE = "NO_PRICE"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    NOT_ENOUGH_IN_STOCK = "NOT_ENOUGH_IN_STOCK"
    OTHER_CURRENCY = "OTHER_CURRENCY"


class ListingUnavailable(UserErrorException):
    """A line of the order is for a listing that cannot be ordered now, or not so many times, or not together with the other lines. `field` says which line."""

    code = Code.CONFLICT
    reason: Annotated[ListingUnavailableReason, "Why it cannot be ordered.", GraphType("ListingUnavailableReason")]
    available: Annotated[int | None, "How many can be ordered, if `reason` is NOT_ENOUGH_IN_STOCK. Null otherwise."]

    def __init__(
        self, reason: ListingUnavailableReason, message: str, *field: str, available: int | None = None
    ) -> None:
        super().__init__(message, *field)
        self.reason = reason
        self.available = available


class OrderNotPayable(UserErrorException):
    """The order does not wait for a payment: it was cancelled."""

    code = Code.CONFLICT
    status: Annotated[str, "The present status of the order.", GraphType("OrderStatus")]

    def __init__(self, status: str) -> None:
        super().__init__(f"This order is {status} and cannot be paid. Only an order that is PENDING can.", "orderId")
        self.status = status
