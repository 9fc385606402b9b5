"""What a request reads by: one connection, which is given back whatever the request was doing."""

import asyncio
from typing import Any
from unittest.mock import MagicMock

import asyncpg
import pytest
from sqlalchemy import ARRAY, Integer, Text, bindparam, func, literal_column, select
from sqlalchemy import cast as as_type

import errors
from database.engine import Database
from database.pool import ConnectionPool
from database.reads import ENDING, Reads
from database.statements import Statement
from tests.patience import SECONDS

ONE = Statement(select(literal_column("1", Integer).label("one")), "One")
SLOW = Statement(select(as_type(func.pg_sleep(0.1), Text()).label("slept")), "Slow")

ACTIVE = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND state = 'active'"
LONG = Statement(select(as_type(func.pg_sleep(600), Text()).label("slept")), "Long")


@pytest.fixture
async def connections(database: Database) -> ConnectionPool:
    """A pool of nobody else's, of one connection."""
    return ConnectionPool(database.connections._connect, 1, 2)


PLANS = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = $1"
CHOSEN = select(func.unnest(bindparam("keys", type_=ARRAY(Integer))).label("key"))


class TestPlans:
    """PostgreSQL plans a statement once for each connection, or, if it is said to need that, for each execution."""

    @pytest.mark.parametrize(("custom_plan", "plans"), [(False, (8, 0)), (True, (0, 8))])
    async def test_kind_of_plan(
        self, connections: ConnectionPool, *, custom_plan: bool, plans: tuple[int, int]
    ) -> None:
        statement = Statement(CHOSEN, "Chosen", custom_plan=custom_plan)
        for size in range(8):
            reads = Reads(connections)
            assert len(await reads.rows(statement, keys=list(range(size)))) == size
            await reads.release()
        async with connections.connection() as connection:
            assert tuple(await connection.fetchrow(PLANS, statement.sql)) == plans
        await connections.close()

    async def test_error_with_a_custom_plan(self, connections: ConnectionPool) -> None:
        """The transaction around the statement ends, and the connection is good for others."""
        wrong = Statement(select((1 / literal_column("0", Integer)).label("one")), "One", custom_plan=True)
        reads = Reads(connections)
        with pytest.raises(asyncpg.DivisionByZeroError):
            await reads.rows(wrong)
        assert [row["one"] for row in await reads.rows(ONE)] == [1]
        await reads.release()
        async with connections.connection() as connection:
            assert not connection.is_in_transaction()
            assert await connection.fetchval("SHOW plan_cache_mode") == "force_generic_plan"
        await connections.close()

    async def test_error_at_the_beginning(self, connections: ConnectionPool, monkeypatch: pytest.MonkeyPatch) -> None:
        """Such as a cancellation by an administrator."""
        monkeypatch.setattr("database.reads.BEGIN_WITH_CUSTOM_PLANS", "BEGIN READ ONLY; SELECT 1 / 0")
        reads = Reads(connections)
        with pytest.raises(asyncpg.DivisionByZeroError):
            await reads.rows(Statement(CHOSEN, "Chosen", custom_plan=True), keys=[1])
        await reads.release()
        async with connections.connection() as connection:
            assert not connection.is_in_transaction()
        await connections.close()


class TestReads:
    async def test_nothing_read(self, connections: ConnectionPool) -> None:
        await Reads(connections).release()
        assert connections._open_count == 0

    async def test_given_back(self, connections: ConnectionPool) -> None:
        for _ in range(2):
            reads = Reads(connections)
            assert [row["one"] for row in await reads.rows(ONE)] == [1]
            await reads.release()
        assert (connections._open_count, len(connections._idle)) == (1, 1)
        await connections.close()

    async def test_after_the_end(self, connections: ConnectionPool) -> None:
        """A loader that comes late, since its fields were given up, takes no connection: nobody would give it back."""
        reads = Reads(connections)
        await reads.release()
        with pytest.raises(errors.Unavailable, match="has ended"):
            await reads.rows(ONE)
        assert connections._open_count == 0

    async def test_end_while_reading(self, connections: ConnectionPool, monkeypatch: pytest.MonkeyPatch) -> None:
        """Also while the connection is being made."""
        monkeypatch.setattr("database.reads.GRACE_SECONDS", 10)
        for _ in range(2):
            reads = Reads(connections)
            reading = asyncio.create_task(reads.rows(SLOW))
            await asyncio.sleep(0)
            await reads.release()
            assert len(await reading) == 1
            assert (connections._open_count, len(connections._idle)) == (1, 1)
        await connections.close()

    async def test_end_while_reading_what_takes_long(self, connections: ConnectionPool) -> None:
        """Who waits for the rows is told; the connection is not used again."""
        reads = Reads(connections)
        await reads.rows(ONE)
        reading = asyncio.create_task(reads.rows(LONG))
        await asyncio.sleep(0)
        await reads.release()
        with pytest.raises(errors.Unavailable, match="has ended"):
            await reading
        assert (reading.cancelling(), connections._open_count, connections._idle) == (0, 0, [])

    async def test_a_statement_that_nobody_waits_for(self, connections: ConnectionPool, database_url: str) -> None:
        """PostgreSQL is asked to end it: by itself it would run to its end."""
        reads = Reads(connections)
        await reads.rows(ONE)
        backend = reads._connection.get_server_pid()
        reading = asyncio.create_task(reads.rows(LONG))
        other = await asyncpg.connect(database_url)
        async with asyncio.timeout(SECONDS / 2):  # less than the statement may take
            while await other.fetchval(ACTIVE, backend) != 1:  # noqa: ASYNC110 - of PostgreSQL
                await asyncio.sleep(0.01)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            await reads.release()
            while await other.fetchval(ACTIVE, backend) != 0:  # noqa: ASYNC110 - of PostgreSQL
                await asyncio.sleep(0.01)
        await other.close()
        await connections.close()
        assert not connections._ending

    async def test_many_ends_that_postgresql_does_not_answer(self) -> None:
        """No more connections than the pool has are kept open for the answer."""
        opened: list[MagicMock] = []

        async def open_() -> Any:
            never = asyncio.get_running_loop().create_future()
            opened.append(MagicMock(_cancellations={never}, is_closed=lambda: False))
            return opened[-1]

        pool = ConnectionPool(open_, 2, 1)
        for _ in range(5):
            pool.release(await pool.acquire(), reusable=False)
        assert [one.terminate.called for one in opened] == [False, False, True, True, True]
        await pool.close()
        assert all(one.terminate.called for one in opened)

    async def test_an_end_that_is_cancelled(self, connections: ConnectionPool) -> None:
        """A client that leaves while its request ends takes no connection with it."""
        reads = Reads(connections)
        await reads.rows(ONE)
        reading = asyncio.create_task(reads.rows(LONG))
        await asyncio.sleep(0)
        ending = asyncio.create_task(reads.release())
        await asyncio.sleep(0)
        ending.cancel()
        assert isinstance((await asyncio.gather(ending, return_exceptions=True))[0], asyncio.CancelledError)
        with pytest.raises(errors.Unavailable, match="has ended"):
            await reading
        await asyncio.gather(*ENDING)
        assert (connections._open_count, connections._idle) == (0, [])
