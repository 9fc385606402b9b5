"""Counters held against the rows that they count."""

from models.stores import Store
from tests.people import Person, World

CUSTOMER = """
    SELECT followers_count, following_customers_count, following_stores_count,
           (SELECT count(*) FROM follow WHERE followee_id = customer.id),
           (SELECT count(*) FROM follow WHERE follower_id = customer.id),
           (SELECT count(*) FROM store_follow WHERE customer_id = customer.id)
    FROM customer WHERE id = $1
"""


async def counters(world: World, person: Person) -> tuple[int, int, int]:
    """Give a customer's counters of followers, followed customers and followed stores, which must be exact."""
    row = tuple(await world.database.pool.fetchrow(CUSTOMER, person.key))
    assert row[:3] == row[3:]
    return row[0], row[1], row[2]


async def followers(world: World, store: Store) -> int:
    """Give the counter of a store, which must be exact."""
    sql = "SELECT followers_count, (SELECT count(*) FROM store_follow WHERE store_id = $1) FROM store WHERE id = $1"
    kept, counted = await world.database.pool.fetchrow(sql, store.id)
    assert kept == counted
    return int(kept)


async def edges(world: World, follower: Person, followee: Person) -> tuple[bool, bool]:
    """Say whether one follows the other, and whether one waits for the other's answer."""
    sql = """SELECT EXISTS (SELECT FROM follow WHERE (follower_id, followee_id) = ($1, $2)),
                    EXISTS (SELECT FROM follow_request WHERE (requester_id, target_id) = ($1, $2))"""
    follows, asks = await world.database.pool.fetchrow(sql, follower.key, followee.key)
    return follows, asks
