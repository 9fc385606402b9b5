"""Many follows and requests at once, counters included, and what must be true of them afterwards."""

import asyncio
from uuid import UUID

from tests.patience import SECONDS
from tests.people import Person, World

CROWD = """
    INSERT INTO customer (id, clerk_id, username)
    SELECT gen_random_uuid(), 'user_' || tag || n, tag || n FROM generate_series(1, $2::int) n, (SELECT $1::text) AS t (tag)
    RETURNING id
"""
FOLLOW = """
    WITH made AS (INSERT INTO follow (follower_id, followee_id)
        SELECT follower, followee FROM unnest($1::uuid[]) follower, unnest($2::uuid[]) followee RETURNING *)
    UPDATE customer SET
        followers_count = followers_count + (SELECT count(*) FROM made WHERE followee_id = customer.id),
        following_customers_count = following_customers_count + (SELECT count(*) FROM made WHERE follower_id = customer.id)
    WHERE id = ANY($1 || $2)
"""
ASK = """
    INSERT INTO follow_request (id, requester_id, target_id)
    SELECT gen_random_uuid(), requester, $2 FROM unnest($1::uuid[]) requester
"""
WRONG = """
    SELECT count(*) FROM customer WHERE id = ANY($1) AND (
        followers_count <> (SELECT count(*) FROM follow WHERE followee_id = customer.id)
        OR following_customers_count <> (SELECT count(*) FROM follow WHERE follower_id = customer.id))
"""


async def crowd(world: World, name: str, size: int) -> list[UUID]:
    """Make customers."""
    return [row["id"] for row in await world.database.pool.fetch(CROWD, name, size)]


async def follow_all(world: World, followers: list[UUID], followees: list[UUID]) -> None:
    """Let each follow each."""
    await world.database.pool.execute(FOLLOW, followers, followees)


async def ask_all(world: World, requesters: list[UUID], target: Person) -> None:
    """Let each wait for an answer."""
    await world.database.pool.execute(ASK, requesters, target.key)


async def wrong_counters(world: World, customers: list[UUID]) -> int:
    """How many of these customers have a counter that is not the number of their follows."""
    return int(await world.database.pool.fetchval(WRONG, customers))


async def until(world: World, sql: str, *values: object) -> None:
    """Wait until something is true in the database."""
    async with asyncio.timeout(SECONDS):
        while not await world.value(f"SELECT {sql}", *values):  # noqa: ASYNC110 - the event is in PostgreSQL
            await asyncio.sleep(0.02)
