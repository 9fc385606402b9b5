"""Events about payments."""

from dataclasses import dataclass
from typing import ClassVar, Self
from uuid import UUID

from events.carriers import Carrier, Poll
from models.payments import PaymentStatus


@dataclass(frozen=True, slots=True)
class PaymentChanged:
    """A payment came to another status, or was flagged, has failed again, or a refund of it was begun or changed."""

    carrier: ClassVar[Carrier] = Poll(0.2)
    """Hundreds of payments can change in a second, and transactions that notify commit one after the other."""
    topic: ClassVar[str] = "payment_id"
    """The member of the payload that subscribers to one payment name."""

    payment_id: UUID
    was: PaymentStatus
    """The previous status, which may be the same."""
    status: PaymentStatus

    @property
    def about(self) -> UUID:
        """The topic for subscribers to one payment."""
        return self.payment_id

    def payload(self) -> dict[str, str | None]:
        """The members that are recorded."""
        return {"payment_id": str(self.payment_id), "was": self.was, "status": self.status}

    @classmethod
    def of(cls, payment_id: str, was: str, status: str) -> Self:
        """Convert recorded members."""
        return cls(UUID(payment_id), PaymentStatus(was), PaymentStatus(status))
