"""Whether a mutation was committed, where its answer does not come: PostgreSQL behind a proxy that loses replies."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count
from typing import Any

import asyncpg
import httpx2
import orjson
import pytest

import application
import errors
from auth.secrets import Secrets
from context import Context
from database.reads import Reads
from settings import Settings
from tests.conftest import serving
from tests.database.proxy import Proxy, proxied
from tests.people import Person, World
from tests.variables import changed

CREATE = 'mutation { createWishlist(input: {name: "Desk"}) { wishlist { id itemsCount } } }'
TWO = """mutation { first: createWishlist(input: {name: "One"}) { wishlist { id } userErrors { code } }
    second: createWishlist(input: {name: "Two"}) { wishlist { id } userErrors { code } } }"""

UNREACHABLE = {"code": "UNAVAILABLE", "retryable": False, "reason": "database_unreachable"}
NO_CONNECTION = {"code": "UNAVAILABLE", "retryable": True, "reason": "no_free_connection"}


@pytest.fixture
async def proxy(database_url: str) -> AsyncIterator[Proxy]:
    async with proxied(database_url) as made:
        yield made


@pytest.fixture
async def behind(settings: Settings, credentials: Secrets, proxy: Proxy) -> Any:
    """An application that reaches its database through the proxy."""
    given = {"database_pool_size": 2, "pool_wait_seconds": 1, "operation_seconds": 3, "lock_seconds": 30}
    return application.create(changed(settings, **given), credentials, proxy.url)


@pytest.fixture
async def me(behind: Any, world: World) -> AsyncIterator[Person]:
    async with serving(behind) as url, httpx2.AsyncClient(base_url=url, timeout=60) as http:
        person = await world.person()
        await world.execute("UPDATE customer SET last_active_at = now() WHERE id = $1", person.key)
        made = replace(person, graph=replace(person.graph, http=http))
        await made.graph("{ viewer { id } }")
        yield made


async def lists(world: World, me: Person) -> list[str]:
    sql = "SELECT name FROM wishlist WHERE owner_id = $1 AND NOT is_default ORDER BY name"
    return [row["name"] for row in await world.database.pool.fetch(sql, me.key)]


def extensions(answer: httpx2.Response) -> list[Any]:
    return [error["extensions"] for error in answer.json()["errors"]]


class TestUnknown:
    """The reply to COMMIT is lost."""

    async def test_the_connection_is_cut(self, world: World, me: Person, proxy: Proxy) -> None:
        proxy.after, proxy.cut = b"COMMIT", True
        answer = await me.graph.send(CREATE)
        assert extensions(answer) == [UNREACHABLE | {"committed": "unknown"}]
        assert "retry-after" not in answer.headers
        assert await lists(world, me) == ["Desk"]
        proxy.after = None
        assert (await me.graph.send(CREATE)).json()["data"], "the next one has a connection that works"

    async def test_the_reply_does_not_come(self, world: World, me: Person, proxy: Proxy) -> None:
        proxy.after = b"COMMIT"
        answer = await me.graph.send(CREATE)
        assert (answer.status_code, extensions(answer)) == (
            504,
            [{"code": "TIMEOUT", "retryable": False, "committed": "unknown"}],
        )
        assert await lists(world, me) == ["Desk"]

    async def test_sent_again_with_its_key(self, world: World, me: Person, proxy: Proxy) -> None:
        proxy.after, proxy.cut = b"COMMIT", True
        key = {"idempotency-key": "the same"}
        assert extensions(await me.graph.send(CREATE, key))[0]["committed"] == "unknown"
        proxy.after = None
        assert (await me.graph.send(CREATE, key)).json()["data"]
        assert await lists(world, me) == ["Desk"]


class TestCommitted:
    """The change is stored; what comes after it fails."""

    @pytest.mark.parametrize("sight", ["first", "second"])
    async def test_the_payload_cannot_be_read(
        self, world: World, me: Person, monkeypatch: pytest.MonkeyPatch, sight: str
    ) -> None:
        if sight == "second":
            assert "errors" not in (await me.graph.send(TWO)).json()
            await world.execute("DELETE FROM wishlist WHERE owner_id = $1 AND NOT is_default", me.key)
        run = Reads._run

        async def fail(self: Reads, statement: Any, parameters: Any) -> Any:
            if statement.row.graphql_type == "Wishlist":
                raise asyncpg.ConnectionDoesNotExistError("lost")
            return await run(self, statement, parameters)

        monkeypatch.setattr(Reads, "_run", fail)
        answer = await me.graph.send(TWO)
        (error,) = answer.json()["errors"]
        assert error["path"][0] == "first"
        assert error["extensions"] == UNREACHABLE | {"committed": True}
        assert "retry-after" not in answer.headers
        assert await lists(world, me) == ["One"]

    async def test_the_payload_cannot_be_encoded(
        self, world: World, me: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dumps = orjson.dumps

        def fail(content: Any, *options: Any) -> bytes:
            if isinstance(content, dict) and content.get("data"):
                raise TypeError("not JSON")
            return dumps(content, *options)

        monkeypatch.setattr("transport.answers.orjson", type("Orjson", (), {"dumps": staticmethod(fail)}))
        answer = await me.graph.send(CREATE)
        (found,) = extensions(answer)
        assert (answer.status_code, found["code"], found["committed"], found["retryable"]) == (
            500, "INTERNAL", True, False,
        )  # fmt: skip
        assert await lists(world, me) == ["Desk"]

    async def test_the_payload_is_encoded_once(self, me: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        """To know that it can be: what is sent is that, unless something is added to it."""
        dumps, encoded = orjson.dumps, []

        def count_them(content: Any, *options: Any) -> bytes:
            encoded.append(content)
            return dumps(content, *options)

        monkeypatch.setattr("transport.answers.orjson", type("Orjson", (), {"dumps": staticmethod(count_them)}))
        answer = (await me.graph.send(CREATE)).json()
        assert (answer.keys(), answer["data"]["createWishlist"]["wishlist"]["itemsCount"]) == ({"data"}, 0)
        assert len(encoded) == 1
        reported = (await me.graph.send(CREATE.replace("Desk", "Chair"), {"graphql-cost": "report"})).json()
        assert reported["extensions"]["cost"]["actual"] > 0
        streamed = await me.graph.send(CREATE.replace("Desk", "Lamp"), {"accept": "text/event-stream"})
        assert '"itemsCount":0' in streamed.text
        assert len(encoded) == 4

    async def test_another_one_fails(self, world: World, me: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        """To send the operation again would repeat the first."""
        transaction, begun = Context.transaction, count()

        def fail(self: Context, *given: Any) -> Any:
            if next(begun):
                raise errors.Unavailable("busy")
            return transaction(self, *given)

        monkeypatch.setattr(Context, "transaction", fail)
        answer = await me.graph.send(TWO)
        (error,) = answer.json()["errors"]
        assert (answer.json()["data"], error["path"]) == (None, ["second"])
        assert error["extensions"] == {"code": "UNAVAILABLE", "retryable": False, "committed": False}
        assert "retry-after" not in answer.headers
        assert await lists(world, me) == ["One"]

    async def test_the_time_is_over(self, world: World, me: Person) -> None:
        """While the payload is read."""
        async with world.database.pool.acquire() as other, other.transaction():
            await other.execute("LOCK TABLE wishlist_item IN ACCESS EXCLUSIVE MODE")
            text = (
                'mutation { createWishlist(input: {name: "Desk"}) { wishlist { items(first: 1) { nodes { id } } } } }'
            )
            answer = await me.graph.send(text)
        assert extensions(answer) == [{"code": "TIMEOUT", "retryable": False, "committed": True}]
        assert await lists(world, me) == ["Desk"]


class TestNotCommitted:
    """Nothing is stored, and the errors say so."""

    async def test_no_connection(self, behind: Any, world: World, me: Person) -> None:
        writing = behind.state.resources.database.writing
        held = [await writing.acquire() for _ in range(2)]
        answer = await me.graph.send(CREATE)
        for connection in held:
            writing.release(connection)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert extensions(answer) == [NO_CONNECTION | {"committed": False}]
        assert await lists(world, me) == []

    async def test_a_query_says_nothing(self, behind: Any, me: Person) -> None:
        connections = behind.state.resources.database.connections
        async with connections.connection(), connections.connection():
            answer = await me.graph.send("{ viewer { id } }")
        assert extensions(answer) == [NO_CONNECTION]

    async def test_an_undoing_that_hangs_does_not_hold_the_answer(self, world: World, me: Person, proxy: Proxy) -> None:
        """The row is locked until the time is over; then the database answers nothing any more."""
        async with world.database.pool.acquire() as other, other.transaction():
            await other.execute("SELECT FROM customer WHERE id = $1 FOR UPDATE", me.key)
            sent = asyncio.create_task(me.graph.send(CREATE))
            async with asyncio.timeout(30):
                while not await other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            proxy.silent = True
            answer = await sent
        assert extensions(answer) == [{"code": "TIMEOUT", "retryable": True, "committed": False}]
        assert await lists(world, me) == []

    async def test_a_rollback_that_hangs_does_not_hold_the_answer(
        self, behind: Any, world: World, me: Person, proxy: Proxy
    ) -> None:
        assert (await me.graph.send(CREATE)).json()["data"], "which opens the connection that the next one uses"
        other = await world.person()
        await world.block(other, me)
        proxy.after = b"ROLLBACK"
        payload = await me.graph.mutate("followCustomer", "__typename", customerId=other.id)
        assert [error["__typename"] for error in payload["userErrors"]] == ["NotFoundError"]
        assert proxy.reached.is_set()
        proxy.after = None
        assert (await me.graph.send(CREATE)).json()["data"]
        usage = behind.state.resources.database.writing.usage
        assert usage.open == usage.idle


class TestAfterTheAnswer:
    """The time limit ends while the connection that the request has read by is released."""

    async def test_the_answer_stays(self, world: World, me: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        release = Reads.release

        async def slow(reads: Reads) -> None:
            await asyncio.sleep(4)
            await release(reads)

        monkeypatch.setattr(Reads, "release", slow)
        answer = await me.graph.send(CREATE)
        assert answer.json()["data"]["createWishlist"]["wishlist"]
        assert await lists(world, me) == ["Desk"]
