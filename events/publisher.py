"""Publishing events: in the transaction of the change, so that subscribers receive them when it commits."""

import json
from typing import Any

import structlog
from sqlalchemy import insert, select

from database.transactions import Transaction
from events.tickets import TicketChanged
from models.columns import columns
from models.events import RecordedEvent

log = structlog.get_logger("clientele")

Event = TicketChanged
EVENT_TYPES = {event_type.__name__: event_type for event_type in (TicketChanged,)}

recorded = columns(RecordedEvent)


async def publish(tx: Transaction, *events: Event) -> None:
    """Record events for all server processes, including this one, and wake them when the transaction commits."""
    if not events:
        return
    rows = [{"kind": type(event).__name__, "payload": event.payload()} for event in events]
    new = insert(RecordedEvent).values(rows).returning(recorded.id)
    wakes = [event_type.carrier.wake(event_type.__name__) for event_type in {type(event) for event in events}]
    needed = [wake for wake in wakes if wake is not None]
    statement: Any = select(*needed).add_cte(new.cte("new")) if needed else new
    await tx.exec(statement)


def parse(kind: str, payload: str) -> Event | None:
    """The event of a row; None for one that another version of the server has written."""
    try:
        return EVENT_TYPES[kind].of(**json.loads(payload))
    except (ValueError, TypeError, KeyError, AttributeError):
        log.warning("event_not_understood")
        return None


def parse_unrecorded(payload: str) -> Event | None:
    """The event that a server of the release before has sent by NOTIFY alone. The next release needs this no more."""
    try:
        members = json.loads(payload)
        return parse(members.pop("event"), json.dumps(members))
    except (ValueError, KeyError):
        return parse("", payload)
