"""Publishing events: in the transaction of the change, so that subscribers receive them when it commits."""

import json
from dataclasses import asdict

import structlog
from sqlalchemy import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from events.tickets import TicketChanged

CHANNEL = "clientele"
"""The channel of NOTIFY. A payload holds ids of rows, not their contents; PostgreSQL allows less than 8,000 bytes."""

log = structlog.get_logger("clientele")

Event = TicketChanged
EVENT_TYPES = {event_type.__name__: event_type for event_type in (TicketChanged,)}


async def publish(tx: AsyncSession, *events: Event) -> None:
    """Notify all server processes, including this one, when the transaction commits."""
    for event in events:
        payload = json.dumps({"event": type(event).__name__, **asdict(event)}, default=str)
        await tx.exec(select(func.pg_notify(CHANNEL, payload)))  # type: ignore[call-overload]


def parse(payload: str) -> Event | None:
    """The event of a payload; None for a payload from another version of the server or from another program."""
    try:
        members = json.loads(payload)
        return EVENT_TYPES[members.pop("event")].of(**members)
    except (ValueError, TypeError, KeyError, AttributeError):
        log.warning("event_not_understood")
        return None
