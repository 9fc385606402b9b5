"""Facts for others, recorded in the transaction that made them: whoever listens hears of them when it commits."""

import json
from dataclasses import asdict, dataclass
from uuid import UUID

import structlog
from sqlalchemy import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.tickets import TicketStatus

CHANNEL = "clientele"
"""What server processes LISTEN on. A payload names rows and never holds what is in them: at most 8,000 bytes."""

log = structlog.get_logger("clientele")


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


Fact = TicketChanged
KINDS = {kind.__name__: kind for kind in (TicketChanged,)}


async def record(session: AsyncSession, *facts: Fact) -> None:
    """Tell the other server processes, and this one, once the transaction commits."""
    for fact in facts:
        payload = json.dumps({"fact": type(fact).__name__, **asdict(fact)}, default=str)
        await session.exec(select(func.pg_notify(CHANNEL, payload)))  # type: ignore[call-overload]


def read(payload: str) -> Fact | None:
    """Read what `record` wrote; None for what another version of this server, or somebody else, has said."""
    try:
        members = json.loads(payload)
        return KINDS[members.pop("fact")].of(**members)
    except (ValueError, TypeError, KeyError, AttributeError):
        log.warning("fact_not_understood")
        return None
