"""What happens to tickets."""

from dataclasses import dataclass
from uuid import UUID

from models.tickets import TicketStatus


@dataclass(frozen=True, slots=True)
class TicketChanged:
    """A ticket was submitted, moved, linked, or got or lost a session; `was` is None for a new one."""

    ticket_id: UUID
    was: TicketStatus | None
    status: TicketStatus

    @property
    def about(self) -> UUID:
        """What somebody who waits for this one thing names."""
        return self.ticket_id

    @classmethod
    def of(cls, ticket_id: str, was: str | None, status: str) -> "TicketChanged":
        """Read what `asdict` wrote."""
        return cls(UUID(ticket_id), TicketStatus(was) if was else None, TicketStatus(status))
