"""Events, published in the transaction that made them: subscribers receive them once it commits."""

import json
from dataclasses import asdict

import structlog
from sqlalchemy import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from events.tickets import TicketChanged

CHANNEL = "clientele"
"""What server processes LISTEN on. A payload names rows and never holds what is in them: at most 8,000 bytes."""

log = structlog.get_logger("clientele")


Event = TicketChanged
KINDS = {kind.__name__: kind for kind in (TicketChanged,)}


async def publish(tx: AsyncSession, *events: Event) -> None:
    """Tell the other server processes, and this one, once the transaction commits."""
    for event in events:
        payload = json.dumps({"event": type(event).__name__, **asdict(event)}, default=str)
        await tx.exec(select(func.pg_notify(CHANNEL, payload)))  # type: ignore[call-overload]


def parse(payload: str) -> Event | None:
    """Read what `record` wrote; None for what another version of this server, or somebody else, has said."""
    try:
        members = json.loads(payload)
        return KINDS[members.pop("event")].of(**members)
    except (ValueError, TypeError, KeyError, AttributeError):
        log.warning("fact_not_understood")
        return None
