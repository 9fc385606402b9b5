"""What `check`, `migrate` and the start say of a pooler: whether one is there, and whether limits hold behind it."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from database.checks import SENT
from tests.pooler.conftest import Pooled
from tests.pooler.pgbouncer import USER, PgBouncer
from tests.running.test_check import Ended, run

UNEXPECTED = (
    "DATABASE_URL leads to a connection pooler, such as PgBouncer: set DATABASE_POOLER=transaction, and "
    "DATABASE_DIRECT_URL to the same database without the pooler."
)


async def ran(folder: Path, command: str, **environment: str) -> Ended:
    return await asyncio.to_thread(run, folder, command, **environment)


async def execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(sql)
    await connection.close()


@pytest.mark.parametrize("command", ["check", "serve"])
class TestNotConfigured:
    """One sentence, before anything is changed."""

    async def test_nobody_said_so(self, tmp_path: Path, pooled: Pooled, command: str) -> None:
        ended = await ran(tmp_path, command, DATABASE_URL=pooled.url)
        assert (ended.code, ended.errors) == (1, [UNEXPECTED])

    @pytest.mark.parametrize("ignored", ["statement_timeout", ", ".join(SENT)])
    async def test_told_to_ignore_parameters(
        self, tmp_path: Path, pooled: Pooled, host: str, command: str, ignored: str,
        tmp_path_factory: pytest.TempPathFactory,
    ) -> None:  # fmt: skip
        """PgBouncer then drops the limits of time, and the server would run without any."""
        with PgBouncer(tmp_path_factory.mktemp("session"), host, mode="session", ignored=ignored) as dropping:
            ended = await ran(tmp_path, command, DATABASE_URL=dropping.url(pooled.name))
        assert (ended.code, ended.errors) == (1, [UNEXPECTED])

    async def test_prepared_by_hand(
        self, tmp_path: Path, pooled: Pooled, host: str, command: str, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """Everything holds, but connections are shared: what one has prepared is missing on the other."""
        await execute(
            pooled.direct, f"ALTER ROLE {USER} IN DATABASE {pooled.name} SET plan_cache_mode = force_generic_plan"
        )
        with PgBouncer(tmp_path_factory.mktemp("sharing"), host, ignored=", ".join(SENT)) as sharing:
            ended = await ran(tmp_path, command, DATABASE_URL=sharing.url(pooled.name))
        assert (ended.code, ended.errors) == (1, [UNEXPECTED])

    async def test_direct_url_is_missing(self, tmp_path: Path, pooled: Pooled, command: str) -> None:
        ended = await ran(tmp_path, command, DATABASE_URL=pooled.url, DATABASE_POOLER="transaction")
        assert (ended.code, len(ended.errors)) == (1, 1)
        assert ended.errors[0].startswith("DATABASE_POOLER=transaction needs DATABASE_URL")

    async def test_direct_url_leads_to_it_too(self, tmp_path: Path, pooled: Pooled, command: str) -> None:
        ended = await ran(tmp_path, command, **pooled.environment | {"DATABASE_DIRECT_URL": pooled.url})
        assert (ended.code, len(ended.errors)) == (1, 1)
        assert ended.errors[0].endswith("it must be the address of PostgreSQL itself.")

    async def test_another_database(self, tmp_path: Path, pooled: Pooled, database_url: str, command: str) -> None:
        ended = await ran(
            tmp_path, command, **pooled.environment | {"DATABASE_URL": pooled.bouncer.url("pooled_template")}
        )
        assert (ended.code, ended.errors) == (1, ["DATABASE_URL and DATABASE_DIRECT_URL lead to different databases."])

    async def test_role_is_not_prepared(self, tmp_path: Path, unprepared: Pooled, command: str) -> None:
        ended = await ran(tmp_path, command, **unprepared.environment, MIGRATE_ON_START="false")
        assert (ended.code, len(ended.errors)) == (1, 1)
        for needed in (
            "server.py migrate",
            f"ALTER ROLE {USER} IN DATABASE {unprepared.name} SET lock_timeout = '2000'",
        ):
            assert needed in ended.errors[0]
        assert "login attempt" not in unprepared.bouncer.log(), "it has a connection with the settings from before"


class TestConfigured:
    async def test_session_mode(
        self, tmp_path: Path, pooled: Pooled, host: str, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """A pooler that keeps sessions works as well."""
        with PgBouncer(tmp_path_factory.mktemp("session"), host, mode="session") as keeping:
            ended = await ran(tmp_path, "check", **pooled.environment | {"DATABASE_URL": keeping.url(pooled.name)})
        assert (ended.code, ended.errors) == (0, [])

    async def test_migrate_prepares_the_role(self, tmp_path: Path, unprepared: Pooled) -> None:
        ended = await ran(tmp_path, "migrate", **unprepared.environment)
        assert (ended.code, ended.errors) == (0, [])
        assert "The role has the time limits" in ended.output
        again = await ran(tmp_path, "migrate", **unprepared.environment)
        assert again.output == "The database has all migrations already.\n"
        checked = await ran(tmp_path, "check", **unprepared.environment)
        assert (checked.code, checked.errors) == (0, [])

    async def test_another_role_owns_the_database(self, tmp_path: Path, unprepared: Pooled, database_url: str) -> None:
        await execute(
            database_url, f"CREATE ROLE keeper_{unprepared.name} LOGIN; GRANT {USER} TO keeper_{unprepared.name}"
        )
        direct = unprepared.direct.replace(f"{USER}@", f"keeper_{unprepared.name}@", 1)
        ended = await ran(tmp_path, "migrate", **unprepared.environment | {"DATABASE_DIRECT_URL": direct})
        assert (ended.code, len(ended.errors)) == (1, 1)
        assert f"may not change the role {USER}; have an administrator run: ALTER ROLE {USER}" in ended.errors[0]

    async def test_connections_from_before(self, tmp_path: Path, unprepared: Pooled) -> None:
        await execute(unprepared.url, "SELECT 1")
        assert (await ran(tmp_path, "migrate", **unprepared.environment)).code == 0
        ended = await ran(tmp_path, "check", **unprepared.environment)
        assert (ended.code, len(ended.errors)) == (1, 1)
        assert "connections of the pooler have no idle_in_transaction_session_timeout, lock_timeout" in ended.errors[0]
        await unprepared.bouncer.console("RECONNECT")
        assert (await ran(tmp_path, "check", **unprepared.environment)).code == 0

    async def test_a_limit_changes(self, tmp_path: Path, pooled: Pooled) -> None:
        """Connections with the limit from before are still there, and do no harm."""
        assert (await ran(tmp_path, "check", **pooled.environment)).code == 0
        changed = pooled.environment | {"STATEMENT_SECONDS": "7"}
        assert "statement_timeout = '7000'" in (await ran(tmp_path, "check", **changed)).errors[0]
        assert (await ran(tmp_path, "migrate", **changed)).code == 0
        assert (await ran(tmp_path, "check", **changed)).code == 0
