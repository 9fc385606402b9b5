"""Databases of their own, servers over them, and people who write."""

import os
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from auth.secrets import Secrets
from settings import Settings
from tests.faults.database import CrashingPostgres
from tests.faults.servers import Servers
from tests.faults.workload import Stage
from tests.mails.mailbox import SENDER, PostOffice


@pytest.fixture
def seed() -> int:
    """What the random times and writes follow from. FAULT_SEED gives that of a run before."""
    return int(os.environ.get("FAULT_SEED", random.randrange(2**32)))


@pytest.fixture
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrashingPostgres]:
    """A migrated database on a PostgreSQL of this test's own."""
    made = CrashingPostgres(tmp_path_factory.mktemp("crashing"))
    with made.server:
        made.migrate()
        yield made


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with PostOffice().open() as made:
        yield made


@pytest.fixture
async def servers(
    settings: Settings, credentials: Secrets, office: PostOffice, tmp_path: Path
) -> AsyncIterator[Servers]:
    """No server yet; those that a test starts have the secrets that `credentials` has."""
    made = Servers(
        settings.data_folder, tmp_path, PUBLIC_URL=settings.server.public_url, MAIL_FROM=SENDER,
        SMTP_URL=f"smtp://127.0.0.1:{office.port}", MAIL_RETRY_SECONDS="0.1",
    )  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def stage(settings: Settings, credentials: Secrets, servers: Servers, office: PostOffice, seed: int) -> Stage:
    return Stage(settings, credentials, servers, office, seed)
