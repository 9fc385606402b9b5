"""The hand-written answers to the mutations: the locks, checks and statements of the graph's actions, over asyncpg."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from asyncpg import Connection, Record
from uuid_utils.compat import uuid7

from actions import follows, rate_limits, ticket_submissions
from actions.locks import lock_customers
from actions.ticket_submissions import Submission
from auth.secrets import Secrets
from auth.viewer import Viewer
from benchmarks.servers.queries import customer_id
from benchmarks.servers.recorded import Recording, Statement, record
from database.engine import Database
from database.transactions import Transaction
from inputs.scalars import date_time
from loaders.customers import CustomerById
from loaders.tickets import TicketById
from models import ids, references, rules
from models.customers import Role
from models.follows import MAX_FOLLOWS
from models.tickets import DeviceType, TicketUrgency
from settings import Settings

TWO = "SELECT array_agg(id) FROM (SELECT id FROM customer WHERE NOT is_private AND show_profile LIMIT 2) two"
SAMPLE = Submission("a description", "", DeviceType.TV, TicketUrgency.LOW, "a name", "+971500000000", "a@shop.example")
ticket_id = ids.writer("Ticket")

Find = Callable[[Any, UUID], Awaitable[Record]]
"""Reads a row by a loader and its key, once the transaction has ended."""


class Mutations:
    """The statements, and the pool that they are sent through."""

    def __init__(self, database: Database, settings: Settings, credentials: Secrets) -> None:
        self._database, self._limits, self._secrets = database, settings.rate_limits, credentials
        self._pool = database.writing
        self._follow: list[Statement] = []
        self._unfollow: list[Statement] = []
        self._submit: list[Statement] = []

    async def prepare(self) -> None:
        """Record what the graph's actions send."""
        async with self._database.connections.connection() as connection:
            actor, target = await connection.fetchval(TWO)

        async def follow(tx: Transaction, recording: Recording) -> None:
            recording.names += [("actor", actor), ("target", target), ("locked", [target, actor])]
            await lock_customers(tx, [target], actor)
            await follows.follow(tx, actor, target)

        async def unfollow(tx: Transaction, recording: Recording) -> None:
            await follow(tx, recording)
            recording.statements.clear()
            await lock_customers(tx, [target], actor)
            await follows.unfollow(tx, actor, target)

        async def submit(tx: Transaction, recording: Recording) -> None:
            await lock_customers(tx, (), actor)
            viewer, keys = Viewer(actor, Role.CUSTOMER), ["a key", "another key"]
            draft = await ticket_submissions.draft(tx, viewer, SAMPLE)
            made, reference = await ticket_submissions.submit(tx, viewer, draft, dict.fromkeys(keys, 10**6))
            given = draft.submission
            recording.names += [
                ("actor", actor), ("locked", [actor]), ("ticket", made), ("reference", reference), ("keys", keys),
                ("description", given.description), ("deviceType", given.device_type), ("urgency", given.urgency),
                ("name", given.name), ("phone", given.phone_number), ("email", given.email), ("language", given.language),
            ]  # fmt: skip

        self._follow = await record(self._database, follow)
        self._unfollow = await record(self._database, unfollow)
        self._submit = await record(self._database, submit)

    async def follow(self, viewer: Viewer, given: dict[str, Any], _: str, find: Find) -> dict[str, Any]:
        """Follow a public account."""
        actor, target = both(viewer, given)
        lock, check, connect = self._follow
        sent = {"actor": actor, "target": target, "locked": [target, actor]}
        async with self._transaction({actor, target}) as tx:
            await self._lock(lock, tx, sent, viewer)
            private = await check.run(tx, sent)
            assert private[0][0] is False
            for made in await connect.run(tx, sent):
                assert made[0] <= MAX_FOLLOWS
        return {"followCustomer": answer_with_customer(await find(CustomerById, target))}

    async def unfollow(self, viewer: Viewer, given: dict[str, Any], _: str, find: Find) -> dict[str, Any]:
        """End the follow."""
        actor, target = both(viewer, given)
        lock, check, disconnect = self._unfollow
        sent = {"actor": actor, "target": target, "locked": [target, actor]}
        async with self._transaction({actor, target}) as tx:
            await self._lock(lock, tx, sent, viewer)
            assert await check.run(tx, sent)
            await disconnect.run(tx, sent)
        return {"unfollowCustomer": answer_with_customer(await find(CustomerById, target))}

    async def submit(self, viewer: Viewer, given: dict[str, Any], address: str, find: Find) -> dict[str, Any]:
        """Submit a ticket of somebody with an account."""
        actor = viewer.id
        assert actor
        sent = {
            "actor": actor, "locked": [actor], "name": rules.name(given["name"], "name"), "phone": rules.phone(given["phoneNumber"], ""),
            "description": rules.description_text(given["description"], "description", most=rules.DESCRIPTION),
            "deviceType": DeviceType(given["deviceType"]), "urgency": TicketUrgency(given["urgency"]),
        }  # fmt: skip
        lock, account, attempt, insert, publish, mail = self._submit
        async with self._transaction({actor}) as tx:
            await self._lock(lock, tx, sent, viewer)
            (known,) = await account.run(tx, sent)
            sent |= {"email": known["email"], "language": known["preferred_language"]}
            networks = {"ticketsOfAddress": rate_limits.network(address), "ticketsOfPhone": sent["phone"]}
            sent["keys"] = [rate_limits.counter_key(self._secrets, kind, one) for kind, one in networks.items()]
            for _, times in await attempt.run(tx, sent):
                assert len(times) <= self._limits.tickets_per_hour_and_address
            sent |= {"ticket": uuid7(), "reference": references.generate()}
            assert await insert.run(tx, sent)
            await publish.run(tx, sent)
            await mail.run(tx, sent)
        return {"submitTicket": answer_with_ticket(await find(TicketById, sent["ticket"]))}

    @asynccontextmanager
    async def _transaction(self, locked: Collection[UUID]) -> AsyncIterator[Connection]:
        async with self._database.locks.turn(locked), self._pool.connection() as connection:
            await connection.execute("BEGIN;")
            try:
                yield connection
            except BaseException:
                await connection.execute("ROLLBACK;")
                raise
            await connection.execute("COMMIT;")

    async def _lock(self, lock: Statement, tx: Connection, sent: dict[str, Any], viewer: Viewer) -> None:
        roles = {row["id"]: row["role"] for row in await lock.run(tx, sent) if row["deleted_at"] is None}
        assert roles[viewer.id] == viewer.role


def both(viewer: Viewer, given: dict[str, Any]) -> tuple[UUID, UUID]:
    """Give who acts, and on whom."""
    other = ids.key_of("Customer", given["customerId"])
    assert viewer.id
    assert other
    assert viewer.id != other
    return viewer.id, other


def answer_with_customer(row: Record) -> dict[str, Any]:
    """Write what `Follow` and `Unfollow` ask for."""
    card = {"id": customer_id(row["id"]), "username": row["username"], "followersCount": row["followers_count"]}
    return {"customer": card, "userErrors": []}


def answer_with_ticket(row: Record) -> dict[str, Any]:
    """Write what `Submit` asks for."""
    ticket = {
        "id": ticket_id(row["id"]), "reference": row["reference"], "status": row["status"],
        "urgency": row["urgency"], "createdAt": date_time(row["created_at"]),
    }  # fmt: skip
    return {"ticket": ticket, "userErrors": []}
