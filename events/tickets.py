"""Events about tickets."""

from dataclasses import dataclass
from typing import ClassVar, Self
from uuid import UUID

from events.carriers import NOTIFY, Carrier
from models.tickets import TicketStatus


@dataclass(frozen=True, slots=True)
class TicketChanged:
    """A ticket was submitted, linked or moved to another status, or its session began or ended."""

    carrier: ClassVar[Carrier] = NOTIFY
    """Tickets change rarely, and solvers should see it at once."""
    topic: ClassVar[str] = "ticket_id"
    """The member of the payload that subscribers to one ticket name."""

    ticket_id: UUID
    was: TicketStatus | None
    """The previous status; None for a new ticket."""
    status: TicketStatus

    @property
    def about(self) -> UUID:
        """The topic for subscribers to one ticket."""
        return self.ticket_id

    def payload(self) -> dict[str, str | None]:
        """The members that are recorded."""
        return {"ticket_id": str(self.ticket_id), "was": self.was, "status": self.status}

    @classmethod
    def of(cls, ticket_id: str, was: str | None, status: str) -> Self:
        """Convert recorded members."""
        return cls(UUID(ticket_id), TicketStatus(was) if was else None, TicketStatus(status))
