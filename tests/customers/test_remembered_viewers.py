"""Who is signed in is remembered by each process: what saves a statement, what ends it, and that nothing else changes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import asyncpg
import pytest

from actions.accounts import KNOWN
from auth.secrets import Secrets
from auth.viewer_memory import CHANNEL
from settings import Settings
from tests.customers.remembering import ASK, QUEUE, ROLE, Remembering, at_each, refused, remembering, untold
from tests.people import Person, World, word
from tests.webhooks.clerk import Sender, deleted

LANGUAGE = "UPDATE customer SET preferred_language = $2 WHERE id = $1"


@pytest.fixture(scope="module")
async def servers(
    settings: Settings, credentials: Secrets, empty_database_url: str
) -> AsyncIterator[list[Remembering]]:
    """Two servers over one database; each has its own memory and its own listener, as processes have."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(remembering(settings, credentials, empty_database_url)) for _ in range(2)
        ]


@pytest.fixture
def server(servers: list[Remembering]) -> Remembering:
    return servers[0]


@pytest.fixture
def world(server: Remembering) -> World:
    return server.world


async def meet(servers: list[Remembering], person: Person) -> None:
    for one in servers:
        await one.meet(person)


async def told(servers: list[Remembering]) -> None:
    for one in servers:
        await one.was_told()


class TestRemembering:
    async def test_a_request_has_one_statement_less(
        self, server: Remembering, world: World, statements: list[str]
    ) -> None:
        person = await world.person()
        await server.meet(person)
        await world.execute("UPDATE customer SET clerk_id = clerk_id WHERE id = $1", person.key)
        server.viewers.forget_customer(person.key)
        seen = []
        for _ in range(3):
            statements.clear()
            await server.graph(person)(ASK)
            seen.append([sql == KNOWN.sql for sql in statements])
        assert seen == [[True, False], [False], [False]]

    async def test_nobody_who_is_new_or_anonymous(self, server: Remembering, world: World) -> None:
        person = await world.person()
        clerk_id = f"user_{word()}"
        new = Person(person.key, "", clerk_id, world.nobody)
        object.__setattr__(new.graph, "token", world.issuer.token(clerk_id))
        await server.current()
        before = len(server.viewers)
        await world.nobody("{ supportedLanguages }")
        answer = await server.graph(new).mutate("registerCustomer", "existed")
        assert answer["existed"] is False
        assert len(server.viewers) == before
        answer = await server.graph(new).mutate("registerCustomer", "existed")
        assert answer["existed"] is True

    async def test_viewers_side_by_side(self, server: Remembering, world: World) -> None:
        people = [await world.person(email=f"{word()}@example.com") for _ in range(5)]
        for person in people:
            await server.meet(person)
        hits = server.viewers.hits
        asked = [person for _ in range(20) for person in people]
        answers = await asyncio.gather(*(server.graph(person)("{ viewer { username } }") for person in asked))
        assert [answer["viewer"]["username"] for answer in answers] == [person.username for person in asked]
        assert server.viewers.hits == hits + 100

    async def test_nothing_of_a_token_is_kept(self, server: Remembering, world: World) -> None:
        await server.meet(person := await world.person())
        assert person.graph.token
        assert person.graph.token not in repr(vars(server.viewers))

    async def test_one_age_ends_it_also_without_notifications(self, server: Remembering, world: World) -> None:
        person = await world.person()
        await server.meet(person)
        await untold(world, LANGUAGE, person.key, "ar")
        languages = []
        for now in (0.0, 1.99, 2.0):
            server.viewers._clock = lambda now=now: now  # type: ignore[misc]
            languages.append((await server.graph(person).send(ASK)).headers["content-language"])
        server.viewers._clock = lambda: 0.0
        server.viewers.forget()
        assert languages == ["en", "en", "ar"]


class TestChanges:
    """Reach every process by a notification; what a process itself has changed it knows at once."""

    async def test_a_role_that_was_revoked(self, servers: list[Remembering], world: World) -> None:
        solver = await world.solver()
        await meet(servers, solver)
        assert ["errors" in answer for answer in await at_each(servers, solver, QUEUE)] == [False, False]
        hits = [one.viewers.hits for one in servers]
        await world.execute(ROLE, solver.key, "CUSTOMER")
        await told(servers)
        assert [refused(answer) for answer in await at_each(servers, solver, QUEUE)] == ["FORBIDDEN"] * 2
        assert [one.viewers.hits for one in servers] == hits

    async def test_a_role_that_was_given_by_a_mutation(self, servers: list[Remembering], world: World) -> None:
        owner, person = await world.person(role="OWNER"), await world.person()
        await meet(servers, person)
        here, there = servers
        await here.graph(owner).mutate("setRole", "customer { id }", customerId=person.id, role="SOLVER")
        assert "errors" not in (await here.graph(person).send(QUEUE)).json()
        await there.was_told()
        assert "errors" not in (await there.graph(person).send(QUEUE)).json()

    async def test_a_deleted_account(self, servers: list[Remembering], world: World, credentials: Secrets) -> None:
        person, other = await world.person(), await world.person()
        await meet(servers, person)
        await meet(servers, other)
        send = Sender(servers[0].http, credentials.clerk_webhook_secrets[0])
        await send("user.deleted", deleted(person.clerk_id))
        await told(servers)
        assert [refused(answer) for answer in await at_each(servers, person)] == ["UNAUTHENTICATED"] * 2
        assert [answer["data"]["viewer"]["id"] for answer in await at_each(servers, other)] == [other.id] * 2

    async def test_an_account_that_is_hidden_until_its_follows_have_ended(
        self, servers: list[Remembering], world: World
    ) -> None:
        person = await world.person()
        await meet(servers, person)
        sql = "UPDATE customer SET clerk_id = 'deleted:' || id, deleted_at = now() WHERE id = $1"
        await world.execute(sql, person.key)
        await told(servers)
        for answer in await at_each(servers[:1], person):
            assert answer["data"]["viewer"]["id"] != person.id

    async def test_a_row_that_was_removed_by_hand(self, servers: list[Remembering], world: World) -> None:
        person = await world.person()
        await meet(servers, person)
        await world.execute("DELETE FROM customer WHERE id = $1", person.key)
        await told(servers)
        answers = await at_each(servers, person)
        assert answers[0] == answers[1] != person.id
        assert answers[0]["data"]["viewer"]["id"] != person.id

    async def test_a_language_of_ones_own(self, servers: list[Remembering], world: World) -> None:
        person = await world.person()
        await meet(servers, person)
        here, there = servers
        languages = {"preferences": {"preferredLanguage": "ar"}}
        await here.graph(person).mutate("updateProfile", "customer { id }", **languages)
        assert (await here.graph(person).send(ASK)).headers["content-language"] == "ar"
        await there.was_told()
        assert (await there.graph(person).send(ASK)).headers["content-language"] == "ar"
        await here.graph(person).mutate("registerCustomer", "existed", preferredLanguage="en")
        assert (await here.graph(person).send(ASK)).headers["content-language"] == "en"

    async def test_what_was_read_just_before_is_not_kept(
        self, server: Remembering, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The row is read, then changed; the change is told of before the row has arrived."""
        person = await world.person()
        await server.meet(person)
        server.viewers.forget_customer(person.key)
        reading = server.viewers.begin()
        monkeypatch.setattr(server.viewers, "begin", lambda: reading)
        await world.execute(LANGUAGE, person.key, "ar")
        await server.was_told()
        assert (await server.graph(person).send(ASK)).headers["content-language"] == "ar"
        assert person.clerk_id not in server.viewers._remembered

    async def test_the_trigger_knows_every_column_that_is_read(self, world: World) -> None:
        sql = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'viewer_changed'"
        definition = await world.value(sql)
        columns = {column for column in KNOWN.row.columns if column not in {"id", "due"}} | {"clerk_id"}
        for column in columns:
            assert f"(old.{column}" in definition

    async def test_only_what_is_remembered_is_told(self, world: World, empty_database_url: str) -> None:
        person = await world.person()
        payloads: list[str] = []
        connection = await asyncpg.connect(empty_database_url)
        try:
            await connection.add_listener(CHANNEL, lambda *given: payloads.append(given[-1]))
            for changes in (
                "name = 'Other', username = username || 'x', followers_count = 3, last_active_at = now()",
                "role = role, preferred_language = preferred_language",
                "preferred_language = 'ar', role = 'SOLVER'",
            ):
                await world.execute(f"UPDATE customer SET {changes} WHERE id = $1", person.key)
            await connection.execute("SELECT 1")
            assert payloads == [str(person.key)]
        finally:
            await connection.close()


class TestMetrics:
    async def test_hits_misses_and_the_dropped(self, servers: list[Remembering], world: World) -> None:
        there = servers[1]
        person = await world.person()
        await there.meet(person)
        text = (await there.http.get("/metrics")).text
        for name, number in (
            ('requests_total{result="hit"}', there.viewers.hits),
            ('requests_total{result="miss"}', there.viewers.misses),
            ('requests_total{result="unused"}', there.viewers.unused),
            ("dropped_total", there.viewers.dropped),
        ):
            assert f"clientele_viewer_memory_{name} {float(number)}\n" in text


async def test_it_can_be_switched_off(settings: Settings, credentials: Secrets, empty_database_url: str) -> None:
    async with remembering(settings, credentials, empty_database_url, viewer_memory_seconds=0) as server:
        person = await server.world.person()
        for _ in range(2):
            await server.graph(person)(ASK)
        assert (server.viewers.unused, len(server.viewers), len(server.listener.watches)) == (2, 0, 0)
