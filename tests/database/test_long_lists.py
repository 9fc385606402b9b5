"""Lists of ids are one value: a connection keeps one statement for all their lengths, and they may be of any length."""

from typing import Any

import pytest

from actions import account_deletion
from actions.listeners import find_viewers
from database.engine import Database
from jobs import admin
from tests.people import World
from tests.rows import counting

NUMBERS = (1, 2, 5)
HELD = """
    INSERT INTO pgqueuer.pgqueuer (priority, entrypoint, payload, status, headers, execute_after)
    SELECT 0, 'tests.held', '{}', 'failed', '{}', now() FROM generate_series(1, $1::int)
"""


async def test_the_end_of_an_account(database: Database, world: World) -> None:
    seen = []
    for number in NUMBERS:
        leaving, store = await world.person(), await world.store(followers_count=1)
        await world.follow_store(leaving, store)
        for _ in range(number):
            await world.follow(await world.person(), leaving)
            await world.follow_store(leaving, await world.store(followers_count=1))
        with counting([]) as statements:
            async with database.transaction() as tx:
                await account_deletion.delete(tx, leaving.clerk_id)
        seen.append(list(statements))
    assert seen[0] == seen[1] == seen[2]


async def test_listeners_who_were_not_active(database: Database, world: World) -> None:
    seen = []
    for number in NUMBERS:
        people = [await world.person() for _ in range(number)]
        reads = database.reads()
        with counting([]) as statements:
            found = await find_viewers(database, reads, [person.clerk_id for person in people])
        await reads.release()
        assert len(found) == number
        sql = "SELECT count(*) FROM customer WHERE id = ANY($1) AND last_active_at IS NOT NULL"
        assert await world.value(sql, [person.key for person in people]) == number
        seen.append(list(statements))
    assert seen[0] == seen[1] == seen[2]
    assert len(seen[0]) == 1


@pytest.mark.parametrize("number", [1, 33_000])
async def test_held_jobs(fresh_url: str, number: int) -> None:
    """More than PostgreSQL takes parameters."""
    own: Any = await Database.connect(fresh_url, size=1, statement=30, lock=30, wait=10)
    async with own.writing.connection() as connection:
        await connection.execute(HELD, number)
    assert await admin.retry(own, admin.ALL) == number
    await own.close()
