"""A PostgreSQL, a PgBouncer in transaction mode before it, and a server that reaches the one through the other."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

import migrations
from auth.secrets import Secrets
from database import pooler
from demo import loading
from settings import DatabaseSettings, Settings
from tests.faults.servers import Servers
from tests.faults.workload import Stage
from tests.mails.mailbox import SENDER, PostOffice
from tests.pooler.pgbouncer import USER, PgBouncer, needs_pgbouncer

numbers = count()


class Pooled(NamedTuple):
    """A database that a role of its own owns, and both ways to it."""

    name: str
    direct: str
    bouncer: PgBouncer

    @property
    def url(self) -> str:
        return self.bouncer.url(self.name)

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a server."""
        return {"DATABASE_URL": self.url, "DATABASE_DIRECT_URL": self.direct, "DATABASE_POOLER": "transaction"}

    @property
    def settings(self) -> DatabaseSettings:
        """Those of a server, with the deadlines of production."""
        return DatabaseSettings.model_validate(self.environment)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the tests of this folder where there is no PgBouncer."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(needs_pgbouncer)


@pytest.fixture(scope="session")
def host(database_url: str) -> str:
    """The folder of PostgreSQL's socket; its role is an ordinary one, as in production."""
    asyncio.run(_create_role(database_url))
    return parse_qs(urlsplit(database_url).query)["host"][0]


async def _create_role(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE ROLE {USER} LOGIN")
    await connection.close()


@pytest.fixture
def bouncer(host: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PgBouncer]:
    with PgBouncer(tmp_path_factory.mktemp("pgbouncer"), host) as running:
        yield running
        assert "prepared statement" not in running.log()


@pytest.fixture(scope="session")
def template(database_url: str, host: str) -> str:
    """A migrated database, whose tables belong to the role."""
    asyncio.run(_create(database_url, "template0", "pooled_template"))
    migrations.upgrade(_direct(database_url, "pooled_template"))
    return "pooled_template"


@pytest.fixture(scope="session")
def loaded_template(database_url: str, template: str) -> str:
    """A database with demo data, whose tables belong to the role."""
    asyncio.run(_create(database_url, template, "pooled_demo"))
    asyncio.run(loading.load(_direct(database_url, "pooled_demo"), 0.1, progress=False))
    return "pooled_demo"


@pytest.fixture
async def demo_data(database_url: str, loaded_template: str, pooled: Pooled) -> None:
    """Demo data in the database, to which nobody is connected yet."""
    admin = await asyncpg.connect(database_url)
    await admin.execute(f"DROP DATABASE {pooled.name}")
    await admin.close()
    await _create(database_url, loaded_template, pooled.name)
    await pooler.prepare_role(pooled.settings)


@pytest.fixture
async def unprepared(database_url: str, template: str, bouncer: PgBouncer) -> Pooled:
    """A migrated database, whose owner has no settings yet."""
    name = f"pooled{next(numbers)}"
    await _create(database_url, template, name)
    return Pooled(name, _direct(database_url, name), bouncer)


@pytest.fixture
async def pooled(unprepared: Pooled) -> Pooled:
    """A database that is ready."""
    await pooler.prepare_role(unprepared.settings)
    return unprepared


async def _create(url: str, template: str, name: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE DATABASE {name} OWNER {USER} TEMPLATE {template}")
    await connection.close()


def _direct(url: str, name: str) -> str:
    return url.replace("postgres@", f"{USER}@", 1).replace("/clientele", f"/{name}", 1)


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with PostOffice().open() as made:
        yield made


@pytest.fixture
async def servers(
    settings: Settings, credentials: Secrets, office: PostOffice, tmp_path: Path, pooled: Pooled
) -> AsyncIterator[Servers]:
    """No server yet; those that a test starts reach the database through the pooler."""
    made = Servers(
        settings.data_folder, tmp_path, PUBLIC_URL=settings.server.public_url, MAIL_FROM=SENDER,
        SMTP_URL=f"smtp://127.0.0.1:{office.port}", MAIL_RETRY_SECONDS="0.1", **pooled.environment,
    )  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def stage(settings: Settings, credentials: Secrets, servers: Servers, office: PostOffice) -> Stage:
    return Stage(settings, credentials, servers, office, seed=1)
