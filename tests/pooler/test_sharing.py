"""The pools of a process over a few connections of a pooler, which hands them from one transaction to the next."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy import ARRAY, Integer, Text, bindparam, func, select

import errors
from database.engine import Database
from database.reads import Reads
from database.statements import Statement
from tests.patience import SECONDS
from tests.pooler.conftest import Pooled
from tests.pooler.pgbouncer import POOL_SIZE, USER

CLIENTS = 10 * POOL_SIZE
BACKENDS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
ACTIVE = f"{BACKENDS} AND state = 'active'"
LONG = Statement(select(sa.cast(func.pg_sleep(300), Text()).label("slept")), "Long")


@pytest.fixture
async def shared(pooled: Pooled) -> AsyncIterator[Database]:
    """Pools with more connections than the pooler has, and room for less statements than are used."""
    made = await Database.connect(pooled.url, size=CLIENTS, statement=5, lock=2, wait=SECONDS, prepared=10, pooled=True)
    yield made
    await made.close()


@pytest.fixture
async def own(pooled: Pooled) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(pooled.direct)
    yield connection
    await connection.close()


def statement(number: int) -> Statement:
    """One of many statements. Every third has a plan for its values."""
    keys = func.unnest(bindparam("keys", type_=ARRAY(Integer))).label("key")
    return Statement(select(keys, sa.literal(number).label(f"n{number}")), "Numbers", custom_plan=number % 3 == 0)


async def until(own: asyncpg.Connection, sql: str, number: int) -> None:
    async with asyncio.timeout(SECONDS):
        while await own.fetchval(sql) != number:  # noqa: ASYNC110 - of PostgreSQL
            await asyncio.sleep(0.02)


class TestMany:
    async def test_reads(self, shared: Database, own: asyncpg.Connection) -> None:
        """Different statements of many requests at once, each several times."""
        statements = [statement(number) for number in range(30)]

        async def read(first: int) -> None:
            for number in range(first, first + 60):
                reads = shared.reads()
                rows = await reads.rows(statements[number % 30], keys=[number, first])
                assert [tuple(row) for row in rows] == [(number, number % 30), (first, number % 30)]
                await reads.release()

        await asyncio.gather(*map(read, range(CLIENTS)))
        assert shared.usage["read"].open > POOL_SIZE
        assert 0 < await own.fetchval(BACKENDS) <= POOL_SIZE

    async def test_transactions(self, shared: Database, own: asyncpg.Connection) -> None:
        """Savepoints, temporary tables and COPY stay with their transaction."""
        await own.execute("CREATE TABLE counted (key int PRIMARY KEY, number int)")
        await own.execute("INSERT INTO counted SELECT generate_series(0, 4), 0")

        async def count(key: int) -> None:
            for _ in range(5):
                async with shared.transaction() as tx:
                    await tx.exec(sa.text("CREATE TEMP TABLE staged (value int) ON COMMIT DROP"))
                    connection = await tx.connection()
                    await connection.copy_records_to_table("staged", records=[(key,), (1,)], columns=["value"])
                    async with tx.savepoint() as savepoint:
                        await tx.exec(sa.text("UPDATE counted SET number = -1 WHERE key = :key"), {"key": key % 5})
                        await savepoint.rollback()
                    found = await tx.exec(
                        sa.text("UPDATE counted SET number = number + 1 WHERE key = :key RETURNING number"),
                        {"key": key % 5},
                    )
                    assert found.scalar_one() > 0
                    staged = await tx.exec(sa.text("SELECT sum(value) FROM staged"))
                    assert staged.scalar_one() == key + 1

        await asyncio.gather(*map(count, range(CLIENTS)))
        assert await own.fetchval("SELECT array_agg(DISTINCT number) FROM counted") == [5 * CLIENTS // 5]

    async def test_nothing_is_set_before_a_transaction(
        self, shared: Database, pooled: Pooled, database_url: str
    ) -> None:
        """PgBouncer sends a SET where what a client wants differs from what a connection has."""
        admin = await asyncpg.connect(database_url)
        await admin.execute(f"ALTER DATABASE {pooled.name} SET log_statement = 'all'")
        log = Path(await admin.fetchval("SHOW data_directory")).parent / "postgres.log"
        await admin.close()
        await pooled.bouncer.console("RECONNECT")
        for number in range(3):
            reads = shared.reads()
            await reads.rows(statement(number), keys=[1])
            await reads.release()
        async with shared.transaction() as tx:
            for name, value in (("client_encoding", "UTF8"), ("TimeZone", "UTC"), ("jit", "off")):
                assert (await tx.exec(sa.text(f"SHOW {name}"))).scalar_one() == value
        assert "AS n1" in log.read_text()
        assert not re.search(r"\bSET (client_encoding|TimeZone)", log.read_text(), re.IGNORECASE)


class TestLimits:
    """By the role, since connections cannot have any of their own."""

    async def test_statement(self, shared: Database, own: asyncpg.Connection) -> None:
        reads = shared.reads()
        with pytest.raises(errors.Unavailable) as refused:
            await reads.rows(LONG)
        assert refused.value.reason == "statement_timeout"
        await reads.release()

    async def test_lock(self, shared: Database, own: asyncpg.Connection) -> None:
        async with own.transaction():
            await own.execute("LOCK TABLE customer IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(errors.Unavailable) as refused:
                async with shared.transaction() as tx:
                    await tx.exec(sa.text("SELECT count(*) FROM customer"))
        assert refused.value.reason == "lock_timeout"

    async def test_a_limit_of_one_transaction(self, shared: Database) -> None:
        """What is set for a transaction goes with it."""
        async with shared.transaction() as tx:
            await tx.exec(sa.text("SET LOCAL statement_timeout = '60s'"))
        async with shared.transaction() as tx:
            assert (await tx.exec(sa.text("SHOW statement_timeout"))).scalar_one() == "5s"


class TestLeaving:
    """A client that leaves takes its statement with it, and nothing of it reaches others."""

    async def test_cancelled_read(self, shared: Database, pooled: Pooled, own: asyncpg.Connection) -> None:
        await own.execute(f"ALTER ROLE {USER} IN DATABASE {pooled.name} SET statement_timeout = '300s'")
        await pooled.bouncer.console("RECONNECT")
        reads = shared.reads()
        reading = asyncio.create_task(reads.rows(LONG))
        await until(own, ACTIVE, 1)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await reads.release()
        await until(own, ACTIVE, 0)

    async def test_cancelled_transaction(self, shared: Database, own: asyncpg.Connection) -> None:
        await own.execute("CREATE TABLE written (value int)")

        async def write(value: int, seconds: float) -> None:
            async with shared.transaction() as tx:
                await tx.exec(sa.text("INSERT INTO written VALUES (:value)"), {"value": value})
                await tx.exec(sa.text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})

        leaving = [asyncio.create_task(write(1, 4)) for _ in range(POOL_SIZE)]
        await until(own, ACTIVE, POOL_SIZE)
        for task in leaving:
            task.cancel()
        gone: list[Any] = await asyncio.gather(*leaving, return_exceptions=True)
        assert {type(each) for each in gone} == {asyncio.CancelledError}
        await asyncio.gather(*(write(2, 0) for _ in range(CLIENTS)))
        assert await own.fetchval("SELECT array_agg(DISTINCT value) FROM written") == [2]
        assert await own.fetchval("SELECT count(*) FROM written") == CLIENTS

    async def test_reading_of_the_next_is_not_cancelled(self, shared: Database) -> None:
        """Cancel requests name a client; PgBouncer must not pass one on for whom it serves next."""
        wrong: list[Exception] = []

        async def leave() -> None:
            reads = Reads(shared.connections)
            reading = asyncio.create_task(reads.rows(LONG))
            await asyncio.sleep(0.03)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            await reads.release()

        async def stay() -> None:
            for number in range(20):
                reads = Reads(shared.connections)
                try:
                    await reads.rows(statement(number), keys=[1])
                except errors.Unavailable as error:
                    wrong.append(error)
                await reads.release()

        await asyncio.gather(*(leave() for _ in range(CLIENTS)), *(stay() for _ in range(CLIENTS)))
        assert wrong == []


async def test_a_pooler_that_nobody_has_announced(pooled: Pooled, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a bug of ours: what is wrong is said."""
    monkeypatch.setattr("database.engine.limits_of", lambda *_: {})
    monkeypatch.setattr("database.engine.FOR_READS", {})
    unprepared = await Database.connect(pooled.url, size=CLIENTS, statement=5, lock=2, wait=SECONDS)
    reasons: set[str | None] = set()

    async def read(number: int) -> None:
        for _ in range(20):
            reads = unprepared.reads()
            try:
                await reads.rows(statement(1), keys=[number])
            except errors.Unavailable as error:
                reasons.add(error.reason)
            await reads.release()

    await asyncio.gather(*map(read, range(CLIENTS)))
    await unprepared.close()
    assert reasons == {"prepared_statement_lost"}
