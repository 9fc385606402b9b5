"""A mix of writes by many clients at once, and the proof that nothing of it was lost."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic

import asyncpg
import httpx2

from auth.issuer import DevelopmentIssuer
from auth.secrets import Secrets
from database.engine import Database
from settings import Settings
from tests.faults.actors import Actor, Collector, Follower, Lister, Mover, Promoter
from tests.faults.actors_at_clerk import SignUps
from tests.faults.actors_of_tickets import Desk, Guest
from tests.faults.clients import Clients
from tests.faults.invariants import AT_REST, INVARIANTS, broken
from tests.faults.report import Report
from tests.faults.servers import Servers
from tests.mails.mailbox import PostOffice
from tests.patience import SECONDS
from tests.people import World

MAX_REQUESTS = 64
STALE = "UPDATE pgqueuer.pgqueuer SET heartbeat = now() - interval '1 minute' WHERE status = 'picked'"
"""Lets the time pass after which the jobs of a process that is gone are taken by others."""


@dataclass
class Workload:
    """Clients that write until they are told to stop."""

    clients: Clients
    actors: Sequence[Actor]
    url: str
    office: PostOffice
    seed: int
    began: float = field(default_factory=monotonic)
    _stopping: bool = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Write while the block runs; at its end each client finishes what it has begun."""
        async with asyncio.TaskGroup() as tasks:
            for actor in self.actors:
                tasks.create_task(self._run(actor))
            yield
            self._stopping = True

    async def _run(self, actor: Actor) -> None:
        while not self._stopping:
            acknowledged = self.clients.acknowledged
            await actor.step()
            if self.clients.acknowledged == acknowledged:
                await asyncio.sleep(0.02)  # nobody answers

    async def until_acknowledged(self, writes: int = 50) -> None:
        """Wait until so many writes more are acknowledged: everybody works again."""
        wanted = self.clients.acknowledged + writes
        async with asyncio.timeout(SECONDS):
            while self.clients.acknowledged < wanted:  # noqa: ASYNC110 - by other tasks
                await asyncio.sleep(0.02)

    async def until_answered(self, code: str, times: int) -> None:
        """Wait until so many writes more are answered with an error of this code."""
        wanted = self.clients.codes[code] + times
        async with asyncio.timeout(SECONDS):
            while self.clients.codes[code] < wanted:  # noqa: ASYNC110 - by other tasks
                await asyncio.sleep(0.02)

    async def check(self) -> None:
        """Raise if an invariant does not hold while clients write."""
        database = await asyncpg.connect(self.url)
        try:
            assert not (wrong := await broken(database)), wrong
        finally:
            await database.close()

    async def prove(self, fault: str, faults: int, record_property: Callable[[str, object], None]) -> Report:
        """Wait until all jobs are done; then nothing may be lost, broken, or answered wrongly."""
        database = await asyncpg.connect(self.url)
        try:
            await self._rest(database)
            lost = [each for actor in self.actors for each in await actor.wrong(database)]
            checked = INVARIANTS | AT_REST
            wrong = await broken(database, checked) + await self._mails(database)
        finally:
            await database.close()
        clients = self.clients
        report = Report(
            fault=fault, faults=faults, writes_attempted=clients.attempted, writes_acknowledged=clients.acknowledged,
            writes_lost=len(lost), invariants_checked=len(checked) + 2, invariants_broken=len(wrong),
            slowest_answer_seconds=round(clients.slowest, 2), seconds=round(monotonic() - self.began, 1),
            errors=dict(clients.codes),
        )  # fmt: skip
        report.keep(record_property)
        found = lost + wrong + clients.mistakes
        assert not found, f"FAULT_SEED={self.seed}\n" + "\n".join(found[:20])
        return report

    async def _rest(self, database: asyncpg.Connection) -> None:
        await database.execute(STALE)
        with suppress(TimeoutError):  # then `prove` says what was forgotten
            await self._until_at_rest(database)

    async def _until_at_rest(self, database: asyncpg.Connection) -> None:
        async with asyncio.timeout(SECONDS):
            while await broken(database, AT_REST):  # noqa: ASYNC110 - of other processes
                await asyncio.sleep(0.2)

    async def _mails(self, database: asyncpg.Connection) -> list[str]:
        """Mails that were sent twice, and mails that are called sent and were not."""
        taken: Counter[str] = Counter()
        for to in {to for to, _ in self.office.taken}:
            taken.update(str(message["message-id"]) for message in self.office.templates(to))
        sent = await database.fetch("SELECT id FROM mail WHERE state = 'SENT'")
        arrived = {id for id in (str(row["id"]) for row in sent) if any(id in message for message in taken)}
        return [f"{message} was sent {times} times" for message, times in taken.items() if times > 1] + [
            f"mail {row['id']} is called sent" for row in sent if str(row["id"]) not in arrived
        ]


@dataclass(frozen=True)
class Stage:
    """What a workload needs besides its database."""

    settings: Settings
    credentials: Secrets
    servers: Servers
    office: PostOffice
    seed: int

    @asynccontextmanager
    async def people(self, url: str) -> AsyncIterator[World]:
        """Factories over a database, without a server."""
        assert self.credentials.issuer_key
        issuer = DevelopmentIssuer(self.settings, self.credentials.issuer_key)
        database = await Database.connect(url, size=2, statement=5, lock=2, wait=2)
        async with asyncpg.create_pool(url, min_size=0, max_size=2) as pool:
            database.pool = pool  # type: ignore[attr-defined]
            yield World(database, issuer, None)
        await database.close()

    @asynccontextmanager
    async def mixed(self, url: str) -> AsyncIterator[Workload]:
        """The whole mix: follows, wishlists, profiles, roles, tickets and their solvers, webhooks."""
        limits = httpx2.Limits(max_connections=MAX_REQUESTS, max_keepalive_connections=MAX_REQUESTS)
        async with httpx2.AsyncClient(limits=limits, timeout=SECONDS) as http:
            secret = self.credentials.clerk_webhook_secrets[0]
            clients = Clients(self.servers, random.Random(self.seed), secret, http)
            async with self.people(url) as world:
                actors = await cast(world, clients)
            yield Workload(clients, actors, url, self.office, self.seed)


async def cast(world: World, clients: Clients) -> list[Actor]:
    """Everybody who takes part."""
    people = [await world.person() for _ in range(6)]
    variants = [await world.variant() for _ in range(10)]
    admin = await world.person(role="ADMIN")
    solvers = [await world.solver() for _ in range(4)]
    keys = [await world.solver_key(solver) for solver in solvers]
    tickets: list[str] = []
    return [
        *(Follower(clients, person, people) for person in people),
        *(Collector(clients, person, variants) for person in people[:3]),
        *(Lister(clients, person) for person in people[3:]),
        *(Mover(clients, person) for person in people[:2]),
        Promoter(clients, admin, people[5]),
        *(Guest(clients, people[0], tickets) for _ in range(2)),
        Desk(clients, solvers[:2], keys[:2], tickets),
        Desk(clients, solvers[2:], keys[2:], tickets),
        *(SignUps(clients, person, world.issuer) for person in people[:2]),
    ]
