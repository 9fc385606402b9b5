"""All processes together open no more connections than PostgreSQL takes."""

import asyncpg
import pytest
from pydantic import SecretStr

from database.checks import DatabaseUnusable, require_connections
from settings import Settings
from tests.variables import changed


@pytest.mark.parametrize(
    ("given", "needed", "fewer"),
    [
        ({"workers": 6}, "6 x 34", "WORKERS to 5, DATABASE_POOL_SIZE to 9, "),
        ({"database_pool_size": 100}, "1 x 214", "DATABASE_POOL_SIZE to 91, "),
        ({"workers": 64}, "64 x 34", "WORKERS to 5, "),
    ],
)
async def test_needs_room_for_all_connections_in_postgresql(
    settings: Settings, database_url: str, given: dict[str, int], needed: str, fewer: str
) -> None:
    with pytest.raises(DatabaseUnusable) as refused:
        await require_connections(changed(settings, **given), database_url)
    name = "WORKERS" if "workers" in given else "DATABASE_POOL_SIZE"
    sentence = f"{name}: {needed} connections may be opened, and PostgreSQL takes 197; set {fewer}max_connections"
    assert str(refused.value).startswith(sentence)


async def test_finds_room_where_there_is(settings: Settings, database_url: str) -> None:
    """What a pooler shares out does not count."""
    await require_connections(changed(settings, workers=5), database_url)
    direct = changed(settings, workers=15, database_direct_url=SecretStr(database_url))
    await require_connections(direct, database_url)


async def test_counts_the_limits_of_user_and_database(settings: Settings, fresh_url: str) -> None:
    connection = await asyncpg.connect(fresh_url)
    try:
        await connection.execute(
            f'ALTER DATABASE "{fresh_url.split("/")[3].split("?", maxsplit=1)[0]}" CONNECTION LIMIT 40'
        )
    finally:
        await connection.close()
    await require_connections(settings, fresh_url)
    with pytest.raises(DatabaseUnusable, match="2 x 34 connections may be opened, and PostgreSQL takes 40"):
        await require_connections(changed(settings, workers=2), fresh_url)
