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
    """A listing cannot be ordered now, cannot be ordered in this quantity, or cannot be ordered together with the other lines. `field` says which line."""

    code = Code.CONFLICT
    reason: Annotated[ListingUnavailableReason, "Why it cannot be ordered.", GraphType("ListingUnavailableReason")]
    available: Annotated[int | None, "How many can be ordered. Null unless `reason` is NOT_ENOUGH_IN_STOCK."]

    def __init__(
        self, reason: ListingUnavailableReason, message: str, *field: str, available: int | None = None
    ) -> None:
        super().__init__(message, *field)
        self.reason = reason
        self.available = available


class OrderNotPayable(UserErrorException):
    """The order cannot be paid, because it was cancelled."""

    code = Code.CONFLICT
    status: Annotated[str, "The current status of the order.", GraphType("OrderStatus")]

    def __init__(self, status: str) -> None:
        super().__init__(f"This order is {status} and cannot be paid. Only PENDING orders can be paid.", "orderId")
        self.status = status
