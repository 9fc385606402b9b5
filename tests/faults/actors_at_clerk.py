"""Users whom Clerk reports: created, changed, deleted, in signed messages that are delivered until they are taken."""

import time
from typing import Any

import asyncpg

from auth.issuer import DevelopmentIssuer
from tests.faults.actors import ABSENT, Actor
from tests.faults.clients import Clients
from tests.people import Person, word
from tests.webhooks.clerk import deleted, user

GONE = "deleted"


class SignUps(Actor):
    """People who sign up, change their name, follow somebody whom others follow, and leave."""

    def __init__(self, clients: Clients, person: Person, issuer: DevelopmentIssuer) -> None:
        super().__init__(clients, person)
        self._issuer = issuer
        self._time = int(time.time() * 1000)

    async def step(self) -> None:
        clerk_id, name = f"user_{word()}", word()
        await self._change("user.created", clerk_id, name)
        if self.clients.random.random() < 0.7:
            await self._change("user.updated", clerk_id, word())
        token = self._issuer.token(clerk_id)
        await self.clients.keyed(token, "followCustomer", "__typename", customerId=self.person.id)
        if self.clients.random.random() < 0.5:
            await self.clients.deliver("user.deleted", deleted(clerk_id))
            self.possible[clerk_id] = {GONE}

    async def _change(self, kind: str, clerk_id: str, name: str) -> None:
        self._time += 1
        names = {"first_name": name, "last_name": None, "phone_numbers": [], "email_addresses": []}
        await self.clients.deliver(kind, user(clerk_id, updated_at=self._time, **names))
        self.possible[clerk_id] = {name}

    async def stored(self, database: asyncpg.Connection) -> dict[Any, Any]:
        mine = [*self.possible]
        sql = "SELECT clerk_id, name FROM customer WHERE clerk_id = ANY ($1::text[])"
        found = {row["clerk_id"]: row["name"] for row in await database.fetch(sql, mine)}
        sql = "SELECT clerk_id FROM deleted_account WHERE clerk_id = ANY ($1::text[])"
        for row in await database.fetch(sql, mine):
            found[row["clerk_id"]] = GONE if row["clerk_id"] not in found else "there, and marked as deleted"
        return found | dict.fromkeys(mine - found.keys(), ABSENT)
