"""Connections for transactions: none is left behind, and those that a migration has made useless are replaced at once."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

import errors
from database.compiled import Compiled
from database.engine import Database
from database.transactions import Outcome
from tests.people import World, word

END = "SELECT pg_terminate_backend($1)"


@pytest.fixture
async def own(database_url: str) -> AsyncIterator[Database]:
    """Pools of nobody else's, of three connections each."""
    made = await Database.connect(database_url, size=3, statement=30, lock=30, wait=10)
    yield made
    await made.close()


async def test_closed_before_the_commit(own: Database, world: World) -> None:
    """Nothing was sent, so it is known that nothing was done."""
    with pytest.raises(errors.Unavailable):  # noqa: PT012 - a transaction is more than one
        async with own.transaction() as tx:
            connection = await tx.connection()
            await world.execute(END, connection.get_server_pid())
            async with asyncio.timeout(30):
                while not connection.is_closed():  # noqa: ASYNC110 - nothing tells of it
                    await asyncio.sleep(0.01)
    assert tx.outcome is Outcome.NOT_COMMITTED


async def test_a_statement_after_the_end(own: Database) -> None:
    """It gets no connection: nothing would release it."""
    async with own.transaction() as tx:
        await tx.exec(sa.text("SELECT 1"))
    with pytest.raises(RuntimeError, match="ended"):
        await tx.exec(sa.text("SELECT 1"))
    assert (own.writing.usage.open, own.writing.usage.idle) == (1, 1)


async def test_a_migration(own: Database, world: World) -> None:
    """One mutation fails, not one for each connection that has prepared a statement for the table as it was."""
    table = f"t{word()}"
    await world.execute(f"CREATE TABLE {table} (id int)")
    rows = Compiled(sa.text(f"SELECT * FROM {table}"))

    async def read(together: asyncio.Barrier) -> None:
        async with own.transaction() as tx:
            await tx.exec(rows)
            await together.wait()

    before, after = asyncio.Barrier(3), asyncio.Barrier(3)
    await asyncio.gather(*[read(before) for _ in range(3)])
    assert own.writing.usage.idle == 3
    await world.execute(f"ALTER TABLE {table} ADD name text")
    with pytest.raises(errors.Unavailable) as caught:
        await read(asyncio.Barrier(1))
    assert caught.value.reason == "schema_changed"
    await asyncio.gather(*[read(after) for _ in range(3)])
