"""Payments live: of whatever is received, the row and the right to see it are read anew."""

import errors
from context import Info
from events.payments import PaymentChanged
from events.queues import EventSource
from events.rows import EventRows
from inputs.payments import PaymentId
from loaders.payments import PaymentById
from resolvers import nodes


async def updated(info: Info, payment_id: PaymentId) -> EventSource:
    """Follow a payment for as long as it is there for this viewer."""
    loader, key = nodes.of_type(info.context, "Payment", payment_id)
    if key is None or await loader.load(key) is None:
        raise errors.NotFound("payment", payment_id)
    rows = EventRows(PaymentById, lambda _: key, ends=True)
    return EventSource(await info.context.resources.listener.subscribe(PaymentChanged, key), rows.find, rows)
