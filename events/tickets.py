"""Events about tickets."""

from dataclasses import dataclass
from uuid import UUID

from models.tickets import TicketStatus


@dataclass(frozen=True, slots=True)
class TicketChanged:
    """A ticket was submitted, linked or moved to another status, or its session began or ended."""

    ticket_id: UUID
    was: TicketStatus | None
    """The previous status; None for a new ticket."""
    status: TicketStatus

    @property
    def about(self) -> UUID:
        """The topic for subscribers to one ticket."""
        return self.ticket_id

    @classmethod
    def of(cls, ticket_id: str, was: str | None, status: str) -> "TicketChanged":
        """Convert the members of a payload."""
        return cls(UUID(ticket_id), TicketStatus(was) if was else None, TicketStatus(status))
