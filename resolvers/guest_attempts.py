"""The attempts of a request to find tickets by reference and phone number, limited by `actions.guest_limits`."""

from typing import Any
from uuid import UUID

from actions import rate_limits
from actions.guest_limits import PROVEN, Attempt, Limits, add, judge
from auth.viewer import Viewer
from context import Context, Info
from database.engine import Database
from database.reads import Reads
from database.transactions import Transaction
from loaders.batches import BatchLoader
from loaders.guest_tickets import guest_key


async def is_right(info: Info, reference: str, phone_number: str, ticket_id: UUID | None = None) -> bool:
    """Whether reference and phone number belong to a ticket, and to this one if an id is given; raises RateLimited.

    All attempts of a request are judged together.
    """
    context, settings = info.context, info.context.resources.settings
    network = rate_limits.network(context.address)
    attempt = Attempt(
        field=".".join(map(str, info.path.as_list())),
        words=guest_key(reference, phone_number),
        ticket_id=ticket_id,
        pair=rate_limits.counter_key(context.resources.secrets, "wrongOfReferenceAndAddress", f"{network} {reference}"),
        address=rate_limits.counter_key(context.resources.secrets, "wrongOfAddress", network),
        reference=rate_limits.counter_key(context.resources.secrets, "wrongOfReference", reference),
        proof=_proof(context, reference, phone_number),
    )
    limits = Limits(
        settings.rate_limits.ticket_tries_per_10_minutes,
        settings.rate_limits.ticket_tries_per_10_minutes_and_address,
        settings.rate_limits.ticket_tries_per_day_and_reference,
    )
    found: bool = await context.loader(AttemptLoader, context.resources.database, limits).load(attempt)
    return found


async def remember_sender(context: Context, tx: Transaction, reference: str, phone_number: str) -> None:
    """Remember from which address a ticket was submitted: wrong attempts of others do not keep its sender from it."""
    await add(tx, [(_proof(context, reference, phone_number), 1, PROVEN)])


def _proof(context: Context, reference: str, phone_number: str) -> str:
    words = f"{rate_limits.network(context.address)} {guest_key(reference, phone_number)}"
    return rate_limits.counter_key(context.resources.secrets, "namedTicket", words)


class AttemptLoader(BatchLoader[Attempt, Any]):
    """Judges all attempts of a request in one transaction: True, False, or an `errors.RateLimited`, which `load` raises.

    A batch is a task of its own, so it counts also where the request is given up in the meantime.
    """

    def __init__(self, reads: Reads, viewer: Viewer, database: Database, limits: Limits) -> None:
        super().__init__(reads, viewer)
        self._database = database
        self._limits = limits

    async def batch_load_fn(self, keys: list[Attempt]) -> list[Any]:
        """Judge attempts in the order of their fields."""
        await self.reads.detach()
        async with self._database.transaction() as tx:
            return await judge(tx, keys, self._limits)
