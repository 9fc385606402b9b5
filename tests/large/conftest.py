"""Readers of the database of 200,000 products."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from database.urls import plain_url
from tests.large.explained import ExplainedReads
from tests.large.shared import folder_of, served


@pytest.fixture(scope="session")
def large_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The database, which all workers share: it must only be read."""
    with served(folder_of(tmp_path_factory)) as url:
        yield url


@pytest.fixture(scope="session")
async def large(large_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that cannot write."""
    settings = {"default_transaction_read_only": "on"}
    connection = await asyncpg.connect(plain_url(large_url), command_timeout=300, server_settings=settings)
    yield connection
    await connection.close()


@pytest.fixture
def reads(large: asyncpg.Connection) -> ExplainedReads:
    """Reads that explain each statement."""
    return ExplainedReads(large)
