"""Migrating by a command of its own, and starting on a database that is behind or ahead."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
from alembic import command

import migrations
from migrations.state import VERSIONS
from tests.database.schema_revisions import set_revision
from tests.processes import Process
from tests.running.test_check import run

OFF = {"MIGRATE_ON_START": "false"}
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'clientele migrations'"


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start servers, and end them."""
    started: list[Process] = []

    def start(**environment: str) -> Process:
        started.append(Process(tmp_path / "data", **environment))
        started[-1].wait()
        return started[-1]

    yield start
    for process in started:
        process.end(signal.SIGTERM)
        process.said.close()


async def test_behind(tmp_path: Path, fresh_url: str, serve: Callable[..., Process]) -> None:
    await asyncio.to_thread(command.downgrade, migrations.config(fresh_url), "0009")
    for name in ("serve", "check"):
        refused = await asyncio.to_thread(run, tmp_path, name, DATABASE_URL=fresh_url, **OFF)
        assert (refused.code, len(refused.errors)) == (1, 1)
        assert "run 'python server.py migrate' first" in refused.errors[0]
    for sentence in ("The migrations are applied.", "The database has all migrations already."):
        done = await asyncio.to_thread(run, tmp_path, "migrate", DATABASE_URL=fresh_url, **OFF)
        assert (done.code, done.errors, done.output.strip()) == (0, [], sentence)
    await asyncio.to_thread(serve, DATABASE_URL=fresh_url, **OFF)


async def test_ahead_and_compatible(tmp_path: Path, fresh_url: str, serve: Callable[..., Process]) -> None:
    await set_revision(fresh_url, "9999", oldest_code=migrations.heads(VERSIONS)[0])
    found = await asyncio.to_thread(run, tmp_path, "check", DATABASE_URL=fresh_url)
    assert (found.code, "migrated by a newer version" in found.output) == (0, True)
    done = await asyncio.to_thread(run, tmp_path, "migrate", DATABASE_URL=fresh_url)
    assert (done.code, "this version works on it as well" in done.output) == (0, True)
    await asyncio.to_thread(serve, DATABASE_URL=fresh_url)


@pytest.mark.parametrize("name", ["serve", "check", "migrate"])
async def test_ahead_and_too_new(tmp_path: Path, fresh_url: str, name: str) -> None:
    await set_revision(fresh_url, "9999", oldest_code="9999")
    refused = await asyncio.to_thread(run, tmp_path, name, DATABASE_URL=fresh_url)
    assert (refused.code, len(refused.errors)) == (1, 1)
    assert refused.errors[0].startswith("The database is at revision 9999, which needs a version of Clientele")


async def test_while_another_process_migrates(tmp_path: Path, fresh_url: str) -> None:
    await asyncio.to_thread(command.downgrade, migrations.config(fresh_url), "0016")
    other = await asyncpg.connect(fresh_url)
    try:
        await other.execute("SELECT pg_advisory_lock(7215403)")
        waits = asyncio.create_task(asyncio.to_thread(run, tmp_path, "migrate", DATABASE_URL=fresh_url, **OFF))
        while not await other.fetchval(WAITS):
            assert not waits.done()
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)
    finally:
        await other.close()
    done = await waits
    assert done.errors == ["Another process is migrating this database; waiting for it."]
    assert (done.code, done.output.strip()) == (0, "The migrations are applied.")
