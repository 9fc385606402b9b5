"""Transactions over asyncpg: values, rows, savepoints, and what becomes of the connection."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import col, select

from database import compiled
from database.compiled import Compiled
from database.engine import Database
from database.transactions import Outcome
from models.audit import AuditEntry
from models.customers import Customer, Role
from models.wishlists import Wishlist, WishlistVisibility
from tests.people import World, word
from tests.rows import add, counting, find, table_of

MOMENT = datetime(2026, 11, 22, 9, 30, 1, 5, tzinfo=UTC)
ROLE = table_of(Customer).c.role.type
VALUES: list[tuple[Any, Any]] = [
    (None, sa.Text()), ("text", sa.Text()), (True, sa.Boolean()), (7, sa.Integer()), (2**40, sa.BigInteger()),
    (0.5, sa.Float()), (Decimal("1.10"), sa.Numeric(10, 2)), (uuid4(), sa.Uuid()), (b"\0\xff", sa.LargeBinary()),
    (MOMENT, sa.DateTime(timezone=True)), (date(2026, 11, 22), sa.Date()), (timedelta(hours=25), sa.Interval()),
    (Role.SOLVER, ROLE), (None, ROLE), (["a", None], ARRAY(sa.Text())), ([uuid4()], ARRAY(sa.Uuid())),
    ([], ARRAY(sa.Integer())), ({"a": [1, None, "é"]}, JSONB()), ([1], JSONB()), ("text", JSONB()), (None, JSONB()),
    ({"a": 1}, sa.JSON()),
]  # fmt: skip


@pytest.fixture
async def own(database_url: str) -> AsyncIterator[Database]:
    """Pools of nobody else's, of one connection each."""
    made = await Database.connect(database_url, size=1, statement=30, lock=30, wait=0.5)
    yield made
    await made.close()


async def backend(database: Database) -> int:
    async with database.transaction() as tx:
        return int((await tx.exec(sa.text("SELECT pg_backend_pid()"))).scalar_one())


class TestValues:
    """They go in and come out as they do through SQLAlchemy's own engine."""

    @pytest.mark.parametrize(("value", "kind"), VALUES)
    async def test_of_a_type(self, own: Database, database_url: str, value: Any, kind: Any) -> None:
        statement = sa.select(sa.cast(sa.literal(value, kind), kind).label("given"))
        engine = create_async_engine(database_url.replace("postgresql://", "postgresql+asyncpg://", 1))
        async with engine.connect() as connection:
            wanted = (await connection.execute(statement)).scalar_one()
        await engine.dispose()
        async with own.transaction() as tx:
            built = (await tx.exec(statement)).one().given
            kept = Compiled(sa.select(sa.cast(sa.bindparam("value", type_=kind), kind).label("given")))
            (once,) = (await tx.exec(kept, {"value": value})).scalars()
        assert (built, once) == (wanted, wanted)
        assert isinstance(built, type(wanted))

    async def test_each_statement_has_its_own(self, own: Database) -> None:
        """One that was built anew takes the SQL of another, never its values."""
        async with own.transaction() as tx:
            for number in range(3):
                assert (await tx.exec(sa.select(sa.literal(number), sa.literal(f"{number}")))).one() == (
                    number,
                    f"{number}",
                )

    async def test_are_compiled_once(self, own: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        made, compile_ = [], compiled._compile
        monkeypatch.setattr(compiled, "_compile", lambda *given: made.append(1) or compile_(*given))
        kept = Compiled(sa.select(sa.bindparam("value", type_=sa.Integer()).label("own")))
        async with own.transaction() as tx:
            for number in range(3):
                await tx.exec(sa.select(sa.literal(number, sa.SmallInteger()).label("fresh")))
                await tx.exec(kept, {"value": number})
        assert len(made) == 2

    @pytest.mark.parametrize("number", [0, 1, 3])
    async def test_of_a_list(self, own: Database, number: int) -> None:
        found = sa.select(sa.column("n")).select_from(sa.text("generate_series(1, 5) AS n"))
        async with own.transaction() as tx:
            rows = await tx.exec(found.where(sa.column("n", sa.Integer()).in_(range(1, number + 1))))
        assert rows.scalars() == list(range(1, number + 1))

    async def test_defaults_of_columns(self, own: Database, world: World) -> None:
        owner = (await world.person()).key
        async with own.transaction() as tx:
            await tx.exec(insert(Wishlist).values(owner_id=owner, name="one"))
            lists = await find(tx, Wishlist, col(Wishlist.owner_id) == owner, col(Wishlist.name) == "one")
        assert [(one.visibility, one.is_default) for one in lists] == [(WishlistVisibility.PRIVATE, False)]

    async def test_a_statement_that_is_kept_makes_no_default_twice(self, own: Database) -> None:
        statement = Compiled(insert(Wishlist).values(owner_id=sa.bindparam("owner"), name="one"))
        with pytest.raises(TypeError, match="default"):
            async with own.transaction() as tx:
                await tx.exec(statement, {"owner": uuid4()})

    async def test_a_missing_one(self, own: Database) -> None:
        with pytest.raises(KeyError, match="value"):
            async with own.transaction() as tx:
                await tx.exec(Compiled(sa.select(sa.bindparam("value", type_=sa.Text()))))

    async def test_entities_are_refused(self, own: Database) -> None:
        with pytest.raises(TypeError, match="columns"):
            async with own.transaction() as tx:
                await tx.exec(select(Customer))


class TestRows:
    """Named tuples, or the values of a single column."""

    async def test_ways_to_read_them(self, own: Database) -> None:
        two = sa.select(sa.literal(1).label("one"), sa.literal("x").label("class"))
        async with own.transaction() as tx:
            found = await tx.exec(two)
            assert (found.first(), found.one(), found.all(), found.scalar(), found.scalars()) == (
                (1, "x"), (1, "x"), [(1, "x")], 1, [1],
            )  # fmt: skip
            assert found.one().one == 1
            none = await tx.exec(two.where(sa.false()))
            assert (none.first(), none.one_or_none(), none.all(), none.scalar()) == (None, None, [], None)
            with pytest.raises(ValueError, match="not enough"):
                none.one()
            assert (await tx.exec(select(sa.literal(5)))).one() == 5
            assert list(await tx.exec(sa.text("SELECT 1 AS a, 'b' AS b"))) == [(1, "b")]

    async def test_how_many(self, own: Database, world: World) -> None:
        people = [(await world.person()).key for _ in range(2)]
        mine = col(Customer.id).in_(people)
        async with own.transaction() as tx:
            change = sa.update(Customer).where(mine).values(location="Here")
            assert (await tx.exec(change)).rowcount == 2
            assert (await tx.exec(change.returning(col(Customer.id)))).rowcount == 2
            assert (await tx.exec(sa.delete(Wishlist).where(col(Wishlist.owner_id).in_(people)))).rowcount == 2


class TestSavepoints:
    async def entries(self, database: Database, action: str) -> int:
        async with database.transaction() as tx:
            return len(await find(tx, AuditEntry, col(AuditEntry.action) == action))

    def entry(self, action: str) -> AuditEntry:
        return AuditEntry(action=action, target_type="Test", target_id=uuid4())

    @pytest.mark.parametrize("how", ["kept", "rolled back", "failed"])
    async def test_what_remains(self, own: Database, how: str) -> None:
        before, within = word(), word()
        async with own.transaction() as tx:
            await add(tx, self.entry(before))
            try:
                async with tx.savepoint() as savepoint:
                    await add(tx, self.entry(within))
                    if how == "failed":
                        await tx.exec(sa.text("SELECT 1 / 0"))
                    if how == "rolled back":
                        await savepoint.rollback()
            except asyncpg.DivisionByZeroError:
                assert how == "failed"
            await tx.exec(sa.text("SELECT 1"))
        assert (await self.entries(own, before), await self.entries(own, within)) == (1, int(how == "kept"))


class TestOutcome:
    async def test_committed(self, own: Database) -> None:
        async with own.transaction() as tx:
            await tx.exec(sa.text("SELECT 1"))
        assert tx.outcome is Outcome.COMMITTED

    async def test_nothing_was_done(self, own: Database) -> None:
        """No connection is acquired for it."""
        async with own.writing.connection(), own.transaction() as tx:
            pass
        assert tx.outcome is Outcome.COMMITTED

    async def test_a_failure_that_nobody_has_passed_on(self, own: Database) -> None:
        """PostgreSQL answers COMMIT with ROLLBACK, and no error."""
        with pytest.raises(asyncpg.DivisionByZeroError):  # noqa: PT012 - a transaction is more than one
            async with own.transaction() as tx:
                with pytest.raises(asyncpg.DivisionByZeroError):
                    await tx.exec(sa.text("SELECT 1 / 0"))
        assert tx.outcome is Outcome.NOT_COMMITTED

    async def test_a_statement_after_one_that_has_failed(self, own: Database) -> None:
        """The first one says what is wrong."""
        with pytest.raises(asyncpg.DivisionByZeroError):  # noqa: PT012 - a transaction is more than one
            async with own.transaction() as tx:
                with pytest.raises(asyncpg.DivisionByZeroError):
                    await tx.exec(sa.text("SELECT 1 / 0"))
                await tx.exec(sa.text("SELECT 1"))

    async def test_refused_at_the_commit(self, own: Database) -> None:
        with pytest.raises(asyncpg.ForeignKeyViolationError):  # noqa: PT012 - a transaction is more than one
            async with own.transaction() as tx:
                await tx.exec(sa.text("CREATE TEMPORARY TABLE parent (id int PRIMARY KEY)"))
                late = "CREATE TEMPORARY TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)"
                await tx.exec(sa.text(late))
                await tx.exec(sa.text("INSERT INTO child VALUES (1)"))
        assert tx.outcome is Outcome.NOT_COMMITTED


class TestConnection:
    """What becomes of it."""

    async def test_is_kept_after_an_error_of_the_caller(self, own: Database) -> None:
        before = await backend(own)
        with pytest.raises(LookupError):  # noqa: PT012 - a transaction is more than one
            async with own.transaction() as tx:
                await tx.exec(sa.text("SELECT 1"))
                raise LookupError
        assert await backend(own) == before

    async def test_is_replaced_after_a_statement_that_was_cancelled(self, own: Database, world: World) -> None:
        """Its lock is free at once."""
        before, lock = await backend(own), "SELECT pg_advisory_xact_lock(1234567)"

        async def sleep() -> None:
            async with own.transaction() as tx:
                await tx.exec(sa.text(lock))
                await tx.exec(sa.text("SELECT pg_sleep(60)"))

        sleeping = asyncio.create_task(sleep())
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'"
        async with asyncio.timeout(30):
            while not await world.value(waiting, before):  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)
        sleeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sleeping
        assert await world.value("SELECT pg_try_advisory_xact_lock(1234567)")
        assert await backend(own) != before
        assert own.writing.usage.open == 1

    async def test_others_wait_for_it(self, own: Database) -> None:
        async with own.transaction() as tx:
            await tx.exec(sa.text("SELECT 1"))
            waiting = asyncio.create_task(backend(own))
            while not own.usage["write"].waiting:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0)
            assert own.is_busy
        assert await waiting
        assert not own.is_busy

    async def test_commands_are_not_statements(self, own: Database) -> None:
        """What counts statements counts those that actions run."""
        with counting([]) as statements:
            async with own.transaction() as tx, tx.savepoint():
                await tx.exec(sa.text("SELECT 1"))
        assert statements == ["SELECT 1"]

    async def test_ids_are_of_the_same_kind(self, own: Database, world: World) -> None:
        me = (await world.person()).key
        async with own.transaction() as tx:
            found = (await tx.exec(select(Customer.id).where(Customer.id == me))).one()
        assert isinstance(found, UUID)
        assert found == me
