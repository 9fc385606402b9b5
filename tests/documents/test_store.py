"""Where registered queries are kept: never more than is allowed, whoever fills it, and never for longer than is useful."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from math import inf
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from actions import persisted_queries
from database.engine import Database
from jobs.kinds import TIMERS, WorkContext
from settings import Settings
from tests.database.proxy import proxied
from tests.documents.conftest import BRANDS, Serve, digest, persisted, refusal
from tests.jobs.queues import until
from transport import persisted_queries as memory
from transport.persisted_queries import Known

ROWS = "SELECT text, used_again FROM persisted_query ORDER BY text"


def named(name: object) -> str:
    return f"query Q{name} {{ __typename }}"


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def opened(fresh_url: str) -> AsyncIterator[Database]:
    database = await Database.connect(fresh_url, size=8, statement=5, lock=5, wait=5)
    yield database
    await database.close()


async def add(database: Database, *names: object, most: int = 1_000, most_bytes: int = 1_000_000) -> None:
    texts = {sha256(named(name).encode()).digest(): named(name) for name in names}
    async with database.transaction() as tx:
        await persisted_queries.add(tx, texts, most=most, most_bytes=most_bytes)


async def touch(database: Database, *names: object) -> None:
    async with database.transaction() as tx:
        await persisted_queries.touch(tx, [sha256(named(name).encode()).digest() for name in names])


async def kept(url: str) -> set[str]:
    async with connected(url) as connection:
        return {row["text"] for row in await connection.fetch(ROWS)}


class TestTable:
    async def test_a_stranger_evicts_nothing_that_is_used(self, opened: Database, fresh_url: str) -> None:
        await add(opened, *range(20), most=40)
        await touch(opened, *range(20))
        for number in range(100, 300):
            await add(opened, number, most=40)
            assert len(await kept(fresh_url)) <= 40
        assert {named(number) for number in range(20)} < await kept(fresh_url)
        assert named(299) in await kept(fresh_url)

    async def test_what_a_stranger_uses_leaves_room_for_others(self, opened: Database, fresh_url: str) -> None:
        await add(opened, *range(40), most=40)
        await touch(opened, *range(40))
        await add(opened, "new", most=40)
        assert named("new") in await kept(fresh_url)
        await touch(opened, "new")
        await add(opened, *range(100, 139), most=40)
        assert named("new") in await kept(fresh_url)

    async def test_bytes_are_bounded(self, opened: Database, fresh_url: str) -> None:
        size = len(named(100))
        for number in range(100, 200):
            await add(opened, number, most_bytes=20 * size)
        assert 15 <= len(await kept(fresh_url)) <= 20
        assert named(199) in await kept(fresh_url)

    async def test_many_at_once(self, opened: Database, fresh_url: str) -> None:
        """Whatever registers, uses and deletes at the same time waits for the others in no circle."""
        await asyncio.gather(
            *(add(opened, *range(start, start + 9), most=50) for start in range(0, 200, 5)),
            *(touch(opened, *range(start, start + 30)) for start in range(0, 200, 10)),
        )
        assert 30 <= len(await kept(fresh_url)) <= 50

    async def test_what_nobody_uses_is_deleted_after_a_month(
        self, opened: Database, fresh_url: str, settings: Settings
    ) -> None:
        await add(opened, "old", "used", "new")
        async with connected(fresh_url) as connection:
            await connection.execute(
                "UPDATE persisted_query SET last_used_at = now() - interval '31 days' WHERE text <> $1", named("new")
            )
        await touch(opened, "used")
        await TIMERS["persisted_queries.sweep"].run(WorkContext(settings, opened, asyncio.Event()))
        assert await kept(fresh_url) == {named("new"), named("used")}


class TestUse:
    async def test_is_noted_later(self, serve: Serve, fresh_url: str) -> None:
        """Two uses in two processes are one note each, and no request waits for it."""
        async with serve() as one, serve() as other:
            await one.register(BRANDS)
            await one.register(named("unused"))
            for server in (one, other):
                for _ in range(3):
                    assert await server.knows(BRANDS)
                assert server.documents.queries
                await server.documents.queries.touch()
        async with connected(fresh_url) as connection:
            rows = {row["text"]: row["used_again"] for row in await connection.fetch(ROWS)}
        assert rows == {BRANDS: True, named("unused"): False}

    async def test_of_what_was_deleted_is_no_error(self, serve: Serve, fresh_url: str) -> None:
        async with serve() as server:
            await server.register(BRANDS)
            async with connected(fresh_url) as connection:
                await connection.execute("TRUNCATE persisted_query")
            assert await server.knows(BRANDS), "the process has it in memory"
            assert server.documents.queries
            await server.documents.queries.touch()

    async def test_is_noted_although_it_failed_before(
        self, serve: Serve, fresh_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def failed(logs: Any) -> bool:
            return any(entry["event"] == "persisted_query_use_not_noted" for entry in logs)

        monkeypatch.setattr(memory, "SECONDS_BETWEEN_TOUCHES", 0.05)
        async with connected(fresh_url) as connection, serve() as server:
            await server.register(BRANDS)
            await connection.execute("ALTER TABLE persisted_query RENAME TO hidden")
            with capture_logs() as logs:
                assert await server.knows(BRANDS)
                assert server.documents.queries
                server.documents.queries._used.add(digest(BRANDS))
                await until(lambda: failed(logs))
            await connection.execute("ALTER TABLE hidden RENAME TO persisted_query")
            await until(lambda: connection.fetchval("SELECT 1 FROM persisted_query WHERE used_again"))

    async def test_a_client_that_sends_the_text_again_puts_it_back(self, serve: Serve, fresh_url: str) -> None:
        """Another process has said that it does not know the hash."""
        async with serve() as server:
            queries: Any = server.documents.queries
            now = queries._clock()
            queries._clock = lambda: now
            await server.register(BRANDS)
            async with connected(fresh_url) as connection:
                await connection.execute("TRUNCATE persisted_query")
            await server.register(BRANDS)
            assert await kept(fresh_url) == set(), "it was stored just now"
            now += 61
            await server.register(BRANDS)
            assert await kept(fresh_url) == {BRANDS}


class TestLimits:
    async def test_of_an_address(self, serve: Serve, fresh_url: str) -> None:
        """Operations go on; they are just not registered."""
        async with serve(persisted_queries_per_hour_and_address=3) as server:
            with capture_logs() as logs:
                for number in range(5):
                    await server.register(named(number))
            assert [await server.knows(named(number)) for number in range(5)] == [True] * 3 + [False] * 2
            assert [line["event"] for line in logs].count("persisted_query_not_registered") == 2
            assert len(await kept(fresh_url)) == 3

    async def test_of_a_process(self, serve: Serve, fresh_url: str) -> None:
        """What memory has no room for is found in the table."""
        async with serve() as server:
            queries: Any = server.documents.queries
            queries._memory_bytes = 2_000
            for number in range(20):
                await server.register(named(number))
            assert 1 < len(queries) < 6
            assert queries.weight <= 2_000
            assert await server.knows(named(0))
            assert queries.outcomes["database"] == 1

    async def test_a_full_store(self, serve: Serve, fresh_url: str) -> None:
        async with serve(persisted_queries_kept=20) as server, serve(persisted_queries_kept=20) as other:
            for number in range(60):
                await server.register(named(number))
                await other.register(named(f"x{number}"))
            assert await server.knows(named(59))
            assert await server.knows(named("x59"))
            assert len(await kept(fresh_url)) <= 20
            assert len(server.documents.queries or ()) <= 20

    @pytest.mark.parametrize("query", ['query A { node(id: "x") { id } }', "query A { __typename } # of Ada"])
    async def test_texts_of_persons_stay_in_memory(self, serve: Serve, fresh_url: str, query: str) -> None:
        """What a client has written into a query may be about somebody, whose account is deleted one day."""
        async with serve() as server:
            await server.register(query)
            assert await server.knows(query)
            await server.register(query)
        assert await kept(fresh_url) == set()


class TestWithoutDatabase:
    async def test_unknown_hashes_are_tried_again_later(self, serve_at: Serve, fresh_url: str) -> None:
        """Not found would make each client send its text, and register what is registered."""
        async with proxied(fresh_url) as proxy, serve_at(proxy.url, pool_wait_seconds=0.5) as server:
            await server.register(BRANDS)
            await server.register("query Known { __typename }")
            proxy.refusing = True
            proxy.cut_all()
            known = await server.post(extensions=persisted("query Known { __typename }"))
            assert known.json() == {"data": {"__typename": "Query"}}
            answer = await server.post(extensions=persisted("query Other { __typename }"))
            assert refusal(answer)[:2] == (503, "UNAVAILABLE")
            assert answer.headers["retry-after"] == "1"
            with capture_logs() as logs:
                answer = await server.post(query=named(1), extensions=persisted(named(1)))
                assert answer.json() == {"data": {"__typename": "Query"}}, "it needs no database"
                await server.register(named(2))
            assert [line["event"] for line in logs].count("persisted_queries_not_stored") == 1
            assert await server.knows(named(1))


async def test_who_leaves_while_it_waits_takes_nothing_along(serve: Serve, fresh_url: str) -> None:
    """One request stores what several have registered; another does where that one is cancelled."""
    async with serve() as server, connected(fresh_url) as connection:
        queries: Any = server.documents.queries
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("LOCK TABLE persisted_query")
        storing = []
        for number in range(3):
            queries._keep(digest(named(number)), Known(named(number), -inf, -inf))
            storing.append(asyncio.create_task(queries._store(digest(named(number)))))
        while len(queries._to_store) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        storing[0].cancel()
        await asyncio.wait(storing[:1])
        await transaction.rollback()
        await asyncio.gather(*storing[1:])
        assert await kept(fresh_url) == {named(number) for number in range(3)}


def test_digests_are_those_of_clients() -> None:
    """The example of GraphQL over HTTP."""
    text = "query ($id: ID!) {\n  user(id: $id) {\n    name\n  }\n}"
    assert digest(text) == "7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e"
