"""A database of the previous release is migrated while that release reads and writes it."""

import asyncio
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import asyncpg
import pytest
from alembic import command

import migrations
from demo import loading
from migrations.state import SchemaState, find_state
from tests.patience import SECONDS

PREVIOUS_RELEASE = "0009"
"""The newest revision of the release that is being replaced."""
WRITERS = 4
READ = "SELECT c.username FROM follow f JOIN customer c ON c.id = f.follower_id WHERE f.followee_id = $1 LIMIT 20"
WRITE = "UPDATE customer SET last_active_at = now(), followers_count = followers_count + 0 WHERE id = $1"
IS_WAITING = """SELECT exists(
    SELECT FROM pg_stat_activity WHERE application_name = 'clientele migrations' AND wait_event_type = 'Lock')"""
COUNTED = ("customer", "follow", "store_follow", "wishlist", "wishlist_item", "ticket", "support_session", "review")
SECONDS_BEFORE, SECONDS_AFTER = 0.3, 0.3


@dataclass
class Load:
    """What the old release did meanwhile."""

    done: int = 0
    failures: list[str] = field(default_factory=list)


async def work(url: str, load: Load) -> None:
    """Read and write as requests do: short statements, within the limits of the server."""
    limits = {"statement_timeout": "5000", "lock_timeout": "5000"}
    connection = await asyncpg.connect(url, server_settings=limits)
    try:
        ids = [row["id"] for row in await connection.fetch("SELECT id FROM customer LIMIT 200")]
        while True:
            chosen = random.choice(ids)
            for statement in (READ, WRITE):
                try:
                    await connection.fetch(statement, chosen)
                    load.done += 1
                except asyncpg.PostgresError as error:
                    load.failures.append(f"{type(error).__name__}: {error}")
    finally:
        connection.terminate()


@asynccontextmanager
async def under_load(url: str) -> AsyncIterator[Load]:
    load = Load()
    tasks = [asyncio.create_task(work(url, load)) for _ in range(WRITERS)]
    await asyncio.sleep(SECONDS_BEFORE)
    try:
        yield load
        await asyncio.sleep(SECONDS_AFTER)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def count(url: str) -> dict[str, int]:
    connection = await asyncpg.connect(url)
    try:
        present = [name for name in COUNTED if await connection.fetchval("SELECT to_regclass($1)::text", name)]
        return {name: await connection.fetchval(f"SELECT count(*) FROM {name}") for name in present}
    finally:
        await connection.close()


@pytest.fixture
async def previous_url(fresh_url: str) -> str:
    """A filled database in the form of the previous release."""
    await loading.load(fresh_url, 0.3, progress=False)
    await asyncio.to_thread(command.downgrade, migrations.config(fresh_url), PREVIOUS_RELEASE)
    assert await find_state(fresh_url) is SchemaState.BEHIND
    return fresh_url


async def test_nothing_is_lost_and_nobody_fails(previous_url: str) -> None:
    before = await count(previous_url)
    assert before["customer"] > 500
    async with under_load(previous_url) as load:
        await asyncio.to_thread(migrations.upgrade, previous_url)
        done = load.done
    assert load.failures == []
    assert 0 < done < load.done, "the old release worked before and after"
    assert await find_state(previous_url) is SchemaState.CURRENT
    assert await count(previous_url) == before


async def test_two_processes_at_once(previous_url: str) -> None:
    async with under_load(previous_url) as load:
        await asyncio.gather(*(asyncio.to_thread(_migrate_as_a_process, previous_url) for _ in range(2)))
    assert load.failures == []
    assert await find_state(previous_url) is SchemaState.CURRENT


def _migrate_as_a_process(url: str) -> None:
    """Alembic keeps its context in globals, so that two cannot run in one process."""
    line = f"import migrations; migrations.upgrade({url!r})"
    subprocess.run([sys.executable, "-c", line], cwd=migrations.FOLDER.parent, check=True, timeout=SECONDS)


async def test_gives_way_to_a_transaction_that_holds_its_tables(
    fresh_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = migrations.config(fresh_url)
    await asyncio.to_thread(command.downgrade, config, "0008")  # what follows alters a table
    monkeypatch.setattr(migrations, "MAX_PAUSE_SECONDS", 0.1)
    holder = await asyncpg.connect(fresh_url)
    reader = await asyncpg.connect(fresh_url)
    try:
        await holder.execute("BEGIN; LOCK TABLE audit_entry IN ACCESS SHARE MODE")
        migrating = asyncio.create_task(asyncio.to_thread(migrations.upgrade, fresh_url))
        while not await reader.fetchval(IS_WAITING):  # noqa: ASYNC110 - of another connection
            await asyncio.sleep(0.02)
        # The reader waits behind the migration, until that gives its place in the queue up.
        await reader.fetchval("SELECT count(*) FROM audit_entry", timeout=SECONDS)
        assert not migrating.done()
        await holder.execute("COMMIT")
        await migrating
        assert await find_state(fresh_url) is SchemaState.CURRENT
    finally:
        await holder.close()
        await reader.close()


async def test_says_what_is_in_the_way(fresh_url: str) -> None:
    await asyncio.to_thread(command.downgrade, migrations.config(fresh_url), "0008")
    holder = await asyncpg.connect(fresh_url)
    try:
        await holder.execute("BEGIN; LOCK TABLE audit_entry IN ACCESS SHARE MODE")
        with pytest.raises(migrations.MigrationBlocked, match="pg_stat_activity"):
            await asyncio.to_thread(migrations.upgrade, fresh_url, tries=1)
        with suppress(asyncpg.PostgresError):
            await holder.execute("COMMIT")
        await asyncio.to_thread(migrations.upgrade, fresh_url)
    finally:
        await holder.close()
