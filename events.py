"""Facts for others, recorded in the transaction that made them: whoever listens hears of them when it commits."""

import json
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.tickets import TicketStatus

CHANNEL = "clientele"
"""What server processes LISTEN on. A payload names rows and never holds what is in them: at most 8,000 bytes."""


@dataclass(frozen=True, slots=True)
class TicketChanged:
    """A ticket was submitted, moved, linked, or got or lost a session; `was` is None for a new one."""

    ticket_id: UUID
    was: TicketStatus | None
    status: TicketStatus


Fact = TicketChanged


async def record(session: AsyncSession, *facts: Fact) -> None:
    """Tell the other server processes, and this one, once the transaction commits."""
    for fact in facts:
        payload = json.dumps({"fact": type(fact).__name__, **asdict(fact)}, default=str)
        await session.exec(select(func.pg_notify(CHANNEL, payload)))  # type: ignore[call-overload]
