"""Attempts of a request to name tickets by reference and phone number, as `guest_limits` judges them."""

from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from auth.viewer import Viewer
from context import Context, Info
from database.engine import Database
from database.reads import Reads
from loaders.batches import BatchLoader
from loaders.guest_tickets import guest_key
from resolvers import attempts
from resolvers.guest_limits import PROVEN, Attempt, Limits, add, judge


async def is_right(info: Info, reference: str, phone_number: str, ticket_id: UUID | None = None) -> bool:
    """Say whether they name a ticket, and this one if an id is given; raises RateLimited. All of a request are judged together."""
    context, settings = info.context, info.context.resources.settings
    network = attempts.network(context.address)
    attempt = Attempt(
        field=".".join(map(str, info.path.as_list())),
        words=guest_key(reference, phone_number),
        ticket_id=ticket_id,
        pair=attempts.key(context, "wrongOfReferenceAndAddress", f"{network} {reference}"),
        address=attempts.key(context, "wrongOfAddress", network),
        reference=attempts.key(context, "wrongOfReference", reference),
        proof=_proof(context, reference, phone_number),
    )
    limits = Limits(
        settings.rate_limits.ticket_tries_per_10_minutes,
        settings.rate_limits.ticket_tries_per_10_minutes_and_address,
        settings.rate_limits.ticket_tries_per_day_and_reference,
    )
    found: bool = await context.loader(AttemptLoader, context.resources.database, limits).load(attempt)
    return found


async def remember_sender(context: Context, tx: AsyncSession, reference: str, phone_number: str) -> None:
    """Remember from which address a ticket was sent: what others get wrong does not keep its sender from it."""
    await add(tx, [(_proof(context, reference, phone_number), 1, PROVEN)])


def _proof(context: Context, reference: str, phone_number: str) -> str:
    words = f"{attempts.network(context.address)} {guest_key(reference, phone_number)}"
    return attempts.key(context, "namedTicket", words)


class AttemptLoader(BatchLoader[Attempt, Any]):
    """Judges all attempts of a request in one transaction: True, False, or an `errors.RateLimited`, which `load` raises.

    A batch is a task of its own, so it counts also where the request is given up in the meantime.
    """

    def __init__(self, reads: Reads, viewer: Viewer, database: Database, limits: Limits) -> None:
        super().__init__(reads, viewer)
        self._database = database
        self._limits = limits

    async def batch_load_fn(self, keys: list[Attempt]) -> list[Any]:
        """Judge, in the order of the fields."""
        async with self._database.transaction() as session:
            return await judge(session, keys, self._limits)
