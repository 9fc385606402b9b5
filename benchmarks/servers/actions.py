"""The hand-written route once more, but its mutations are the graph's own actions, in the graph's transactions.

What lies between it and the graph is the price of GraphQL; between it and the first one, that of actions.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from starlette.applications import Starlette

from actions import audit, follows, rate_limits, ticket_submissions
from actions.locks import lock_customers
from actions.ticket_submissions import Submission
from auth.viewer import Viewer
from benchmarks.servers import ceiling
from benchmarks.servers.mutations import Find, Mutations, answer_with_customer, answer_with_ticket, both
from database.transactions import Transaction
from loaders.customers import CustomerById
from loaders.tickets import TicketById
from models import rules
from models.tickets import DeviceType, TicketUrgency


class SameActions(Mutations):
    """The mutations by the graph's actions."""

    async def prepare(self) -> None:
        """Nothing is recorded."""

    async def follow(self, viewer: Viewer, given: dict[str, Any], _: str, find: Find) -> dict[str, Any]:
        actor, target = both(viewer, given)
        async with self._actions(viewer, actor, target) as tx:
            await follows.follow(tx, actor, target)
        return {"followCustomer": answer_with_customer(await find(CustomerById, target))}

    async def unfollow(self, viewer: Viewer, given: dict[str, Any], _: str, find: Find) -> dict[str, Any]:
        actor, target = both(viewer, given)
        async with self._actions(viewer, actor, target) as tx:
            await follows.unfollow(tx, actor, target)
        return {"unfollowCustomer": answer_with_customer(await find(CustomerById, target))}

    async def submit(self, viewer: Viewer, given: dict[str, Any], address: str, find: Find) -> dict[str, Any]:
        assert viewer.id
        submission = Submission(
            rules.description_text(given["description"], "", most=rules.DESCRIPTION), "",
            DeviceType(given["deviceType"]), TicketUrgency(given["urgency"]),
            rules.name(given["name"], ""), rules.phone(given["phoneNumber"], ""),
        )  # fmt: skip
        async with self._actions(viewer, viewer.id) as tx:
            draft = await ticket_submissions.draft(tx, viewer, submission)
            networks = {"ticketsOfAddress": rate_limits.network(address), "ticketsOfPhone": draft.phone_number}
            most = self._limits.tickets_per_hour_and_address
            limits = {rate_limits.counter_key(self._secrets, kind, one): most for kind, one in networks.items()}
            made, _ = await ticket_submissions.submit(tx, viewer, draft, limits)
        return {"submitTicket": answer_with_ticket(await find(TicketById, made))}

    @asynccontextmanager
    async def _actions(self, viewer: Viewer, *locked: UUID) -> AsyncIterator[Transaction]:
        async with self._database.locks.turn(locked), self._database.transaction() as tx:
            audit.set_impersonator(tx, viewer.impersonator)
            roles = await lock_customers(tx, locked)
            assert roles[locked[0]] is viewer.role
            yield tx


def create() -> Starlette:
    return ceiling.create(SameActions)
