"""Readiness: the probe's own connection says whether the database answers."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx2
import pytest
from sqlalchemy import text

import application
import errors
from auth.secrets import Secrets
from database.engine import Database
from database.probe import Probe
from settings import Settings
from tests.conftest import serving
from tests.database.proxy import Proxy, proxied
from tests.patience import SECONDS
from tests.variables import changed


class TestConnection:
    """It is replaced like all others."""

    @pytest.fixture
    async def own(self, database_url: str) -> AsyncIterator[Database]:
        made = await Database.connect(database_url, size=1, statement=30, lock=30, wait=10)
        yield made
        await made.close()

    async def test_after_a_failover(self, own: Database) -> None:
        assert await own.probe.answers()
        before = own.probe._connection
        assert await own.probe.answers()
        assert own.probe._connection is before
        with pytest.raises(errors.Unavailable, match="no changes"):  # noqa: PT012 - a transaction is more than one
            async with own.transaction() as tx:
                await tx.exec(text("SET TRANSACTION READ ONLY"))
                await tx.exec(text("CREATE TABLE never (id int)"))
        assert await own.probe.answers()
        assert own.probe._connection is not before
        assert before.is_closed()

    async def test_greatest_age(self, own: Database) -> None:
        probe = Probe(own.connections._connect, max_age=0)
        assert await probe.answers()
        before = probe._connection
        assert await probe.answers()
        assert probe._connection is not before
        await probe.close()


class TestReadiness:
    """Its own connection says whether the database answers; how busy this process is does not count."""

    @pytest.fixture
    async def proxy(self, database_url: str) -> AsyncIterator[Proxy]:
        async with proxied(database_url) as made:
            yield made

    @pytest.fixture
    async def app(self, settings: Settings, credentials: Secrets, proxy: Proxy) -> Any:
        given = {"database_pool_size": 2, "pool_wait_seconds": 0.2}
        return application.create(changed(settings, **given), credentials, proxy.url)

    @pytest.fixture
    async def http(self, app: Any) -> AsyncIterator[httpx2.AsyncClient]:
        async with serving(app) as url, httpx2.AsyncClient(base_url=url, timeout=60) as client:
            yield client

    async def status(self, http: httpx2.AsyncClient) -> int:
        return (await http.get("/health/ready")).status_code

    async def test_busy(self, app: Any, http: httpx2.AsyncClient) -> None:
        database = app.state.resources.database
        writing = [await database.writing.acquire() for _ in range(2)]
        async with database.connections.connection(), database.connections.connection():
            assert await self.status(http) == 200
        for connection in writing:
            database.writing.release(connection)

    async def test_gone_and_back(self, http: httpx2.AsyncClient, proxy: Proxy) -> None:
        assert await self.status(http) == 200
        proxy.refusing = True
        proxy.cut_all()
        assert await self.status(http) == 503
        proxy.refusing = False
        assert await self.status(http) == 200

    async def test_silent(self, http: httpx2.AsyncClient, proxy: Proxy) -> None:
        assert await self.status(http) == 200
        proxy.silent = True
        async with asyncio.timeout(SECONDS / 4):
            assert {await one for one in [asyncio.create_task(self.status(http)) for _ in range(20)]} == {503}
        proxy.silent = False
        assert await self.status(http) == 200

    async def test_many_open_one_connection(self, app: Any, http: httpx2.AsyncClient, proxy: Proxy) -> None:
        probe = app.state.resources.database.probe
        connect, opened = probe._connect, 0

        async def counting() -> Any:
            nonlocal opened
            opened += 1
            return await connect()

        probe._connect = counting
        for number in (1, 2):
            assert {await one for one in [asyncio.create_task(self.status(http)) for _ in range(50)]} == {200}
            assert opened == number
            proxy.cut_all()
            async with asyncio.timeout(SECONDS):
                while not probe._connection.is_closed():  # noqa: ASYNC110 - nothing tells of it
                    await asyncio.sleep(0.01)

    async def test_a_full_server_is_ready(self, app: Any, http: httpx2.AsyncClient) -> None:
        probe = app.state.resources.database.probe

        async def refuse() -> Any:
            raise asyncpg.TooManyConnectionsError("53300")

        assert await self.status(http) == 200
        probe._end()
        probe._connect = refuse
        assert await self.status(http) == 200

    async def test_before_the_end(self, app: Any, http: httpx2.AsyncClient) -> None:
        app.stopping = True
        answer = await http.get("/health/ready")
        assert (answer.status_code, answer.json()["status"]) == (503, "stopping")
        assert (await http.get("/health/live")).status_code == 200
