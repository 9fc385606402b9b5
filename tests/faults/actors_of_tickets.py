"""Guests who submit tickets, and solvers who work on them."""

import asyncio
from typing import Any

import asyncpg

from models import ids
from tests.faults.actors import Actor
from tests.faults.clients import Answer, Clients
from tests.people import Person, number, word

MAX_OPEN = 30
OPEN = ("OPEN", None)


class Guest(Actor):
    """Submits tickets with an idempotency key, until the answer has come."""

    def __init__(self, clients: Clients, person: Person, tickets: list[str]) -> None:
        super().__init__(clients, person)
        self.tickets = tickets
        """Those that nobody works on, which solvers share."""
        self.addresses: set[str] = set()

    async def step(self) -> None:
        if len(self.tickets) > MAX_OPEN:
            await asyncio.sleep(0.05)
            return
        text, address = word(), f"{word()}@example.com"
        given = {"name": "Layla", "phoneNumber": number(), "email": address, "description": text}
        answer = await self.clients.keyed(None, "submitTicket", "ticket { id reference }", **given)
        ticket = answer.payload["ticket"]
        self.possible[text] = {(ticket["reference"],)}
        self.addresses.add(address)
        self.tickets.append(ticket["id"])

    async def stored(self, database: asyncpg.Connection) -> dict[Any, Any]:
        sql = """SELECT description, array_agg(reference) AS found FROM ticket
                 WHERE email = ANY ($1::text[]) GROUP BY description"""
        return {row["description"]: tuple(row["found"]) for row in await database.fetch(sql, [*self.addresses])}


class Desk(Actor):
    """Solvers who claim the same ticket at once, of whom one wins and works on it."""

    def __init__(self, clients: Clients, solvers: list[Person], keys: list[Any], tickets: list[str]) -> None:
        super().__init__(clients, solvers[0])
        self.solvers, self.keys, self.tickets = solvers, keys, tickets

    async def step(self) -> None:
        if not self.tickets:
            await asyncio.sleep(0.05)
            return
        ticket = self.tickets.pop(0)
        claims = [self._do(solver, "claimTicket", "ticket { id }", ticketId=ticket) for solver in self.solvers]
        answers = await asyncio.gather(*claims)
        winners = [place for place, answer in enumerate(answers) if answer.done]
        if len(winners) != 1:
            self.clients.mistakes.append(f"{len(winners)} of {len(answers)} have claimed one ticket: {answers}")
            return
        solver, key = self.solvers[winners[0]], self.keys[winners[0]]
        self.possible[ticket] = {("CLAIMED", key)}
        if self.clients.random.random() < 0.5:
            await self._release(solver, ticket)
            return
        started = await self._do(solver, "startSession", "session { id }", ticketId=ticket)
        self.possible[ticket] = {("IN_PROGRESS", key)}
        session = started.payload["session"]["id"]
        if self.clients.random.random() < 0.5:
            await self._do(solver, "completeSession", "session { id }", sessionId=session)
            self.possible[ticket] = {("RESOLVED", key)}
        else:
            await self._do(solver, "cancelSession", "session { id }", sessionId=session)
            self.possible[ticket] = {("CLAIMED", key)}
            await self._release(solver, ticket)

    async def _release(self, solver: Person, ticket: str) -> None:
        await self._do(solver, "releaseTicket", "ticket { id }", ticketId=ticket)
        self.possible[ticket] = {OPEN}
        self.tickets.append(ticket)

    async def _do(self, solver: Person, verb: str, fields: str, **values: Any) -> Answer:
        return await self.clients.keyed(solver.graph.token, verb, fields, **values)

    async def stored(self, database: asyncpg.Connection) -> dict[Any, Any]:
        sql = "SELECT id, status, solver_id FROM ticket WHERE solver_id = ANY ($1::uuid[])"
        rows = await database.fetch(sql, self.keys)
        found = {ids.encode("Ticket", row["id"]): (row["status"], row["solver_id"]) for row in rows}
        return {ticket: OPEN for ticket in self.possible if ticket not in found} | found
