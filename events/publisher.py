"""Publishing events: in the transaction of the change, so that subscribers receive them when it commits."""

import json
from functools import cache

import structlog
from sqlalchemy import ARRAY, Text, bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import JSONB

from database.compiled import Compiled
from database.transactions import Transaction
from events.payments import PaymentChanged
from events.tickets import TicketChanged
from models.events import RecordedEvent

log = structlog.get_logger("clientele")

Event = PaymentChanged | TicketChanged
EVENT_TYPES: dict[str, type[Event]] = {
    event_type.__name__: event_type for event_type in (PaymentChanged, TicketChanged)
}


async def publish(tx: Transaction, *events: Event) -> None:
    """Record events for all server processes, including this one, and wake them when the transaction commits."""
    if not events:
        return
    kinds = [type(event).__name__ for event in events]
    await tx.exec(_statement(frozenset(kinds)), {"kinds": kinds, "payloads": [event.payload() for event in events]})


@cache
def _statement(kinds: frozenset[str]) -> Compiled:
    """Build the statement that records events of these kinds in their order, and wakes those who listen to them."""
    given = func.unnest(bindparam("kinds", type_=ARRAY(Text)), bindparam("payloads", type_=ARRAY(JSONB)))
    rows = given.table_valued("kind", "payload", with_ordinality="place").render_derived()
    in_order = select(rows.c.kind, rows.c.payload).order_by(rows.c.place)
    new = insert(RecordedEvent).from_select(["kind", "payload"], in_order, include_defaults=False)
    wakes = [event_type.carrier.wake(name) for name, event_type in EVENT_TYPES.items() if name in kinds]
    needed = [wake for wake in wakes if wake is not None]
    return Compiled(select(*needed).add_cte(new.cte("new")) if needed else new)


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
