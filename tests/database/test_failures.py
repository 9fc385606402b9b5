"""What the driver raises about the state of the database is UNAVAILABLE, and bugs are not."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx2
import pytest
from asyncpg.exceptions._base import DataError
from sqlalchemy import text

import application
import errors
from auth.secrets import Secrets
from database.engine import Database
from database.failures import REASONS, map_database_errors, unavailable
from settings import Settings
from tests.conftest import serving
from tests.database.proxy import proxied
from tests.graph import Graph
from tests.patience import SECONDS
from tests.people import World, number, word
from tests.variables import changed
from tests.webhooks.clerk import Sender, user

SUBMIT = (
    """mutation ($input: SubmitTicketInput!) { submitTicket(input: $input) { ticket { id } userErrors { message } } }"""
)
STATES = [
    "40001", "40P01", "40003", "53000", "53100", "53200", "53300", "53400", "55P03", "57014", "57P01", "57P02", "57P03", "57P04",
    "57P05", "08000", "08001", "08003", "08004", "08006", "08P01", "25006", "25P03", "28000", "28P01", "3D000",
]  # fmt: skip
BUGS = ["42601", "42P01", "42703", "22001", "22P02", "23505", "23503", "25P02", "42501", "XX000", "P0001"]
END = "SELECT pg_terminate_backend($1)"
SIMPLE_ERROR = "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{}'; END $$"


@pytest.fixture
async def own(database_url: str) -> AsyncIterator[Database]:
    """Pools of nobody else's, of two connections each."""
    made = await Database.connect(database_url, size=2, statement=30, lock=30, wait=10)
    yield made
    await made.close()


class TestClasses:
    """By SQLSTATE, as PostgreSQL gives them."""

    @pytest.mark.parametrize("state", STATES)
    async def test_of_the_state(self, own: Database, state: str) -> None:
        with pytest.raises(errors.Unavailable) as caught:
            async with own.transaction() as tx:
                await tx.exec(text(SIMPLE_ERROR.format(state)))
        assert (caught.value.code, caught.value.retryable) == ("UNAVAILABLE", True)
        assert caught.value.reason == REASONS.get(state, "database_unreachable")
        async with own.transaction() as tx:
            assert (await tx.exec(text("SELECT 1"))).scalar() == 1

    @pytest.mark.parametrize("state", BUGS)
    async def test_bugs(self, own: Database, state: str) -> None:
        with pytest.raises(Exception, match="x") as caught:
            async with own.transaction() as tx:
                await tx.exec(text(SIMPLE_ERROR.format(state)))
        assert not isinstance(caught.value, errors.KnownError)

    @pytest.mark.parametrize(
        "error",
        [
            TimeoutError(), OSError("unreachable"), ConnectionResetError(), EOFError(),
            asyncpg.InterfaceError("connection is closed"), asyncpg.InternalClientError("unknown state"),
            asyncpg.ConnectionDoesNotExistError("closed"), asyncpg.TooManyConnectionsError("53300"),
        ],
    )  # fmt: skip
    def test_of_the_driver(self, error: Exception) -> None:
        assert unavailable(error)

    @pytest.mark.parametrize(
        "error",
        [
            DataError("invalid input: connection is closed"), ValueError("a bug"), KeyError("a bug"), None,
            asyncpg.InterfaceError("cannot perform operation: another operation is in progress"),
        ],
    )  # fmt: skip
    def test_not_of_the_driver(self, error: Exception | None) -> None:
        assert unavailable(error) is None


class TestInterfaceErrors:
    """As asyncpg raises them: its error on an open connection is a bug of ours."""

    async def test_on_a_closed_connection(self, own: Database) -> None:
        async with own.connections.connection() as connection:
            await connection.close()
            for statement in (connection.fetch, connection.execute):
                with pytest.raises(errors.Unavailable) as caught, map_database_errors():
                    await statement("SELECT 1")
                assert caught.value.reason == "database_unreachable"

    async def test_on_an_open_connection(self, own: Database) -> None:
        async with own.connections.connection() as connection:
            first = asyncio.create_task(connection.fetch("SELECT pg_sleep(0.1)"))
            await asyncio.sleep(0)
            with pytest.raises(asyncpg.InterfaceError, match="in progress"), map_database_errors():
                await connection.fetch("SELECT 1")
            await first
            with pytest.raises(asyncpg.InterfaceError, match="expects 1 argument"), map_database_errors():
                await connection.fetch("SELECT $1::int")


class TestNewConnections:
    """A server that does not answer is no pool without a free connection."""

    async def test_no_answer(self, database_url: str) -> None:
        async with proxied(database_url) as proxy:
            database = await Database.connect(proxy.url, size=1, statement=30, lock=30, wait=0.2)
            async with database.connections.connection() as connection:
                connection.terminate()
            proxy.silent = True
            with pytest.raises(errors.Unavailable) as reading, map_database_errors():
                await database.connections.acquire()
            with pytest.raises(errors.Unavailable) as writing:
                async with database.transaction() as tx:
                    await tx.connection()
            assert (reading.value.reason, writing.value.reason) == ("connect_timeout", "connect_timeout")
            proxy.silent = False
            async with database.connections.connection():
                with pytest.raises(errors.Unavailable) as reading, map_database_errors():
                    await database.connections.acquire()
            async with database.transaction() as tx:
                await tx.connection()
                with pytest.raises(errors.Unavailable) as writing:
                    async with database.transaction() as other:
                        await other.connection()
            assert (reading.value.reason, writing.value.reason) == ("no_free_connection", "no_free_connection")
            await database.close()


class TestConnectionsAreRenewed:
    """A connection that is of no use is not used again."""

    async def backend(self, database: Database) -> int:
        async with database.transaction() as tx:
            return int((await tx.exec(text("SELECT pg_backend_pid()"))).scalar_one())

    async def test_no_longer_the_primary(self, own: Database) -> None:
        async with own.connections.connection() as connection:
            reading = connection.get_server_pid()
        before = await self.backend(own)
        assert await self.backend(own) == before
        with pytest.raises(errors.Unavailable, match="no changes"):  # noqa: PT012 - a transaction is more than one
            async with own.transaction() as tx:
                await tx.exec(text("SET TRANSACTION READ ONLY"))
                await tx.exec(text("CREATE TABLE never (id int)"))
        assert await self.backend(own) != before
        async with own.connections.connection() as connection:
            assert connection.get_server_pid() != reading

    async def test_a_server_that_stays_read_only(self, own: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        """Its connections are replaced now and then, not after each mutation that it refuses."""

        async def refused() -> None:
            with pytest.raises(errors.Unavailable) as caught:  # noqa: PT012 - a transaction is more than one
                async with own.transaction() as tx:
                    await tx.exec(text("SET TRANSACTION READ ONLY"))
                    await tx.exec(text("CREATE TABLE never (id int)"))
            assert caught.value.reason == "database_read_only"

        await refused()
        renewed = await self.backend(own)
        for _ in range(3):
            await refused()
            assert await self.backend(own) == renewed
        monkeypatch.setattr("database.pool.EXPIRE_SECONDS", 0)
        await refused()
        assert await self.backend(own) != renewed

    async def test_not_at_each_error(self, own: Database) -> None:
        """While the server takes no changes, all that try to change something find out; reads go on."""
        own.connections.expire()
        async with own.connections.connection() as connection:
            reading = connection.get_server_pid()
        own.connections.expire()
        async with own.connections.connection() as connection:
            assert connection.get_server_pid() == reading

    async def test_terminated_while_idle(self, own: Database, world: World) -> None:
        """Nobody notices."""
        async with own.writing.connection() as driver:
            pid = driver.get_server_pid()
        await world.execute(END, pid)
        async with asyncio.timeout(SECONDS):
            while not driver.is_closed():  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)
        assert await self.backend(own) != pid

    @pytest.mark.parametrize("when", ["in a transaction", "in a statement"])
    async def test_terminated(self, own: Database, world: World, when: str) -> None:
        pid = await self.backend(own)
        with pytest.raises(errors.Unavailable):  # noqa: PT012 - a transaction is more than one
            async with own.transaction() as tx:
                if when == "in a transaction":
                    await tx.exec(text("SELECT 1"))
                    await world.execute(END, pid)
                sleeping = asyncio.create_task(tx.exec(text("SELECT pg_sleep(60)")))
                if when == "in a statement":
                    await asyncio.sleep(0.1)
                    await world.execute(END, pid)
                await sleeping
        assert await self.backend(own) != pid

    async def test_greatest_age(self, database_url: str) -> None:
        database = await Database.connect(database_url, size=1, statement=30, lock=30, wait=10, max_age=0.01)
        seen = set()
        for _ in range(3):
            async with database.connections.connection() as connection:
                seen.add(connection.get_server_pid())
                await asyncio.sleep(0.05)
            seen.add(await self.backend(database))
            await asyncio.sleep(0.05)
        assert len(seen) == 6
        assert database.connections._open_count == 0
        await database.close()

    async def test_reads_write_nothing(self, own: Database) -> None:
        async with own.connections.connection() as connection:
            with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
                await connection.execute("CREATE TABLE never (id int)")


class TestSmallPool:
    """Two connections, and more who want one than can wait for them."""

    @pytest.fixture
    async def http(self, settings: Settings, credentials: Secrets, database_url: str) -> AsyncIterator[Any]:
        given = {"database_pool_size": 2, "pool_wait_seconds": 0.05, "concurrent_requests": 300}
        app = application.create(changed(settings, **given), credentials, database_url)
        limits = httpx2.Limits(max_connections=200)
        async with serving(app) as url, httpx2.AsyncClient(base_url=url, timeout=120, limits=limits) as client:
            yield client

    async def test_guests(self, http: httpx2.AsyncClient) -> None:
        given = {"name": "Noor", "description": "Again", "deviceType": "PHONE"}
        graph = Graph(http)
        sent = [graph.send(SUBMIT, input=given | {"phoneNumber": number()}) for _ in range(150)]
        answers = await asyncio.gather(*sent)
        codes = Counter(
            (answer.status_code, *(error["extensions"]["code"] for error in answer.json().get("errors", ())))
            for answer in answers
        )
        assert codes.keys() == {(200,), (503, "UNAVAILABLE")}

    async def test_webhooks(self, http: httpx2.AsyncClient, credentials: Secrets) -> None:
        deliver = Sender(http, credentials.clerk_webhook_secrets[0])
        one = {"phone_numbers": [], "primary_phone_number_id": None, "updated_at": 1_700_000_000_000}
        answers = await asyncio.gather(*(deliver("user.created", user(f"user_{word()}", **one)) for _ in range(200)))
        assert {answer.status_code for answer in answers} <= {200, 503}  # on a busy machine, perhaps no 200

    async def test_a_webhook_waits_for_a_connection_once(
        self, http: httpx2.AsyncClient, credentials: Secrets, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tried = []

        @asynccontextmanager
        async def refuse(_: Database) -> AsyncIterator[Any]:
            tried.append(1)
            with map_database_errors():
                raise TimeoutError
            yield

        monkeypatch.setattr(Database, "transaction", refuse)
        deliver = Sender(http, credentials.clerk_webhook_secrets[0])
        answer = await deliver("user.created", user(f"user_{word()}", updated_at=1_700_000_000_000))
        assert (answer.status_code, answer.headers["retry-after"], len(tried)) == (503, "1", 1)
