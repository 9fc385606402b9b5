"""Whatever keeps the start from its answer about a pooler is said in one sentence."""

import asyncio

import asyncpg
import pytest

from database import pooler
from database.checks import DatabaseUnusable
from settings import DatabaseSettings
from tests.pooler.conftest import Pooled
from tests.pooler.pgbouncer import USER, PgBouncer


def using(pooled: Pooled, **changes: str) -> DatabaseSettings:
    return DatabaseSettings.model_validate(pooled.environment | changes)


async def refused(settings: DatabaseSettings) -> str:
    with pytest.raises(DatabaseUnusable) as error:
        await pooler.check(settings)
    assert "\n" not in str(error.value)
    return str(error.value)


async def test_pooler_is_down(pooled: Pooled) -> None:
    pooled.bouncer.stop()
    assert (await refused(pooled.settings)).startswith("DATABASE_URL: no PostgreSQL can be reached at 127.0.0.1:")


async def test_pooler_is_paused(pooled: Pooled) -> None:
    """It takes connections, and lets their statements wait."""
    await pooler.check(pooled.settings)
    await pooled.bouncer.console("PAUSE")
    assert "query_wait_timeout" in await refused(pooled.settings)


async def test_pooler_reaches_no_postgresql(
    pooled: Pooled, host: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with PgBouncer(tmp_path_factory.mktemp("lost"), host, port=5433) as lost:
        assert "query_wait_timeout" in await refused(using(pooled, DATABASE_URL=lost.url(pooled.name)))


async def test_pooler_refuses_the_user(pooled: Pooled) -> None:
    settings = using(pooled, DATABASE_URL=pooled.url.replace(f"{USER}@", "stranger@"))
    assert "authentication failed" in await refused(settings)
    with pytest.raises(DatabaseUnusable, match="PostgreSQL has no role stranger; DATABASE_URL must name"):
        await pooler.prepare_role(settings)


async def test_servers_that_start_at_once(unprepared: Pooled) -> None:
    """PostgreSQL fails where two change a role's settings at the same time."""
    connection = await asyncpg.connect(unprepared.direct)
    for _ in range(10):
        await connection.execute(f"ALTER ROLE {USER} IN DATABASE {unprepared.name} RESET ALL")
        changed = await asyncio.gather(*(pooler.prepare_role(unprepared.settings) for _ in range(6)))
        assert changed.count(True) == 1
    await connection.close()
    await pooler.check(unprepared.settings)
